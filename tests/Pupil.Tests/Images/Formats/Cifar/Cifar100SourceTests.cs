using Pupil.Images.Formats.Cifar;
using Pupil.Tests.Images.Formats.Trees;

namespace Pupil.Tests.Images.Formats.Cifar;

public sealed class Cifar100SourceTests
{
    private const int RecordBytes = 3074;

    [Theory]
    [InlineData("cifar-100-binary")]
    [InlineData(".")]
    [InlineData("cifar-100-binary.tar.gz")]
    public void The_folder_the_one_above_and_the_archive_give_the_same(string place)
    {
        using var folder = new TemporaryFolder();
        byte[] train = Records(5, 1), test = Records(3, 2);
        if (place.EndsWith(".gz", StringComparison.Ordinal))
        {
            File.WriteAllBytes(folder[place], TinyArchives.TarGz(
            [
                ("cifar-100-binary/train.bin", train), ("cifar-100-binary/fine_label_names.txt", [1]),
                ("cifar-100-binary/test.bin", test),
            ]));
        }
        else
        {
            Directory.CreateDirectory(folder["cifar-100-binary"]);
            File.WriteAllBytes(folder["cifar-100-binary/train.bin"], train);
            File.WriteAllBytes(folder["cifar-100-binary/test.bin"], test);
        }
        foreach (string given in (string[])[folder[place], folder.FullPath])
        {
            var source = new Cifar100Source { Path = given, AllowPartial = true };
            var fine = source.Load();
            var coarse = (source with { Labels = Cifar100Labels.Coarse }).Load();
            Assert.Equal((100, 20), (fine.Train.Classes.Count, coarse.Train.Classes.Count));
            Assert.Equal((5, 3), (fine.Train.Count, fine.Test.Count));
            for (int i = 0; i < 5; i++)
            {
                Assert.Equal((train[i * RecordBytes], train[i * RecordBytes + 1]), (coarse.Train.Labels[i], fine.Train.Labels[i]));
                Assert.Equal(train[i * RecordBytes + 2 + 1024 + 33], fine.Train.Image(i)[33 * 3 + 1]);
                Assert.Equal(fine.Train.Image(i).ToArray(), coarse.Train.Image(i).ToArray());
            }
            Assert.Equal(test[2 * RecordBytes + 1], fine.Test.Labels[2]);
        }
    }

    [Theory]
    [InlineData(0, 20, Cifar100Labels.Coarse, "found label 20 in record 1, expected 0…19")]
    [InlineData(1, 100, Cifar100Labels.Fine, "found label 100 in record 1, expected 0…99")]
    public void A_label_out_of_range_is_an_error_with_its_record(int place, byte label, Cifar100Labels labels, string found)
    {
        using var folder = new TemporaryFolder();
        byte[] train = Records(3, 1);
        train[RecordBytes + place] = label;
        File.WriteAllBytes(folder["train.bin"], train);
        File.WriteAllBytes(folder["test.bin"], Records(1, 2));
        var source = new Cifar100Source { Path = folder.FullPath, AllowPartial = true, Labels = labels };
        var error = Assert.Throws<UserErrorException>(() => source.Load());
        Assert.Contains(found, error.Message);
        Assert.Contains("train.bin", error.Message);
    }

    [Fact]
    public void A_missing_part_and_a_second_copy_are_user_errors()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder["train.bin"], Records(1, 1));
        var source = new Cifar100Source { Path = folder.FullPath, AllowPartial = true };
        Assert.Contains("lacks test.bin; expected train.bin, test.bin", Assert.Throws<UserErrorException>(() => source.Load()).Message);
        File.WriteAllBytes(folder["test.bin"], Records(1, 1));
        Directory.CreateDirectory(folder["copy"]);
        File.WriteAllBytes(folder["copy/test.bin"], Records(1, 1));
        Assert.Contains("found two files test.bin", Assert.Throws<UserErrorException>(() => source.Load()).Message);
    }

    [Fact]
    public void The_published_names_fit_together()
    {
        Assert.Equal(Cifar100Source.FineNames.Order(StringComparer.Ordinal), Cifar100Source.FineNames);
        Assert.Equal((100, 20), (Cifar100Source.FineNames.Distinct().Count(), Cifar100Source.CoarseNames.Distinct().Count()));
    }

    [Fact]
    public void The_real_files_hold_what_they_should()
    {
        string folder = RealData.Cifar100();
        if (File.Exists(Path.Combine(folder, "fine_label_names.txt")))
        {
            Assert.Equal(Lines("fine_label_names.txt"), Cifar100Source.FineNames);
            Assert.Equal(Lines("coarse_label_names.txt"), Cifar100Source.CoarseNames);
        }
        var source = new Cifar100Source { Path = folder, AllowPartial = true };
        var fine = source.Load();
        Assert.Equal(10_000, fine.Test.Count);
        Assert.Equal(["cattle", "dinosaur", "apple"], fine.Train.Labels.Take(3).Select(label => fine.Train.Classes[label]));
        Assert.Equal(["mountain", "forest", "seal"], fine.Test.Labels.Take(3).Select(label => fine.Test.Classes[label]));
        Assert.All(fine.Test.Labels.CountBy(label => label), count => Assert.Equal(100, count.Value));
        Assert.Equal(100, fine.Train.Labels.Distinct().Count());
        if (fine.Train.Count == 20_000)
            Assert.All(fine.Train.Labels.CountBy(label => label), count => Assert.InRange(count.Value, 167, 234));
        else
            Assert.All(fine.Train.Labels.CountBy(label => label), count => Assert.Equal(500, count.Value));
        var coarse = (source with { Labels = Cifar100Labels.Coarse }).Load();
        Assert.Equal(["large_omnivores_and_herbivores", "reptiles", "fruit_and_vegetables"],
            coarse.Train.Labels.Take(3).Select(label => coarse.Train.Classes[label]));
        // Five classes make up each superclass.
        var pairs = fine.Train.Labels.Zip(coarse.Train.Labels).Distinct().ToList();
        Assert.Equal(100, pairs.Count);
        Assert.All(pairs.CountBy(pair => pair.Second), count => Assert.Equal(5, count.Value));

        IEnumerable<string> Lines(string file) => File.ReadAllLines(Path.Combine(folder, file)).Where(line => line.Length > 0);
    }

    private static byte[] Records(int count, int seed)
    {
        var random = new Random(seed);
        var bytes = new byte[count * RecordBytes];
        random.NextBytes(bytes);
        for (int i = 0; i < count; i++)
            (bytes[i * RecordBytes], bytes[i * RecordBytes + 1]) = ((byte)random.Next(20), (byte)random.Next(100));
        return bytes;
    }
}
