using System.Runtime.InteropServices;
using Pupil.LibTorch;

namespace Pupil.Tests.LibTorch;

public sealed class NativeLibrariesTests
{
    [Fact]
    public void Tensors_work()
    {
        // A process must use Pupil before TorchSharp; every real application does.
        NativeLibraries.Load();
        using var sum = TorchSharp.torch.ones(2, 2).sum();
        Assert.Equal(4f, sum.item<float>());
    }

    [Fact]
    public void TorchSharp_has_not_copied_libtorch_beside_itself()
    {
        NativeLibraries.Load();
        Assert.Equal(4, TorchSharp.torch.zeros(4).numel());
        var beside = Path.GetDirectoryName(typeof(TorchSharp.torch).Assembly.Location)!;
        Assert.False(Directory.Exists(Path.Combine(beside, "cpu")));
    }

    [Fact]
    public void Bindings_that_need_a_nonexistent_version_give_a_clear_error()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The bindings of other systems are not ELF files.");
        NativeLibraries.Load();
        var folder = Directory.CreateTempSubdirectory("pupil-tests-").FullName;
        try
        {
            var real = TorchFiles.OfThisProcess();
            var bindings = File.ReadAllBytes(real.Find(real.Bindings)!);
            var name = "GLIBCXX_3.4.30\0"u8;
            "GLIBCXX_3.4.99\0"u8.CopyTo(bindings.AsSpan(bindings.AsSpan().IndexOf(name)));
            File.WriteAllBytes(Path.Combine(folder, real.Bindings), bindings);

            var error = Assert.Throws<UserErrorException>(
                () => TorchLoading.Load(real with { Folders = [folder, .. real.Folders] }, folder));

            Assert.Matches("^libLibTorchSharp[.]so needs GLIBCXX_3[.]4[.]99 of libstdc[+][+][.]so[.]6, " +
                "this machine's /.* has up to GLIBCXX_3[.]4[.][0-9]+: install", error.Message);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void The_clear_error_is_found_inside_other_exceptions()
    {
        var error = new UserErrorException("clear");
        Assert.Same(error, NativeLibraries.FindUserError(new TypeInitializationException("T", new InvalidOperationException("x", error))));
        Assert.Same(error, NativeLibraries.FindUserError(error));
        Assert.Null(NativeLibraries.FindUserError(new InvalidOperationException("x")));
        Assert.Null(NativeLibraries.FindUserError(null));
    }

    [Fact]
    public void Large_blocks_are_not_separate_mappings()
    {
        Assert.SkipWhen(Environment.GetEnvironmentVariable("PUPIL_MALLOC") == "default", "The allocator is left unchanged.");
        nint address = 0;
        Assert.SkipUnless(
            NativeLibrary.TryLoad("libc.so.6", out var library) && NativeLibrary.TryGetExport(library, "mallinfo2", out address),
            "glibc 2.33 or later only");
        NativeLibraries.Load();
        var counts = Marshal.GetDelegateForFunctionPointer<ReadCounts>(address);
        const int size = 48 << 20; // more than glibc takes from a heap by default, less than the capacity of a thread's heap

        var before = (long)counts().MappedBytes;
        var block = Marshal.AllocHGlobal(size);
        var growth = (long)counts().MappedBytes - before;
        Marshal.FreeHGlobal(block);

        Assert.True(growth < size, $"{growth} bytes more are mapped");
    }

    private delegate Counts ReadCounts();

    // The fields of glibc's struct mallinfo2, of which one is used here.
    [StructLayout(LayoutKind.Sequential, Size = 10 * 8)]
    private readonly struct Counts
    {
        private readonly nuint _arena, _freeBlocks, _fastFreeBlocks, _mappings;
        public readonly nuint MappedBytes;
    }
}
