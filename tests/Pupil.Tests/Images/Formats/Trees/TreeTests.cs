using System.Formats.Tar;
using Pupil.Images.Formats.Trees;

namespace Pupil.Tests.Images.Formats.Trees;

public sealed class TreeTests
{
    private static readonly (string Name, byte[] Bytes)[] Two =
        [("a/one.bin", [1, 2, 3]), ("b/c/two.bin", [.. Enumerable.Range(0, 2000).Select(i => (byte)i)])];

    [Theory]
    [InlineData("folder")]
    [InlineData("folder/")]
    [InlineData("archive.zip")]
    [InlineData("ARCHIVE.ZIP")]
    [InlineData("archive.tar")]
    [InlineData("archive.tar.gz")]
    [InlineData("archive.tgz")]
    public void All_trees_give_the_same_files(string kind)
    {
        using var folder = new TemporaryFolder();
        using var tree = Open(folder, kind, Two);
        var files = tree.Files(name => name.StartsWith('b')).Where(file => file.Name.StartsWith('b')).ToList();
        Assert.Equal(("b/c/two.bin", "two.bin", 2000L), (files.Single().Name, files.Single().FileName, files.Single().Length));
        Assert.Equal(Two[1].Bytes, files.Single().Read());
        Assert.Equal(["a/one.bin", "b/c/two.bin"], tree.List().Select(file => file.Name).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("../out.bin")]
    [InlineData("a/../../out.bin")]
    [InlineData("/etc/out.bin")]
    [InlineData("..\\out.bin")]
    [InlineData("C:\\out.bin")]
    public void A_name_that_leads_out_of_an_archive_is_refused(string name)
    {
        foreach (string kind in (string[])["archive.zip", "archive.tar", "archive.tar.gz"])
            AssertRefused(kind, [("good.bin", [1]), (name, [1])], "an entry named", "expected names inside of the archive");
    }

    [Fact]
    public void A_name_of_two_lines_is_refused_in_one() =>
        AssertRefused("archive.zip", [("line\nbreak.bin", [1])], "an entry named 'line?break.bin'");

    [Theory]
    [InlineData("archive.zip")]
    [InlineData("archive.tar.gz")]
    public void Two_files_of_one_name_are_refused(string kind)
    {
        AssertRefused(kind, [("a.bin", [1]), ("a.bin", [2])], "found two files 'a.bin'", "each name once");
        AssertRefused(kind, [("a.bin", [1]), ("./a.bin", [2])], "found two files './a.bin'");
    }

    [Theory]
    [InlineData("archive.zip", "no zip archive")]
    [InlineData("archive.tar", "no mark at its end")]
    [InlineData("archive.tar.gz", "expected a whole archive")]
    public void What_is_no_archive_is_refused(string kind, string found)
    {
        using var folder = new TemporaryFolder();
        foreach (byte[] bytes in (byte[][])[[], [.. "This is a text."u8], [.. Enumerable.Repeat((byte)'x', 5000)]])
        {
            File.WriteAllBytes(folder[kind], bytes);
            var error = Assert.Throws<UserErrorException>(() => ReadAll(folder[kind]));
            AssertLine(error, folder[kind], "expected");
            if (bytes.Length == 0)
                Assert.Contains(found, error.Message);
        }
    }

    [Theory]
    [InlineData("archive.zip")]
    [InlineData("archive.tar")]
    [InlineData("archive.tar.gz")]
    public void An_archive_that_is_cut_off_anywhere_is_refused(string kind)
    {
        using var folder = new TemporaryFolder();
        byte[] whole = Bytes(kind, Two);
        // The last bytes contain no files: the 1,024 zeros of a tar, whose first half suffices, and the end and checksum of gzip.
        int end = whole.Length - kind switch { "archive.tar" => 1024, "archive.tar.gz" => 16, _ => 0 };
        for (int length = 0; length < end; length += kind == "archive.tar" ? 256 : 7)
        {
            File.WriteAllBytes(folder[kind], whole[..length]);
            var error = Record.Exception(() => ReadAll(folder[kind]));
            Assert.True(error is UserErrorException, $"{length} of {whole.Length} bytes: {error}");
            AssertLine((UserErrorException)error, folder[kind]);
        }
    }

    [Fact]
    public void Changed_bytes_are_found_by_the_archive_s_checksum()
    {
        using var folder = new TemporaryFolder();
        byte[] marked = [.. "unpacked as it is"u8];
        byte[] zip = TinyArchives.Zip([("a.bin", marked)], stored: true);
        zip[zip.AsSpan().IndexOf(marked) + 3] ^= 1;
        AssertRefused(folder, "archive.zip", zip, "content of 'a.bin' that contradicts its checksum");

        var random = new Random(3);
        var noise = new byte[3000];
        random.NextBytes(noise);
        byte[] tar = TinyArchives.GZip(TinyArchives.Tar([("a.bin", noise)]), System.IO.Compression.CompressionLevel.NoCompression);
        tar[tar.AsSpan().IndexOf(noise.AsSpan(1000, 20))] ^= 1;
        AssertRefused(folder, "archive.tar.gz", tar, "expected a whole archive");
    }

    [Fact]
    public void An_encrypted_zip_is_refused_with_what_to_do()
    {
        byte[] zip = TinyArchives.Zip([("a.bin", [1, 2, 3])], stored: true);
        zip[zip.AsSpan().IndexOf("PK\u0003\u0004"u8) + 6] |= 1;
        zip[zip.AsSpan().IndexOf("PK\u0001\u0002"u8) + 8] |= 1;
        using var folder = new TemporaryFolder();
        AssertRefused(folder, "archive.zip", zip, "'a.bin' encrypted", "without a password", "unpack it and give the folder");
    }

    [Fact]
    public void Another_way_of_packing_is_refused_with_what_to_do()
    {
        byte[] zip = TinyArchives.Zip([("a.bin", [1, 2, 3])], stored: true);
        zip[zip.AsSpan().IndexOf("PK\u0003\u0004"u8) + 8] = 12; // bzip2
        zip[zip.AsSpan().IndexOf("PK\u0001\u0002"u8) + 10] = 12;
        using var folder = new TemporaryFolder();
        AssertRefused(folder, "archive.zip", zip,
            "'a.bin', which cannot be unpacked", "stored or packed by deflate", "unpack it and give the folder");
    }

    [Fact]
    public void A_file_larger_than_it_may_be_is_refused_before_it_is_read()
    {
        using var folder = new TemporaryFolder();
        var big = new byte[5000];
        foreach (string kind in (string[])["archive.zip", "archive.tar", "archive.tar.gz", "folder"])
        {
            using var tree = Open(folder, kind, [("a.bin", big)]);
            var error = Assert.Throws<UserErrorException>(() => tree.Files(_ => true, largest: 4999).Single().Read());
            AssertLine(error, "5,000", "at most 4,999");
            Assert.Equal(big, tree.Files(_ => true, largest: 5000).Single().Read());
        }
    }

    [Fact]
    public void A_zip_that_hides_how_large_a_file_is_is_refused()
    {
        byte[] zip = TinyArchives.Zip([("a.bin", new byte[100_000])]);
        BitConverter.TryWriteBytes(zip.AsSpan(zip.AsSpan().IndexOf("PK\u0001\u0002"u8) + 24), 100);
        using var folder = new TemporaryFolder();
        AssertRefused(folder, "archive.zip", zip, "'a.bin'");
    }

    [Fact]
    public void A_zip_that_says_it_holds_far_more_than_it_could_is_refused_before_anything_is_read()
    {
        byte[] zip = TinyArchives.Zip([.. Enumerable.Range(0, 3).Select(i => ($"{i}.jpg", new byte[10]))]);
        for (int at = 0; zip.AsSpan(at).IndexOf("PK\u0001\u0002"u8) is var next and >= 0; at += next + 4)
            BitConverter.TryWriteBytes(zip.AsSpan(at + next + 24), 1_000_000_000);
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder["archive.zip"], zip);
        using var tree = FileTree.Open(folder["archive.zip"]);
        var error = Assert.Throws<UserErrorException>(() => tree.List());
        AssertLine(error, "more than 1,073,741,824 bytes", "at most 100 times the archive's size");
    }

    [Theory]
    [InlineData('x')]
    [InlineData('g')]
    [InlineData('L')]
    [InlineData('K')]
    public void A_tar_whose_names_would_fill_the_memory_is_refused(char kind)
    {
        byte[] tar = TinyArchives.Tar(Two);
        tar[156] = (byte)kind;
        "17777777777"u8.CopyTo(tar.AsSpan(124)); // 2 GB, in octal digits
        tar.AsSpan(148, 8).Fill((byte)' ');
        int sum = tar.Take(512).Sum(value => value);
        System.Text.Encoding.ASCII.GetBytes(Convert.ToString(sum, 8).PadLeft(6, '0') + "\0 ").CopyTo(tar, 148);
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder["archive.tar.gz"], TinyArchives.GZip(tar));
        long before = GC.GetAllocatedBytesForCurrentThread();
        AssertLine(Assert.Throws<UserErrorException>(() => ReadAll(folder["archive.tar.gz"])), "A name of 2,147,483,647 bytes");
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Theory]
    [InlineData(TarEntryType.HardLink)]
    [InlineData(TarEntryType.SymbolicLink)]
    public void A_link_in_an_archive_is_listed_but_cannot_be_read(TarEntryType kind)
    {
        using var folder = new TemporaryFolder();
        byte[] tar = TinyArchives.Tar(Two, writer => writer.WriteEntry(new PaxTarEntry(kind, "a/link.bin") { LinkName = "a/one.bin" }));
        File.WriteAllBytes(folder["archive.tar"], tar);
        using var tree = FileTree.Open(folder["archive.tar"]);
        var link = tree.Files(_ => true).Single(file => file.FileName == "link.bin");
        AssertLine(Assert.Throws<UserErrorException>(link.Read), "'a/link.bin'", "to be a link", "unpack the archive and give the folder");
    }

    [Fact]
    public void Links_in_a_folder_are_followed_to_their_files()
    {
        using var folder = new TemporaryFolder();
        using var tree = Open(folder, "folder", Two);
        File.CreateSymbolicLink(folder["folder/b/link.bin"], folder["folder/a/one.bin"]);
        Directory.CreateSymbolicLink(folder["folder/d"], folder["folder/b/c"]);
        var files = tree.Files(_ => true).ToDictionary(file => file.Name);
        Assert.Equal(["a/one.bin", "b/c/two.bin", "b/link.bin", "d/two.bin"], files.Keys.Order(StringComparer.Ordinal));
        Assert.Equal((3L, files["a/one.bin"].Modified), (files["b/link.bin"].Length, files["b/link.bin"].Modified));
        Assert.Equal(Two[0].Bytes, files["b/link.bin"].Read());
        Assert.Equal(Two[1].Bytes, files["d/two.bin"].Read());
    }

    [Theory]
    [InlineData("folder/b/c/round", "folder/b")]
    [InlineData("folder/b/round", "folder")]
    [InlineData("folder/round", ".")]
    [InlineData("folder/b/round", "folder/b/round")]
    public void Links_that_lead_round_in_a_circle_are_refused(string link, string target)
    {
        using var folder = new TemporaryFolder();
        using var tree = Open(folder, "folder", Two);
        Directory.CreateSymbolicLink(folder[link], target == "." ? folder.FullPath : folder[target]);
        if (link == target)
        {
            Assert.Throws<UserErrorException>(() => tree.Files(_ => true).Single(file => file.FileName == "round").Read());
            return;
        }
        var error = Assert.Throws<UserErrorException>(() => tree.List());
        AssertLine(error, folder["folder"], "round' to be a link to a folder around it", "remove the link");
    }

    [Fact]
    public void Folders_that_link_to_each_other_do_not_go_on_for_ever()
    {
        using var folder = new TemporaryFolder();
        using var tree = Open(folder, "folder", Two);
        Directory.CreateSymbolicLink(folder["folder/a/b"], folder["folder/b"]);
        Directory.CreateSymbolicLink(folder["folder/b/a"], folder["folder/a"]);
        AssertLine(Assert.Throws<UserErrorException>(() => tree.List()), "to be a link to a folder around it", "remove the link");
    }

    [Fact]
    public void Folders_that_are_too_deep_are_refused_not_skipped()
    {
        using var folder = new TemporaryFolder();
        string start = string.Concat(Enumerable.Repeat("d/", 12));
        using var tree = Open(folder, "folder", [($"{start}a.bin", [1])]);
        Assert.Equal($"{start}a.bin", tree.List().Single().Name);
        using var deeper = Open(folder, "folder", [($"{start}d/a.bin", [1])]);
        AssertLine(Assert.Throws<UserErrorException>(() => deeper.List()), "folders nested more than 12 deep");
    }

    [Fact]
    public void A_link_to_nothing_is_a_file_that_cannot_be_read()
    {
        using var folder = new TemporaryFolder();
        using var tree = Open(folder, "folder", Two);
        File.CreateSymbolicLink(folder["folder/a/gone.bin"], folder["nowhere.bin"]);
        var link = tree.Files(_ => true).Single(file => file.FileName == "gone.bin");
        AssertLine(Assert.Throws<UserErrorException>(link.Read), "nowhere.bin", "no such file");
    }

    [Fact]
    public void A_folder_that_goes_away_is_a_user_error()
    {
        using var folder = new TemporaryFolder();
        using var tree = Open(folder, "folder", Two);
        Directory.Delete(folder["folder"], recursive: true);
        AssertLine(Assert.Throws<UserErrorException>(() => tree.List()), folder["folder"], "cannot be read");
    }

    [Fact]
    public void What_may_not_be_read_is_a_user_error()
    {
        if (OperatingSystem.IsWindows() || Environment.IsPrivilegedProcess)
        {
            Assert.Skip("Permissions do not hold for the superuser, as whom these tests run, and are others on Windows.");
            return;
        }
        using var folder = new TemporaryFolder();
        using var tree = Open(folder, "folder", Two);
        File.SetUnixFileMode(folder["folder/a/one.bin"], UnixFileMode.None);
        var one = tree.Files(_ => true).Single(file => file.FileName == "one.bin");
        AssertLine(Assert.Throws<UserErrorException>(one.Read), "one.bin: cannot be read");
        File.SetUnixFileMode(folder["folder/b"], UnixFileMode.None);
        AssertLine(Assert.Throws<UserErrorException>(() => tree.List()), "expected permission to read all of it");
        File.SetUnixFileMode(folder["folder/b"], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    [Fact]
    public void Something_else_is_refused()
    {
        using var folder = new TemporaryFolder();
        AssertLine(Assert.Throws<UserErrorException>(() => FileTree.Open(folder["nowhere"])), "no such file or folder");
        File.WriteAllText(folder["a.rar"], "");
        AssertLine(Assert.Throws<UserErrorException>(() => FileTree.Open(folder["a.rar"])),
            "expected a folder or an archive (.zip, .tar, .tar.gz, .tgz)");
    }

    private static FileTree Open(TemporaryFolder folder, string kind, (string Name, byte[] Bytes)[] files)
    {
        if (!kind.StartsWith("folder", StringComparison.Ordinal))
        {
            File.WriteAllBytes(folder[kind], Bytes(kind, files));
            return FileTree.Open(folder[kind]);
        }
        foreach (var (name, bytes) in files)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(folder[$"folder/{name}"])!);
            File.WriteAllBytes(folder[$"folder/{name}"], bytes);
        }
        return FileTree.Open(folder[kind]);
    }

    private static byte[] Bytes(string kind, (string Name, byte[] Bytes)[] files) => Path.GetExtension(kind).ToLowerInvariant() switch
    {
        ".zip" => TinyArchives.Zip(files),
        ".tar" => TinyArchives.Tar(files),
        _ => TinyArchives.TarGz(files),
    };

    private static void AssertRefused(string kind, (string Name, byte[] Bytes)[] files, params string[] parts)
    {
        using var folder = new TemporaryFolder();
        AssertRefused(folder, kind, Bytes(kind, files), parts);
    }

    private static void AssertRefused(TemporaryFolder folder, string kind, byte[] bytes, params string[] parts)
    {
        File.WriteAllBytes(folder[kind], bytes);
        AssertLine(Assert.Throws<UserErrorException>(() => ReadAll(folder[kind])), [folder[kind], .. parts]);
    }

    private static void AssertLine(UserErrorException error, params string[] parts)
    {
        Assert.All(parts, part => Assert.Contains(part, error.Message));
        Assert.DoesNotContain(error.Message, char.IsControl);
    }

    private static void ReadAll(string path)
    {
        using var tree = FileTree.Open(path);
        foreach (var file in tree.Files(_ => true))
            Assert.Equal(file.Length, file.Read().Length);
    }
}
