using Pupil.Images.Formats.Trees;

namespace Pupil.Tests.Images.Formats.Trees;

public sealed class ArchiveFuzzTests
{
    [Theory]
    [InlineData(1_000)]
    [InlineData(10_000, Explicit = true)]
    public void Broken_zips_are_read_or_refused(int cases) =>
        Run(14, cases, "archive.zip", [TinyArchives.Zip(Contents(1)), TinyArchives.Zip(Contents(2), stored: true)]);

    [Theory]
    [InlineData(1_000)]
    [InlineData(10_000, Explicit = true)]
    public void Broken_compressed_tars_are_read_or_refused(int cases) =>
        Run(15, cases, "archive.tar.gz", [TinyArchives.TarGz(Contents(1)), TinyArchives.TarGz(Contents(2))]);

    [Theory]
    [InlineData(1_000)]
    [InlineData(10_000, Explicit = true)]
    public void Broken_tars_are_read_or_refused(int cases) =>
        Run(16, cases, "archive.tar", [TinyArchives.Tar(Contents(1)), TinyArchives.Tar(Contents(2))]);

    private static void Run(int seed, int cases, string name, byte[][] archives)
    {
        using var folder = new TemporaryFolder();
        var (read, refused) = Fuzz.Run(seed, cases, archives, mostAllocated: 4 << 20, bytes =>
        {
            File.WriteAllBytes(folder[name], bytes);
            using var tree = FileTree.Open(folder[name]);
            foreach (var file in tree.Files(_ => true, largest: 1 << 20))
                Assert.Equal(file.Length, file.Read().Length);
        });
        Assert.True(read > cases / 500 && refused > cases / 20, $"{read} read, {refused} refused");
    }

    private static (string Name, byte[] Bytes)[] Contents(int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, 4).Select(i =>
        {
            var bytes = new byte[random.Next(0, 700)];
            random.NextBytes(bytes.AsSpan(0, bytes.Length / 2));
            return ($"d{new string('f', i * 40)}/{i}.bin", bytes);
        })];
    }
}
