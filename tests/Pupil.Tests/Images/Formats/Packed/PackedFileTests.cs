using System.Buffers.Binary;
using System.Text;
using Pupil.Core;
using Pupil.Images;
using Pupil.Images.Formats.Packed;

namespace Pupil.Tests.Images.Formats.Packed;

public sealed class PackedFileTests
{
    [Theory]
    [InlineData(1, false, false)]
    [InlineData(3, true, false)]
    [InlineData(3, true, true)]
    public void What_is_written_is_read_again(int channels, bool boxes, bool validation)
    {
        using var folder = new TemporaryFolder();
        var splits = Splits(channels, boxes, validation);
        PackedFile.Write(folder["images.safetensors"], splits);
        AssertEqual(splits, new PackedSource { Path = folder["images.safetensors"] }.Load());
    }

    [Fact]
    public void Its_tensors_are_plain_safetensors()
    {
        using var folder = new TemporaryFolder();
        var splits = Splits(3, boxes: true, validation: false);
        PackedFile.Write(folder["images.safetensors"], splits);
        using var scope = TorchSharp.torch.NewDisposeScope();
        var tensors = SafeTensors.Read(folder["images.safetensors"]).Tensors;
        string[] names = ["test.boxes", "test.labels", "test.pixels", "train.boxes", "train.labels", "train.pixels"];
        Assert.Equal(names, tensors.Keys.Order(StringComparer.Ordinal));
        Assert.Equal([5, 4, 6, 3], tensors["train.pixels"].shape);
        Assert.Equal(splits.Train.Image(4).ToArray(), tensors["train.pixels"][4].flatten().data<byte>().ToArray());
        Assert.Equal(splits.Train.Labels, tensors["train.labels"].data<int>().ToArray());
    }

    [Fact]
    public void Equal_sets_give_equal_files()
    {
        using var folder = new TemporaryFolder();
        PackedFile.Write(folder["a.safetensors"], Splits(3, true, true));
        PackedFile.Write(folder["b.safetensors"], Splits(3, true, true));
        Assert.Equal(File.ReadAllBytes(folder["a.safetensors"]), File.ReadAllBytes(folder["b.safetensors"]));
    }

    [Fact]
    public void What_was_left_out_is_kept()
    {
        using var folder = new TemporaryFolder();
        LeftOutFile[] leftOut = [new("a.jpg", "is empty"), new(new string('x', 100) + "end.jpg", new string('y', 200))];
        var splits = Splits(3, false, false) with { LeftOut = leftOut, LeftOutCount = 345 };
        PackedFile.Write(folder["a.safetensors"], splits);
        var read = PackedFile.Open(folder["a.safetensors"]);
        Assert.Equal((345, new LeftOutFile("a.jpg", "is empty")), (read.LeftOutCount, read.LeftOut[0]));
        Assert.EndsWith("xend.jpg", read.LeftOut[1].File);
        Assert.StartsWith("yyy", read.LeftOut[1].Reason);
        PackedFile.Write(folder["b.safetensors"], read);
        Assert.Equal(345, PackedFile.Open(folder["b.safetensors"]).LeftOutCount);
    }

    [Fact]
    public void A_set_lives_on_when_its_file_is_gone()
    {
        using var folder = new TemporaryFolder();
        var splits = Splits(3, false, false);
        PackedFile.Write(folder["a.safetensors"], splits);
        var read = PackedFile.Open(folder["a.safetensors"]);
        File.Delete(folder["a.safetensors"]);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        AssertEqual(splits, read);
    }

    [Theory]
    [InlineData("\"classes\":[\"class 0\"", "\"classes\":[null", "null in a list")]
    [InlineData("\"parts\":[", "\"parts\":[null,", "null in a list")]
    [InlineData("\"leftOut\":[", "\"leftOut\":[null", "null in a list")]
    [InlineData("\"class 1\"", "\"class 0\"", "fewer than two classes, or one twice")]
    [InlineData("\"part\":\"test\"", "\"part\":\"train\"", "two parts train")]
    [InlineData("\"part\":\"test\"", "\"part\":\"other\"", "no tensor other.pixels")]
    [InlineData("\"name\":", "\"nome\":", "cannot be read")]
    [InlineData("pupil-images", "pupil-imagos", null)]
    [InlineData("\"pupil.version\":\"1\"", "\"pupil.version\":\"2\"", "version '2', expected '1'")]
    [InlineData("pupil.images", "pupil.imagos", "without packed images")]
    [InlineData("\"shape\":[5,4,6,3]", "\"shape\":[4,5,6,3]",
        "of shape 5, expected|images of other sizes|5 numbers|numbers for each of 4 images")]
    [InlineData("\"shape\":[5,4,6,3]", "\"shape\":[5,4,9,2]", "of shape 5×4×9×2")]
    [InlineData("\"shape\":[5,4,6,3]", "\"shape\":[5,6,4,3]", "images of other sizes|a box outside of its image in train.boxes")]
    [InlineData("\"shape\":[5,4,6,3]", "\"shape\":[360]", "with 1 dimensions of Byte")]
    public void A_changed_header_is_noticed(string old, string changed, string? found)
    {
        using var folder = new TemporaryFolder();
        PackedFile.Write(folder["a.safetensors"], Splits(3, boxes: true, validation: false));
        byte[] bytes = File.ReadAllBytes(folder["a.safetensors"]);
        int length = (int)BinaryPrimitives.ReadInt64LittleEndian(bytes);
        string header = Encoding.UTF8.GetString(bytes, 8, length).TrimEnd();
        // The card is JSON within JSON.
        foreach (var (from, to) in new[] { (old, changed), (old.Replace("\"", "\\\""), changed.Replace("\"", "\\\"")) })
        {
            int at = header.IndexOf(from, StringComparison.Ordinal);
            header = at >= 0 ? header[..at] + to + header[(at + from.Length)..] : header;
        }
        Encoding.UTF8.GetBytes(header.PadRight(length)).CopyTo(bytes, 8);
        File.WriteAllBytes(folder["a.safetensors"], bytes);
        if (found is null)
        {
            PackedFile.Open(folder["a.safetensors"]); // the reader ignores the format's name
            return;
        }
        var error = Assert.Throws<UserErrorException>(() => PackedFile.Open(folder["a.safetensors"]));
        Assert.True(found.Split('|').Any(error.Message.Contains), error.Message);
        Assert.Contains(folder["a.safetensors"], error.Message);
        Assert.DoesNotContain(error.Message, char.IsControl);
        Assert.IsType<UnusablePackedFile>(error.Cause);
    }

    [Fact]
    public void A_file_cut_short_while_it_is_open_is_a_user_error()
    {
        using var folder = new TemporaryFolder();
        PackedFile.Write(folder["a.safetensors"], Splits(3, false, false));
        var read = PackedFile.Open(folder["a.safetensors"]);
        using (var file = new FileStream(folder["a.safetensors"], FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
            file.SetLength(4096);
        var error = Assert.Throws<UserErrorException>(() => read.Train.Image(4).ToArray());
        Assert.Contains("found 4,096 bytes", error.Message);
        Assert.StartsWith(folder["a.safetensors"], error.Message);
    }

    [Theory]
    [InlineData("pixels")]
    [InlineData("labels")]
    public void Changed_pixels_and_labels_are_noticed(string what)
    {
        using var folder = new TemporaryFolder();
        PackedFile.Write(folder["a.safetensors"], Splits(3, false, false));
        var header = SafeTensors.ReadHeader(folder["a.safetensors"]);
        byte[] bytes = File.ReadAllBytes(folder["a.safetensors"]);
        long start = bytes.Length - header.Tensors.Max(entry => entry.End);
        bytes[start + header.Tensors.Single(entry => entry.Name == $"train.{what}").Begin] ^= 1;
        File.WriteAllBytes(folder["a.safetensors"], bytes);
        var error = Assert.Throws<UserErrorException>(() => PackedFile.Open(folder["a.safetensors"]));
        Assert.Contains("in train that contradict their fingerprint", error.Message);
    }

    [Fact]
    public void A_box_outside_of_its_image_is_noticed()
    {
        using var folder = new TemporaryFolder();
        var set = Splits(3, false, false).Train;
        var bad = new ImageSet("bad", Pixels(set), set.Labels, set.Classes, 4, 6, 3, [new(0, 0, 7, 4), .. new BoundingBox[4]]);
        PackedFile.Write(folder["a.safetensors"], new DataSplits("bad", bad, bad));
        var error = Assert.Throws<UserErrorException>(() => PackedFile.Open(folder["a.safetensors"]));
        Assert.Contains("a box outside of its image", error.Message);
    }

    [Fact]
    public void A_large_file_is_verified_again_when_it_changes()
    {
        using var folder = new TemporaryFolder();
        var context = new LoadContext { CacheFolder = folder["cache"] };
        string file = folder["a.safetensors"];
        var splits = Splits(3, false, false);
        PackedFile.Write(file, splits);
        var before = File.GetLastWriteTimeUtc(file);
        Open();
        Assert.Single(Directory.GetFiles(folder["cache/verified"]));
        byte[] bytes = File.ReadAllBytes(file);
        bytes[bytes.AsSpan().IndexOf(splits.Test.Image(1))] ^= 1;
        File.WriteAllBytes(file, bytes);
        File.SetLastWriteTimeUtc(file, before);
        Open(); // it seems unchanged
        File.SetLastWriteTimeUtc(file, before.AddSeconds(2));
        Assert.Contains("contradict their fingerprint", Assert.Throws<UserErrorException>(Open).Message);
        Assert.Throws<UserErrorException>(Open); // nothing was remembered

        void Open() => PackedFile.Open(file, context, mostVerifiedAlways: 0);
    }

    [Theory]
    [InlineData(1_000)]
    [InlineData(10_000, Explicit = true)]
    public void Broken_packed_files_are_opened_or_refused(int cases)
    {
        using var folder = new TemporaryFolder();
        byte[][] valid = [.. new[] { (true, true), (false, false) }.Select(kind =>
        {
            PackedFile.Write(folder["a.safetensors"], Splits(3, kind.Item1, kind.Item2));
            return Trimmed(File.ReadAllBytes(folder["a.safetensors"]));
        })];
        var (read, refused) = Fuzz.Run(seed: 18, cases, valid, mostAllocated: 4 << 20, bytes =>
        {
            File.WriteAllBytes(folder["a.safetensors"], bytes);
            // Otherwise nearly every change would be refused for its fingerprint.
            var splits = PackedFile.Open(folder["a.safetensors"], verifies: false);
            foreach (var (_, images) in splits.Parts)
            {
                Assert.Equal(images.Count, images.Labels.Length);
                for (int i = 0; i < images.Count; i++)
                    Assert.Equal(images.ImageBytes, images.Image(i).ToArray().Length);
                Assert.True(images.Labels.All(label => label >= 0 && label < images.Classes.Count));
                Assert.Equal(images.Count, images.Boxes?.Length ?? images.Count);
            }
        });
        Assert.True(read > cases / 100 && refused > cases / 20, $"{read} read, {refused} refused");
    }

    // Removes the padding of the header, where changed bytes would have no effect.
    private static byte[] Trimmed(byte[] file)
    {
        int length = (int)BinaryPrimitives.ReadInt64LittleEndian(file);
        byte[] header = [.. Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(file, 8, length).TrimEnd())];
        var start = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(start, header.Length);
        return [.. start, .. header, .. file.AsSpan(8 + length)];
    }

    private static DataSplits Splits(int channels, bool boxes, bool validation)
    {
        return new DataSplits("tiny", Set("tiny/train", [0, 1, 2, 1, 0], 1), Set("tiny/test", [2, 1], 2))
        {
            Validation = validation ? Set("tiny/val", [1, 1, 0], 3) : null,
        };

        ImageSet Set(string name, int[] labels, int seed)
        {
            var noise = TinyImages.Labelled(labels, 4, 6, channels, seed);
            return new ImageSet(name, Pixels(noise), labels, ["class 0", "class 1", "class 2"], 4, 6, channels,
                boxes ? [.. labels.Select((_, i) => new BoundingBox(i, 0, i + 1, i % 5))] : null);
        }
    }

    private static byte[] Pixels(ImageSet set) => [.. Enumerable.Range(0, set.Count).SelectMany(i => set.Image(i).ToArray())];

    private static void AssertEqual(DataSplits expected, DataSplits actual)
    {
        Assert.Equal(expected.Name, actual.Name);
        Assert.Equal(expected.Parts.Select(part => part.Part), actual.Parts.Select(part => part.Part));
        foreach (var (one, other) in expected.Parts.Zip(actual.Parts, (one, other) => (one.Images, other.Images)))
        {
            Assert.Equal((one.Name, one.Height, one.Width), (other.Name, other.Height, other.Width));
            Assert.Equal((one.Channels, one.Fingerprint), (other.Channels, other.Fingerprint));
            Assert.Equal(one.Labels, other.Labels);
            Assert.Equal(one.Classes, other.Classes);
            Assert.Equal(one.Boxes, other.Boxes);
            Assert.Equal(Pixels(one), Pixels(other));
            var copy = new ImageSet(other.Name, Pixels(other), other.Labels, other.Classes, other.Height, other.Width, other.Channels);
            Assert.Equal(copy.Fingerprint, other.Fingerprint);
        }
    }
}
