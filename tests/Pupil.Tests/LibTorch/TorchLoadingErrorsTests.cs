using Pupil.LibTorch;

namespace Pupil.Tests.LibTorch;

public sealed class TorchLoadingErrorsTests
{
    [Fact]
    public void A_missing_version_is_named_with_what_was_found() => Assert.Equal(
        "libLibTorchSharp.so needs GLIBCXX_3.4.99 of libstdc++.so.6, " +
        "this machine's /usr/lib/libstdc++.so.6.0.30 has up to GLIBCXX_3.4.30: " +
        "install a newer libstdc++6, or use a newer Linux (Debian 12, Ubuntu 22.04 or later).",
        Refused(
            Missing("libstdc++.so.6", "GLIBCXX_3.4.9", "/usr/lib/libstdc++.so.6.0.30", "GLIBCXX_3.4.30"),
            Missing("libstdc++.so.6", "GLIBCXX_3.4.99", "/usr/lib/libstdc++.so.6.0.30", "GLIBCXX_3.4.30")));

    [Fact]
    public void An_old_glibc_is_named_before_an_old_cpp_library() => Assert.StartsWith(
        "libLibTorchSharp.so needs GLIBC_2.34 of libc.so.6, this machine's /lib/libc-2.31.so has up to GLIBC_2.31: use a newer Linux",
        Refused(
            Missing("libstdc++.so.6", "GLIBCXX_3.4.99", "/usr/lib/libstdc++.so.6.0.28", "GLIBCXX_3.4.28"),
            Missing("libc.so.6", "GLIBC_2.34", "/lib/libc-2.31.so", "GLIBC_2.31")), StringComparison.Ordinal);

    [Fact]
    public void A_library_that_does_not_exist_is_named() => Assert.Contains(
        "needs GCC_3.0 of libgcc_s.so.1, this machine does not have that library: install it",
        Refused(Missing("libgcc_s.so.1", "GCC_3.0", null, null)), StringComparison.Ordinal);

    [Fact]
    public void The_loader_s_message_is_in_one_line()
    {
        var message = TorchLoadingErrors.Refused("/a/libtorch.so", [], "Unable to load.\n/a/libtorch.so: file too short\n").Message;
        Assert.StartsWith("/a/libtorch.so could not be loaded: /a/libtorch.so: file too short;", message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }

    [Theory]
    [InlineData("linux-x64", false, null)]
    [InlineData("osx-arm64", false, null)]
    [InlineData("win-x64", false, null)]
    [InlineData("linux-x64", true, "musl")]
    [InlineData("linux-arm64", false, "linux-arm64")]
    [InlineData("osx-x64", false, "osx-x64")]
    public void A_platform_without_libtorch_is_named(string platform, bool hasMusl, string? named)
    {
        var error = TorchLoadingErrors.ForPlatform(platform, hasMusl);
        if (named is null) Assert.Null(error);
        else Assert.Contains(named, error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_package_is_named_with_the_folders_that_were_searched()
    {
        var real = TorchFiles.OfThisProcess();
        var files = real with { Folders = ["/nowhere/native"] };
        var error = Assert.Throws<UserErrorException>(() => TorchLoading.Load(files, null));
        Assert.Contains($"package libtorch-cpu-{real.Platform} was not found in /nowhere/native:", error.Message, StringComparison.Ordinal);
    }

    private static string Refused(params MissingVersion[] missing) =>
        TorchLoadingErrors.Refused("/a/libLibTorchSharp.so", missing, "no").Message;

    private static MissingVersion Missing(string library, string version, string? foundIn, string? newest) =>
        new(new ElfVersionNeed(library, version, 2, 0, false), foundIn, newest);
}
