using System.Runtime.InteropServices;

namespace Pupil.Processes;

/// <summary>The functions of NVIDIA's collective library (NCCL 2), found by name.</summary>
internal sealed unsafe class NcclLibrary
{
    /// <summary>The variable of the environment that names the library's file.</summary>
    public const string Variable = "PUPIL_NCCL";

    /// <summary>The bytes of the number by which processes find each other.</summary>
    public const int IdBytes = 128;

    // ncclFloat32, ncclFloat64, ncclSum; libtorch computes on the default stream.
    private const int Single = 7, Double = 8, Sum = 0;
    private const nint DefaultStream = 0;

    private static readonly string[] Names = ["libnccl.so.2", "libtorch_cuda.so"];

    private readonly delegate* unmanaged<Id*, int> _newId;
    private readonly delegate* unmanaged<nint*, int, Id, int, int> _join;
    private readonly delegate* unmanaged<nint, nint, nuint, int, int, nint, nint, int> _sum;
    private readonly delegate* unmanaged<nint, int> _leave;
    private readonly delegate* unmanaged<int, nint> _message;

    /// <summary>Finds the functions.</summary>
    /// <param name="find">Returns the address of a function.</param>
    public NcclLibrary(Func<string, nint> find)
    {
        _newId = (delegate* unmanaged<Id*, int>)find("ncclGetUniqueId");
        _join = (delegate* unmanaged<nint*, int, Id, int, int>)find("ncclCommInitRank");
        _sum = (delegate* unmanaged<nint, nint, nuint, int, int, nint, nint, int>)find("ncclAllReduce");
        _leave = (delegate* unmanaged<nint, int>)find("ncclCommDestroy");
        _message = (delegate* unmanaged<int, nint>)find("ncclGetErrorString");
        int version;
        Check(((delegate* unmanaged<int*, int>)find("ncclGetVersion"))(&version));
        // 22703 is 2.27.3; before 2.9, 2708 was 2.7.8.
        Version = version >= 10_000 ? $"NCCL {version / 10_000}.{version / 100 % 100}.{version % 100}"
            : $"NCCL {version / 1000}.{version / 100 % 10}.{version % 100}";
    }

    /// <summary>The library's name and version.</summary>
    public string Version { get; }

    /// <summary>Loads the library; null if there is none.</summary>
    /// <exception cref="UserErrorException">The file that the environment names is no such library.</exception>
    public static NcclLibrary? Load()
    {
        string? named = Environment.GetEnvironmentVariable(Variable);
        foreach (string name in named is null ? Names : [named])
        {
            // libtorch for CUDA has it inside, or depends on it.
            if (NativeLibrary.TryLoad(name, out nint library) && NativeLibrary.TryGetExport(library, "ncclAllReduce", out _))
                return new NcclLibrary(function => NativeLibrary.GetExport(library, function));
        }
        return named is null ? null
            : throw new UserErrorException($"{named}: is no NCCL library; expected libnccl.so.2 (the variable {Variable} names it).");
    }

    /// <summary>Returns a new number for processes that join each other.</summary>
    public byte[] NewId()
    {
        Id id;
        Check(_newId(&id));
        return new Span<byte>(&id, IdBytes).ToArray();
    }

    /// <summary>Joins the processes with the same number; returns when all have come.</summary>
    /// <returns>Their communicator.</returns>
    public nint Join(ReadOnlySpan<byte> id, int rank, int size)
    {
        nint communicator;
        Check(_join(&communicator, size, MemoryMarshal.Read<Id>(id), rank));
        return communicator;
    }

    /// <summary>Puts a sum over the processes into the order of the GPU's work, in place.</summary>
    public void StartSum(nint communicator, NumberMemory numbers) => Check(_sum(
        numbers.First, numbers.First, (nuint)numbers.Count, numbers.IsDouble ? Double : Single, Sum, communicator, DefaultStream));

    /// <summary>Leaves the other processes.</summary>
    public void Leave(nint communicator) => Check(_leave(communicator));

    private void Check(int code)
    {
        if (code != 0)
            throw new InvalidOperationException($"NCCL: {Marshal.PtrToStringUTF8(_message(code))} ({code}).");
    }

    [StructLayout(LayoutKind.Sequential, Size = IdBytes)]
    private readonly struct Id;
}
