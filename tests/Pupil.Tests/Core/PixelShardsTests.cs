using Pupil.Core;

namespace Pupil.Tests.Core;

public sealed class PixelShardsTests
{
    [Fact]
    public void Files_follow_one_another()
    {
        var shards = new PixelShards([.. Files()], 6, 3);
        var part = shards.Part(3, 11);
        byte[] expected = [.. Enumerable.Range(3, 11).Select(value => (byte)value)];
        Assert.Equal(11, part.Length);
        for (int start = 0; start < 11;)
        {
            var run = part.Run(start, 100);
            Assert.Equal(expected.AsSpan(start, run.Length), run);
            start += run.Length;
            Assert.True(start is 3 or 9 or 11);
        }
        Assert.Equal(expected.AsSpan(3, 6), part.Slice(3, 6));
        Assert.Throws<ArgumentOutOfRangeException>(() => part.Slice(10, 2).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => part.Slice(-1, 2).Length);
    }

    [Fact]
    public void The_file_that_was_not_read_for_longest_is_released()
    {
        var files = Files();
        var part = new PixelShards([.. files], 6, 2).Part(0, 18);
        _ = part.Slice(0, 1);
        _ = part.Slice(6, 1);
        _ = part.Slice(1, 1);
        Assert.All(files, file => Assert.Equal(0, file.Released));
        _ = part.Slice(12, 1);
        Assert.Equal([0, 1, 0], files.Select(file => file.Released));
        _ = part.Slice(7, 1);
        Assert.Equal([1, 1, 0], files.Select(file => file.Released));
    }

    [Fact]
    public async Task Few_files_are_resident_while_many_threads_read()
    {
        const int Count = 40, Most = 4;
        Counted[] files = [.. Enumerable.Range(0, Count).Select(_ => new Counted(new byte[10]))];
        var shards = new PixelShards([.. files], 10, Most);
        var part = shards.Part(0, Count * 10);
        await Parallel.ForAsync(0, 8, TestContext.Current.CancellationToken, (thread, _) =>
        {
            var random = new Random(thread);
            for (int i = 0; i < 20_000; i++)
            {
                Assert.Equal(1, part.Slice(random.Next(Count * 10), 1).Length);
                Assert.InRange(shards.Resident, 0, Most + 1);
            }
            return ValueTask.CompletedTask;
        });
        Assert.Equal(Most, shards.Resident);
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
        if (OperatingSystem.IsLinux())
            Assert.True(Resident(folder["pixels"]) > 16 << 20);
        memory.Release();
        if (OperatingSystem.IsLinux())
            Assert.True(Resident(folder["pixels"]) < 1 << 20);
        memory.Fetch();
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
        public int Released { get; private set; }

        public override long Length => bytes.Length;

        public override ReadOnlySpan<byte> Slice(long start, int length) => bytes.AsSpan((int)start, length);

        public override void Release() => Released++;
    }
}
