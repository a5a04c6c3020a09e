using Pupil.Core;

namespace Pupil.Tests.Core;

public sealed class PixelBlocksTests
{
    [Fact]
    public void Files_follow_one_another()
    {
        var blocks = new PixelBlocks([.. Files()], 6, 4, 6);
        var part = blocks.Part(3, 11);
        byte[] expected = [.. Enumerable.Range(3, 11).Select(value => (byte)value)];
        Assert.Equal(11, part.Length);
        for (int start = 0; start < 11;)
        {
            var run = part.Run(start, 100);
            Assert.Equal(expected.AsSpan(start, run.Length), run);
            start += run.Length;
            Assert.Contains(start, new[] { 1, 3, 7, 9, 11 });
        }
        Assert.Equal(expected.AsSpan(3, 6), part.Slice(3, 6));
        Assert.Throws<ArgumentOutOfRangeException>(() => part.Slice(10, 2).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => part.Slice(-1, 2).Length);
    }

    [Fact]
    public void The_block_that_was_not_read_for_longest_is_released()
    {
        var files = Files();
        var blocks = new PixelBlocks([.. files], 6, 4, 2);
        var part = blocks.Part(0, 18);
        _ = part.Slice(0, 1); // block 0 of file 0
        _ = part.Slice(5, 1); // its block 1, with two bytes
        _ = part.Slice(1, 1);
        Assert.All(files, file => Assert.Empty(file.Released));
        _ = part.Slice(12, 1); // file 2
        Assert.Equal([(4, 2)], files[0].Released);
        _ = part.Slice(7, 1); // file 1
        Assert.Equal([(4, 2), (0, 4)], files[0].Released);
        Assert.Equal(2, blocks.Resident);
    }

    [Fact]
    public void Blocks_are_fetched_as_a_whole()
    {
        var files = Files();
        var blocks = new PixelBlocks([.. files], 6, 4, 6);
        blocks.Fetch(3, 8); // the bytes 3…10: both blocks of file 0, and the two of file 1
        Assert.Equal([(0, 4), (4, 2)], files[0].Fetched);
        Assert.Equal([(0, 4), (4, 2)], files[1].Fetched);
        Assert.Empty(files[2].Fetched);
        Assert.Equal(4, blocks.Resident);
    }

    [Fact]
    public async Task Few_blocks_are_resident_while_many_threads_read()
    {
        const int Count = 40, Most = 4;
        Counted[] files = [.. Enumerable.Range(0, Count).Select(_ => new Counted(new byte[10]))];
        var blocks = new PixelBlocks([.. files], 10, 5, Most);
        var part = blocks.Part(0, Count * 10);
        await Parallel.ForAsync(0, 8, TestContext.Current.CancellationToken, (thread, _) =>
        {
            var random = new Random(thread);
            for (int i = 0; i < 20_000; i++)
            {
                Assert.Equal(1, part.Slice(random.Next(Count * 10), 1).Length);
                Assert.InRange(blocks.Resident, 0, Most);
            }
            return ValueTask.CompletedTask;
        });
        Assert.Equal(Most, blocks.Resident);
    }

    [Fact]
    public void Released_bytes_are_read_again_and_take_no_memory()
    {
        using var folder = new TemporaryFolder();
        byte[] bytes = new byte[32 << 20];
        new Random(1).NextBytes(bytes);
        File.WriteAllBytes(folder["pixels"], bytes);
        using var file = File.OpenRead(folder["pixels"]);
        var memory = PixelMemory.Map(file, 100, bytes.Length - 100);
        Assert.Equal(bytes.AsSpan(100), memory.Slice(0, bytes.Length - 100));
        long before = OperatingSystem.IsLinux() ? Resident(folder["pixels"]) : 0;
        memory.Release(0, 16 << 20);
        if (OperatingSystem.IsLinux())
            Assert.InRange(Resident(folder["pixels"]), 0, before - (15 << 20));
        memory.Fetch(0, 16 << 20);
        Assert.Equal(bytes.AsSpan(100), memory.Slice(0, bytes.Length - 100));
    }

    // The resident bytes of a mapped file, by the system's list of mappings.
    private static long Resident(string path)
    {
        long sum = 0;
        bool isInside = false;
        foreach (string line in File.ReadLines("/proc/self/smaps"))
        {
            string first = line.Split(' ')[0];
            if (!first.EndsWith(':'))
                isInside = line.EndsWith(path, StringComparison.Ordinal);
            else if (isInside && first == "Rss:")
                sum += 1024 * long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]);
        }
        return sum;
    }

    private static Counted[] Files() =>
        [.. Enumerable.Range(0, 3).Select(file => new Counted([.. Enumerable.Range(6 * file, 6).Select(value => (byte)value)]))];

    private sealed class Counted(byte[] bytes) : PixelMemory
    {
        public List<(long Start, long Length)> Released { get; } = [];

        public List<(long Start, long Length)> Fetched { get; } = [];

        public override long Length => bytes.Length;

        public override ReadOnlySpan<byte> Slice(long start, int length) => bytes.AsSpan((int)start, length);

        public override void Fetch(long start, long length) => Fetched.Add((start, length));

        public override void Release(long start, long length) => Released.Add((start, length));
    }
}
