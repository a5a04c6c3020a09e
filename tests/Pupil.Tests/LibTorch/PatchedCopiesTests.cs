using Pupil.LibTorch;

namespace Pupil.Tests.LibTorch;

public sealed class PatchedCopiesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("pupil-tests-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_copy_is_written_into_a_new_folder()
    {
        var content = Content(1);
        var path = PatchedCopies.Place(Path.Combine(_folder, "deep", "er"), "library.so", content);
        Assert.Equal(content, File.ReadAllBytes(path));
        Assert.Equal([path], Directory.GetFiles(Path.GetDirectoryName(path)!));
    }

    [Fact]
    public void An_equal_copy_is_used_again_without_being_written()
    {
        var path = PatchedCopies.Place(_folder, "library.so", Content(1));
        var written = new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        File.SetLastWriteTimeUtc(path, written);
        Assert.Equal(path, PatchedCopies.Place(_folder, "library.so", Content(1)));
        Assert.Equal(written, File.GetLastWriteTimeUtc(path));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    [InlineData(50_000)]
    public void A_truncated_or_changed_copy_is_replaced(int length)
    {
        var path = PatchedCopies.Place(_folder, "library.so", Content(1));
        File.WriteAllBytes(path, Content(2)[..length]);
        PatchedCopies.Place(_folder, "library.so", Content(1));
        Assert.Equal(Content(1), File.ReadAllBytes(path));
    }

    [Fact]
    public void Many_concurrent_writers_leave_one_valid_copy()
    {
        var content = Content(3);
        Parallel.For(0, 16, new ParallelOptions { MaxDegreeOfParallelism = 8 }, _ =>
            Assert.Equal(content, File.ReadAllBytes(PatchedCopies.Place(_folder, "library.so", content))));
        Assert.Single(Directory.GetFiles(_folder));
    }

    [Fact]
    public void Files_that_killed_processes_left_are_removed_and_those_being_written_stay()
    {
        var path = PatchedCopies.Place(_folder, "library.so", Content(1));
        File.WriteAllText($"{path}.{Guid.NewGuid():N}.new", "half");
        var being = $"{path}.{Guid.NewGuid():N}.new";
        using (new FileStream(being, FileMode.CreateNew, FileAccess.Write, FileShare.Read))
            PatchedCopies.Place(_folder, "library.so", Content(1));
        Assert.Equal(new[] { path, being }, Directory.GetFiles(_folder).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Without_a_writable_folder_a_temporary_one_is_used_and_deleted()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs an ELF library to load");
        NativeLibraries.Load();
        var files = TorchFiles.OfThisProcess();
        var library = File.ReadAllBytes(files.Find("libtorch.so")!);
        var notAFolder = Path.Combine(_folder, "file");
        File.WriteAllText(notAFolder, "");
        var temporary = Path.GetTempPath();
        var before = Directory.GetDirectories(temporary, "pupil-native-*");

        Assert.NotEqual(0, PatchedCopies.Load(Path.Combine(notAFolder, "cache"), "library.so", library));
        Assert.NotEqual(0, PatchedCopies.Load(null, "library.so", library));

        Assert.Empty(Directory.GetDirectories(temporary, "pupil-native-*").Except(before));
    }

    [Fact]
    public void Other_content_has_another_name()
    {
        var name = PatchedCopies.Name("libLibTorchSharp.so", Content(1));
        Assert.Matches("^libLibTorchSharp-[0-9a-f]{16}[.]so$", name);
        Assert.Equal(name, PatchedCopies.Name("libLibTorchSharp.so", Content(1)));
        Assert.NotEqual(name, PatchedCopies.Name("libLibTorchSharp.so", Content(2)));
    }

    [Theory]
    [InlineData("/chosen", "/cache", "/home/me", "/chosen")]
    [InlineData("", "/cache", "/home/me", "/cache/pupil/native")]
    [InlineData(null, "relative", "/home/me", "/home/me/.cache/pupil/native")]
    [InlineData(null, null, "/home/me", "/home/me/.cache/pupil/native")]
    [InlineData(null, null, "", null)]
    public void The_folder_follows_the_environment(string? chosen, string? cache, string home, string? expected)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "paths of Unix");
        Assert.Equal(expected, PatchedCopies.Folder(name => name == PatchedCopies.FolderVariable ? chosen : cache, home));
    }

    private static byte[] Content(int seed)
    {
        var content = new byte[50_000];
        new Random(seed).NextBytes(content);
        return content;
    }
}
