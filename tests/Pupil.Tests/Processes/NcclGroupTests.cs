using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Pupil.Processes;

namespace Pupil.Tests.Processes;

/// <summary>NCCL's functions as its header declares them, computed here; whether they are right on GPUs is untested.</summary>
public sealed unsafe class NcclGroupTests
{
    private const int Members = 2, Version = 22703, InvalidArgument = 4;

    private static readonly ConcurrentBag<string> Calls = [];

    [Fact]
    public void Numbers_in_the_memory_of_GPUs_are_summed_by_nccl()
    {
        Calls.Clear();
        float[][] results = ThreadGroup.Run(ThreadGroup.Of(Members), group =>
        {
            using var nccl = NcclGroup.Over(group, GpuOf(group), Fake);
            Assert.Equal("threads, NCCL 2.27.3", nccl.Library);
            Assert.True(nccl.SumsGpuMemory);
            float[] numbers = [1, 2, 3];
            fixed (float* first = numbers)
                nccl.StartSum(new NumberMemory((nint)first, numbers.Length, IsDouble: false, IsOnGpu: true)).Wait();
            double[] others = [group.Rank];
            nccl.Sum(others);
            Assert.Equal([1.0], others);
            return numbers;
        });
        Assert.All(results, numbers => Assert.Equal([2, 4, 6], numbers));
        // The number of process 0 reaches both.
        Assert.Equal(["join 7 as 0 of 2", "join 7 as 1 of 2", "leave", "leave"], Calls.Order());
    }

    [Theory]
    [InlineData("0")]
    [InlineData(null)]
    public void Processes_that_share_a_GPU_sum_copies(string? gpu)
    {
        bool[] sums = ThreadGroup.Run(ThreadGroup.Of(Members), group => NcclGroup.Over(group, gpu, Fake).SumsGpuMemory);
        Assert.Equal([false, false], sums);
    }

    [Fact]
    public void A_library_that_one_process_lacks_is_not_used()
    {
        bool[] sums = ThreadGroup.Run(ThreadGroup.Of(Members),
            group => NcclGroup.Over(group, GpuOf(group), () => group.Rank == 0 ? Fake() : null).SumsGpuMemory);
        Assert.Equal([false, false], sums);
    }

    [Fact]
    public void Errors_have_the_librarys_words()
    {
        var error = Assert.Throws<InvalidOperationException>(() => Fake().StartSum(0, new NumberMemory(0, 1, IsDouble: true)));
        Assert.Equal("NCCL: invalid argument (4).", error.Message);
    }

    [Theory]
    [InlineData(0, null, 4, "0")]
    [InlineData(5, null, 4, "1")]
    [InlineData(1, "3,7", 8, "7")]
    [InlineData(1, "GPU-1234", 8, "GPU-1234")]
    [InlineData(1, "", 8, null)]
    [InlineData(1, null, 0, null)]
    public void Each_process_has_the_next_GPU(int place, string? visible, int installed, string? expected) =>
        Assert.Equal(expected, GpuShare.Of(place, visible, installed));

    private static string GpuOf(IProcessGroup group) => $"GPU {group.Rank}";

    private static NcclLibrary Fake() => new(name => name switch
    {
        "ncclGetVersion" => (nint)(delegate* unmanaged<int*, int>)&GetVersion,
        "ncclGetUniqueId" => (nint)(delegate* unmanaged<byte*, int>)&GetUniqueId,
        "ncclCommInitRank" => (nint)(delegate* unmanaged<nint*, int, Id, int, int>)&Join,
        "ncclAllReduce" => (nint)(delegate* unmanaged<nint, nint, nuint, int, int, nint, nint, int>)&AllReduce,
        "ncclCommDestroy" => (nint)(delegate* unmanaged<nint, int>)&Leave,
        "ncclGetErrorString" => (nint)(delegate* unmanaged<int, nint>)&Message,
        _ => throw new EntryPointNotFoundException(name),
    });

    [UnmanagedCallersOnly]
    private static int GetVersion(int* version)
    {
        *version = Version;
        return 0;
    }

    [UnmanagedCallersOnly]
    private static int GetUniqueId(byte* id)
    {
        new Span<byte>(id, NcclLibrary.IdBytes).Clear();
        id[NcclLibrary.IdBytes - 1] = 7;
        return 0;
    }

    [UnmanagedCallersOnly]
    private static int Join(nint* communicator, int size, Id id, int rank)
    {
        *communicator = 1 + rank;
        Calls.Add($"join {id[NcclLibrary.IdBytes - 1]} as {rank} of {size}");
        return 0;
    }

    // All members of these tests have the same numbers.
    [UnmanagedCallersOnly]
    private static int AllReduce(nint from, nint to, nuint count, int type, int operation, nint communicator, nint stream)
    {
        if (from != to || type != 7 || operation != 0 || communicator == 0 || stream != 0)
            return InvalidArgument;
        for (nuint i = 0; i < count; i++)
            ((float*)to)[i] *= Members;
        return 0;
    }

    [UnmanagedCallersOnly]
    private static int Leave(nint communicator)
    {
        Calls.Add("leave");
        return 0;
    }

    [UnmanagedCallersOnly]
    private static nint Message(int code) => code == InvalidArgument ? Words.First : 0;

    [InlineArray(NcclLibrary.IdBytes)]
    private struct Id
    {
        private byte _first;
    }

    private static class Words
    {
        public static nint First { get; } = Marshal.StringToCoTaskMemUTF8("invalid argument");
    }
}
