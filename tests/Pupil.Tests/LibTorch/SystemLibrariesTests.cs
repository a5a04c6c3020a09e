using Pupil.LibTorch;

namespace Pupil.Tests.LibTorch;

public sealed class SystemLibrariesTests
{
    private static readonly string[] Mappings =
    [
        "7f00-7f01 r--p 00000000 00:00 0",
        "7f01-7f02 r--p 00000000 fe:00 11   /opt/app/libstdc++fs.so.6",
        "7f02-7f03 r--p 00000000 fe:00 12   /usr/lib/with space/libstdc++.so.6.0.30",
        "7f03-7f04 r--p 00000000 fe:00 13   /lib/x86_64-linux-gnu/libc-2.31.so",
        "7f04-7f05 r--p 00000000 fe:00 14   /lib/x86_64-linux-gnu/libcrypto.so.3",
        "7f05-7f06 rw-p 00000000 00:00 0    [heap]",
    ];

    [Theory]
    [InlineData("libstdc++.so.6", "/usr/lib/with space/libstdc++.so.6.0.30")]
    [InlineData("libc.so.6", "/lib/x86_64-linux-gnu/libc-2.31.so")]
    [InlineData("libm.so.6", null)]
    public void The_mapped_file_of_a_library_is_found_by_its_full_name(string library, string? path) =>
        Assert.Equal(path, SystemLibraries.Mapped(library, Mappings));

    [Fact]
    public void Versions_are_compared_as_numbers_within_their_family() =>
        Assert.Equal("GLIBCXX_3.4.30", SystemLibraries.Newest("GLIBCXX_3.4.32",
            ["GLIBCXX_3.4.9", "GLIBCXX_3.4.30", "GLIBCXX_3.4", "CXXABI_9.9.9", "GLIBCXX_LDBL_5.0", "GLIBCXX_DEBUG"]));

    [Fact]
    public void Only_versions_that_a_library_does_not_offer_are_missing()
    {
        ElfVersionNeed[] needs =
        [
            new("libc.so.6", "GLIBC_2.34", 2, 0, false),
            new("libc.so.6", "GLIBC_2.2.5", 3, 0, false),
            new("libgone.so", "GONE_1", 4, 0, false),
            new("libc.so.6", "GLIBC_9.9", 5, 0, true),
        ];
        var missing = SystemLibraries.Missing(
            needs, library => library == "libc.so.6" ? "/libc" : null, _ => ["GLIBC_2.2.5", "GLIBC_2.31"]);
        Assert.Equal([new(needs[0], "/libc", "GLIBC_2.31"), new MissingVersion(needs[2], null, null)], missing);
    }

    [Fact]
    public void This_machine_lacks_nothing_that_a_loaded_library_needs()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The test reads Linux's list of mappings.");
        var files = TorchFiles.OfThisProcess();
        Assert.Empty(SystemLibraries.Missing(File.ReadAllBytes(files.Find("libc10.so")!)));
    }
}
