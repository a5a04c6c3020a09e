using Pupil.Images.Formats.Cifar;

namespace Pupil.Tests.Images.Formats.Cifar;

public sealed class CifarFuzzTests
{
    [Theory]
    [InlineData(1_000)]
    [InlineData(10_000, Explicit = true)]
    public void Broken_files_of_CIFAR_10_are_read_or_refused(int cases)
    {
        using var folder = new TemporaryFolder();
        for (int i = 1; i <= 5; i++)
            File.WriteAllBytes(folder[$"data_batch_{i}.bin"], Records(1, 1, 10, i));
        var source = new Cifar10Source { Path = folder.FullPath, AllowPartial = true };
        byte[][] valid = [Records(1, 3, 10, 6), Records(1, 1, 10, 7)];
        var (read, refused) = Fuzz.Run(seed: 12, cases, valid, mostAllocated: 1 << 20, file =>
        {
            File.WriteAllBytes(folder["test_batch.bin"], file);
            var splits = source.Load();
            Assert.Equal((5, file.Length / 3073), (splits.Train.Count, splits.Test.Count));
            Assert.True(splits.Test.Labels.All(label => label is >= 0 and < 10));
        });
        Assert.True(read > cases / 20 && refused > cases / 20, $"{read} read, {refused} refused");
    }

    [Theory]
    [InlineData(1_000)]
    [InlineData(10_000, Explicit = true)]
    public void Broken_files_of_CIFAR_100_are_read_or_refused(int cases)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder["test.bin"], Records(2, 1, 20, 1));
        var sources = new[] { Cifar100Labels.Fine, Cifar100Labels.Coarse }
            .Select(labels => new Cifar100Source { Path = folder.FullPath, AllowPartial = true, Labels = labels }).ToArray();
        int turn = 0;
        byte[][] valid = [Records(2, 3, 20, 2), Records(2, 1, 20, 3)];
        var (read, refused) = Fuzz.Run(seed: 13, cases, valid, mostAllocated: 1 << 20, file =>
        {
            File.WriteAllBytes(folder["train.bin"], file);
            var splits = sources[turn++ % 2].Load();
            Assert.Equal((file.Length / 3074, 1), (splits.Train.Count, splits.Test.Count));
            Assert.True(splits.Train.Labels.All(label => label >= 0 && label < splits.Train.Classes.Count));
        });
        Assert.True(read > cases / 20 && refused > cases / 20, $"{read} read, {refused} refused");
    }

    private static byte[] Records(int labelBytes, int count, int classes, int seed)
    {
        var random = new Random(seed);
        var bytes = new byte[count * (labelBytes + 3072)];
        random.NextBytes(bytes);
        for (int i = 0; i < count * labelBytes; i++)
            bytes[i / labelBytes * (labelBytes + 3072) + i % labelBytes] = (byte)random.Next(classes);
        return bytes;
    }
}
