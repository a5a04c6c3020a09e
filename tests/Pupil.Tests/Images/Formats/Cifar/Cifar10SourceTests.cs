using Pupil.Images;
using Pupil.Images.Formats.Cifar;

namespace Pupil.Tests.Images.Formats.Cifar;

public sealed class Cifar10SourceTests
{
    private const int RecordBytes = 3073;

    [Fact]
    public void The_published_files_hold_60_000_images_evenly_spread()
    {
        string folder = RealData.Cifar10();
        var splits = new Cifar10Source { Path = folder }.Load();
        Assert.Equal("cifar10", splits.Name);
        AssertSpread(splits.Train, 5000);
        AssertSpread(splits.Test, 1000);
        AssertRecord(RecordOf("data_batch_1.bin", 0), splits.Train, 0);
        AssertRecord(RecordOf("data_batch_3.bin", 123), splits.Train, 20_123);
        AssertRecord(RecordOf("data_batch_5.bin", 9999), splits.Train, 49_999);
        AssertRecord(RecordOf("test_batch.bin", 0), splits.Test, 0);
        AssertRecord(RecordOf("test_batch.bin", 9999), splits.Test, 9999);

        byte[] RecordOf(string file, int record)
        {
            var bytes = new byte[RecordBytes];
            using var stream = File.OpenRead(Path.Combine(folder, file));
            stream.Position = (long)record * RecordBytes;
            stream.ReadExactly(bytes);
            return bytes;
        }

        static void AssertSpread(ImageSet set, int each)
        {
            Assert.Equal((10 * each, 32, 32, 3), (set.Count, set.Height, set.Width, set.Channels));
            Assert.All(Enumerable.Range(0, 10), label => Assert.Equal(each, set.Labels.Count(found => found == label)));
            Assert.Equal(["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"], set.Classes);
        }
    }

    [Fact]
    public void Short_files_are_read_where_they_are_allowed()
    {
        using var folder = new TemporaryFolder();
        byte[][] files = WriteFiles(folder.FullPath, records: 2);
        var splits = new Cifar10Source { Path = folder.FullPath, AllowPartial = true }.Load();
        Assert.Equal((10, 2), (splits.Train.Count, splits.Test.Count));
        for (int i = 0; i < 10; i++)
            AssertRecord(files[i / 2].AsSpan(i % 2 * RecordBytes, RecordBytes), splits.Train, i);
        AssertRecord(files[5].AsSpan(0, RecordBytes), splits.Test, 0);
    }

    [Fact]
    public void The_folder_above_the_files_will_do()
    {
        using var folder = new TemporaryFolder();
        WriteFiles(folder["cifar-10-batches-bin"], records: 1);
        Assert.Equal(5, new Cifar10Source { Path = folder.FullPath, AllowPartial = true }.Load().Train.Count);
    }

    [Fact]
    public void A_missing_folder_is_an_error_that_says_where_to_get_the_files()
    {
        using var folder = new TemporaryFolder();
        string place = folder["nowhere"];
        AssertError(place, allowPartial: false, place, "no such folder", "cifar-10-binary.tar.gz",
            "get the data set cifar10", "data.source.path");
    }

    [Theory]
    [InlineData("data_batch_1.bin")]
    [InlineData("data_batch_4.bin")]
    [InlineData("test_batch.bin")]
    public void A_missing_file_is_named(string file)
    {
        using var folder = new TemporaryFolder();
        WriteFiles(folder.FullPath, records: 1);
        File.Delete(folder[file]);
        string found = file == "data_batch_1.bin" ? "folder without data_batch_1.bin" : $"lacks {file}";
        AssertError(folder.FullPath, allowPartial: true, folder.FullPath, found, "expected");
    }

    [Fact]
    public void A_folder_in_a_file_s_place_is_an_error()
    {
        using var folder = new TemporaryFolder();
        WriteFiles(folder.FullPath, records: 1);
        File.Delete(folder["data_batch_1.bin"]);
        Directory.CreateDirectory(folder["data_batch_1.bin"]);
        AssertError(folder.FullPath, allowPartial: true, folder.FullPath, "lacks data_batch_1.bin", "expected");
    }

    [Theory]
    [InlineData(30_729_999L, false, "30,729,999 bytes")] // a byte is missing
    [InlineData(30_726_927L, false, "30,726,927 bytes")] // a record is missing
    [InlineData(30_733_073L, false, "30,733,073 bytes")] // a record too many
    [InlineData(30_733_073L, true, "30,733,073 bytes")]
    [InlineData(0L, false, "0 bytes")]
    [InlineData(0L, true, "0 bytes")]
    [InlineData(2L * RecordBytes - 1, true, "6,145 bytes")]
    public void A_file_of_another_length_is_an_error_that_says_both(long length, bool allowPartial, string found)
    {
        using var folder = new TemporaryFolder();
        WriteFiles(folder.FullPath, records: 1);
        using (var file = File.OpenWrite(folder["data_batch_1.bin"]))
            file.SetLength(length);
        AssertError(folder.FullPath, allowPartial, folder["data_batch_1.bin"], found, "expected 30,730,000");
    }

    [Fact]
    public void A_short_file_s_error_says_how_to_allow_it()
    {
        using var folder = new TemporaryFolder();
        WriteFiles(folder.FullPath, records: 2);
        AssertError(folder.FullPath, allowPartial: false, folder["data_batch_1.bin"], "set data.source.allowPartial to true");
    }

    [Fact]
    public void A_label_out_of_range_is_an_error_with_its_record()
    {
        using var folder = new TemporaryFolder();
        WriteFiles(folder.FullPath, records: 9);
        using (var file = File.OpenWrite(folder["data_batch_2.bin"]))
        {
            file.Position = 7 * RecordBytes;
            file.WriteByte(10);
        }
        AssertError(folder.FullPath, allowPartial: true, folder["data_batch_2.bin"], "label 10 in record 7", "expected 0…9");
    }

    private static void AssertError(string path, bool allowPartial, params string[] parts)
    {
        var error = Assert.Throws<UserErrorException>(() => new Cifar10Source { Path = path, AllowPartial = allowPartial }.Load());
        Assert.All(parts, part => Assert.Contains(part, error.Message));
        Assert.DoesNotContain('\n', error.Message);
    }

    private static void AssertRecord(ReadOnlySpan<byte> record, ImageSet set, int index)
    {
        Assert.Equal(record[0], set.Labels[index]);
        var image = set.Image(index);
        for (int row = 0; row < 32; row++)
        {
            for (int column = 0; column < 32; column++)
            {
                for (int channel = 0; channel < 3; channel++)
                    Assert.Equal(record[1 + channel * 1024 + row * 32 + column], image[(row * 32 + column) * 3 + channel]);
            }
        }
    }

    private static byte[][] WriteFiles(string folder, int records)
    {
        Directory.CreateDirectory(folder);
        string[] names = [.. Enumerable.Range(1, 5).Select(i => $"data_batch_{i}.bin"), "test_batch.bin"];
        var random = new Random(3);
        return
        [
            .. names.Select(name =>
            {
                var bytes = new byte[records * RecordBytes];
                random.NextBytes(bytes);
                for (int record = 0; record < records; record++)
                    bytes[record * RecordBytes] = (byte)random.Next(10);
                File.WriteAllBytes(Path.Combine(folder, name), bytes);
                return bytes;
            }),
        ];
    }
}
