using System.Runtime.InteropServices;
using System.Text;

namespace Pupil.Processes;

/// <summary>The functions of an MPI library, found by name when a launcher started this process, and never otherwise.</summary>
internal sealed unsafe class MpiLibrary
{
    /// <summary>The variable of the environment that names the library's file.</summary>
    public const string Variable = "PUPIL_MPI";

    private const int MostVersionBytes = 8192, StatusBytes = 128;

    private readonly MpiDialect _dialect;
    private readonly delegate* unmanaged<void*, void*, int, nint, nint, nint, int> _sum;
    private readonly delegate* unmanaged<void*, void*, int, nint, nint, nint, nint*, int> _startSum;
    private readonly delegate* unmanaged<nint*, void*, int> _wait;
    private readonly delegate* unmanaged<void*, int, nint, void*, int, nint, nint, int> _gather;
    private readonly delegate* unmanaged<void*, int, nint, void*, int*, int*, nint, nint, int> _gatherParts;
    private readonly delegate* unmanaged<nint, int, int> _abort;
    private readonly delegate* unmanaged<int> _finalize;

    private MpiLibrary(nint library, MpiDialect dialect)
    {
        _dialect = dialect;
        _sum = (delegate* unmanaged<void*, void*, int, nint, nint, nint, int>)Find("MPI_Allreduce");
        _startSum = (delegate* unmanaged<void*, void*, int, nint, nint, nint, nint*, int>)Find("MPI_Iallreduce");
        _wait = (delegate* unmanaged<nint*, void*, int>)Find("MPI_Wait");
        _gather = (delegate* unmanaged<void*, int, nint, void*, int, nint, nint, int>)Find("MPI_Allgather");
        _gatherParts = (delegate* unmanaged<void*, int, nint, void*, int*, int*, nint, nint, int>)Find("MPI_Allgatherv");
        _abort = (delegate* unmanaged<nint, int, int>)Find("MPI_Abort");
        _finalize = (delegate* unmanaged<int>)Find("MPI_Finalize");

        // Its errors end the process with a message of its own, which names the rank: MPI's default.
        int given, rank, size, length = MostVersionBytes;
        ((delegate* unmanaged<int*, void*, int, int*, int>)Find("MPI_Init_thread"))(null, null, dialect.Serialized, &given);
        ((delegate* unmanaged<nint, int*, int>)Find("MPI_Comm_rank"))(dialect.World, &rank);
        ((delegate* unmanaged<nint, int*, int>)Find("MPI_Comm_size"))(dialect.World, &size);
        byte[] text = new byte[MostVersionBytes];
        fixed (byte* first = text)
            ((delegate* unmanaged<byte*, int*, int>)Find("MPI_Get_library_version"))(first, &length);
        (Rank, Size, Version) = (rank, size, ShortVersion(Encoding.UTF8.GetString(text)));

        nint Find(string name) => NativeLibrary.GetExport(library, name);
    }

    /// <summary>The number of this process.</summary>
    public int Rank { get; }

    /// <summary>The number of processes.</summary>
    public int Size { get; }

    /// <summary>The library and its version, for example <c>Open MPI v4.1.4</c>.</summary>
    public string Version { get; }

    /// <summary>Loads the library that a launcher belongs to, and starts MPI.</summary>
    /// <param name="launcher">The launcher.</param>
    /// <param name="named">The file that the user names; null: the usual names.</param>
    /// <exception cref="UserErrorException">There is none, or it is of an unknown kind or not that of the launcher.</exception>
    public static MpiLibrary Load(Launcher launcher, string? named)
    {
        string[] names = named is not null ? [named] : OperatingSystem.IsWindows() ? ["msmpi.dll"] : NamesFor(launcher);
        string? name = names.FirstOrDefault(name => NativeLibrary.TryLoad(name, out _));
        if (name is null)
        {
            throw new UserErrorException($"{launcher.Name}: started this process as one of several, but no MPI library was found (tried "
                + $"{string.Join(", ", names)}); install it (Debian and Ubuntu: {(launcher.IsOfMpich ? "libmpich12" : "libopenmpi3")}), or "
                + $"name its file by {Variable}.");
        }
        nint library = NativeLibrary.Load(name);
        var dialect = MpiDialect.Of(library) ?? throw new UserErrorException(
            $"{name}: is no MPI library that is known; expected Open MPI, MPICH, or one with the standard ABI of MPI 5. "
            + $"Name another file by {Variable}.");
        var mpi = new MpiLibrary(library, dialect);
        return launcher.Processes is int started && started != mpi.Size
            ? throw new UserErrorException($"{name} ({mpi.Version}): finds {mpi.Size} process(es), but {launcher.Name} started {started}: "
                + $"they are of different MPI installations. Use the launcher of this library, or name its library by {Variable}.")
            : mpi;
    }

    /// <summary>Sums numbers over the processes in place.</summary>
    public void Sum(void* first, int count, bool isDouble) =>
        _sum((void*)_dialect.InPlace, first, count, TypeOf(isDouble), _dialect.Sum, _dialect.World);

    /// <summary>Starts to sum numbers over the processes in place.</summary>
    /// <returns>The request for <see cref="Wait"/>.</returns>
    public nint StartSum(void* first, int count, bool isDouble)
    {
        nint request = 0;
        _startSum((void*)_dialect.InPlace, first, count, TypeOf(isDouble), _dialect.Sum, _dialect.World, &request);
        return request;
    }

    /// <summary>Waits until a request is complete.</summary>
    public void Wait(nint request)
    {
        byte* status = stackalloc byte[StatusBytes];
        _wait(&request, status);
    }

    /// <summary>Collects bytes of all processes.</summary>
    public byte[][] Gather(ReadOnlySpan<byte> own)
    {
        int[] lengths = new int[Size], starts = new int[Size];
        int length = own.Length;
        fixed (int* first = lengths)
            _gather(&length, sizeof(int), _dialect.Byte, first, sizeof(int), _dialect.Byte, _dialect.World);
        for (int i = 1; i < Size; i++)
            starts[i] = checked(starts[i - 1] + lengths[i - 1]);
        // At least one byte: an empty array has no address.
        byte[] all = new byte[checked(starts[^1] + lengths[^1] + 1)], mine = [.. own, 0];
        fixed (byte* from = mine, to = all)
        {
            fixed (int* counts = lengths, places = starts)
                _gatherParts(from, length, _dialect.Byte, to, counts, places, _dialect.Byte, _dialect.World);
        }
        return [.. lengths.Select((count, i) => all.AsSpan(starts[i], count).ToArray())];
    }

    /// <summary>Ends all processes.</summary>
    public void Abort(int code) => _abort(_dialect.World, code);

    /// <summary>Ends MPI; all processes call it.</summary>
    public void End() => _finalize();

    private nint TypeOf(bool isDouble) => isDouble ? _dialect.Double : _dialect.Single;

    // Of 'Open MPI v4.1.4, package: …' and 'MPICH Version:\t4.0.2\n…'.
    internal static string ShortVersion(string text) =>
        string.Join(' ', text.Split('\0', '\n')[0].Split(", package")[0].Replace("Version:", "").Split([' ', '\t'],
            StringSplitOptions.RemoveEmptyEntries));

    // The library of the launcher comes first: another one would find a single process.
    private static string[] NamesFor(Launcher launcher)
    {
        string[] openMpi = OperatingSystem.IsMacOS() ? ["libmpi.40.dylib", "libmpi.dylib"] : ["libmpi.so.40", "libmpi.so.20", "libmpi.so"];
        string[] mpich = OperatingSystem.IsMacOS() ? ["libmpi.12.dylib"] : ["libmpi.so.12", "libmpich.so.12", "libmpich.so"];
        string[] standard = [OperatingSystem.IsMacOS() ? "libmpi_abi.dylib" : "libmpi_abi.so.0", "libmpi_abi.so"];
        return launcher.IsOfMpich ? [.. mpich, .. standard, .. openMpi] : [.. openMpi, .. standard, .. mpich];
    }
}
