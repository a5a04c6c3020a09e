using Pupil.Core;
using Pupil.Images;
using Pupil.Images.Formats.Packed;
using Pupil.Images.Formats.Pictures;
using Pupil.Images.Recognition;
using Pupil.Tests.Images.Formats.Pictures;

namespace Pupil.Tests.Images.Formats.Packed;

public sealed class PackedShardsTests : IDisposable
{
    private const int ImageBytes = 4 * 6 * 3;

    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(7)]
    [InlineData(10)]
    [InlineData(63)]
    public void Shards_hold_the_set_that_one_file_holds(int imagesEach)
    {
        var splits = Splits();
        PackedFile.Write(_folder["one.safetensors"], splits);
        PackedFile.Write(PackedTarget.Folder(_folder["many"], imagesEach * ImageBytes + 5), splits);
        var one = PackedFile.Open(_folder["one.safetensors"]);
        var many = PackedFile.Open(_folder["many"]);
        Assert.Equal(1 + (10 + imagesEach - 1) / imagesEach, Directory.GetFiles(_folder["many"]).Length);
        Assert.Equal(one.Parts.Select(part => part.Part), many.Parts.Select(part => part.Part));
        foreach (var (expected, found) in one.Parts.Zip(many.Parts, (a, b) => (a.Images, b.Images)))
        {
            Assert.Equal(expected.Fingerprint, found.Fingerprint);
            Assert.Equal(expected.Fingerprint, found.ComputeFingerprint());
            Assert.Equal(expected.Boxes, found.Boxes);
            for (int i = 0; i < expected.Count; i++)
                Assert.Equal(expected.Image(i), found.Image(i));
        }
        // The index is a packed set by itself, too, and a folder of shards packs again.
        Assert.Equal(one.Test.Fingerprint, PackedFile.Open(Path.Combine(_folder["many"], "images.safetensors")).Test.Fingerprint);
        PackedFile.Write(_folder["again.safetensors"], many);
        Assert.Equal(File.ReadAllBytes(_folder["one.safetensors"]), File.ReadAllBytes(_folder["again.safetensors"]));
        Assert.Equal(new PackedSource { Path = _folder["many"] }, DataRecognition.SourceOf(_folder["many"]));
    }

    [Fact]
    public void A_shard_is_plain_safetensors()
    {
        var splits = Write(3);
        using var scope = TorchSharp.torch.NewDisposeScope();
        var tensors = SafeTensors.Read(Shard(1)).Tensors;
        Assert.Equal(["pixels"], tensors.Keys);
        Assert.Equal([3, 4, 6, 3], tensors["pixels"].shape);
        Assert.Equal(splits.Train.Image(4).ToArray(), tensors["pixels"][1].flatten().data<byte>().ToArray());
        Assert.Equal([1, 4, 6, 3], SafeTensors.Read(Shard(3)).Tensors["pixels"].shape);
    }

    [Fact]
    public void Missing_changed_and_foreign_shards_are_noticed()
    {
        Write(3);
        byte[] second = File.ReadAllBytes(Shard(1));

        File.Delete(Shard(1));
        Refused("is missing, one of the 4 shards");
        File.WriteAllBytes(Shard(1), second[..^1]);
        Refused("");
        File.WriteAllBytes(Shard(1), [.. second, 0]);
        Refused("");
        File.Copy(Shard(3), Shard(1), overwrite: true);
        Refused("1×4×6×3 pixels, expected 3×4×6×3");
        second[^1] ^= 1;
        File.WriteAllBytes(Shard(1), second);
        Refused("labels or pixels in validation that contradict their fingerprint");
        second[^1] ^= 1;
        File.WriteAllBytes(Shard(1), second);
        PackedFile.Open(_folder["many"]);
        File.WriteAllText(Shard(1), "no shard");
        Refused("");
        File.Delete(Path.Combine(_folder["many"], "images.safetensors"));
        Refused("images.safetensors");

        void Refused(string part)
        {
            var error = Assert.Throws<UserErrorException>(() => PackedFile.Open(_folder["many"]));
            Assert.Contains(part, error.Message, StringComparison.Ordinal);
            Assert.Contains(_folder["many"], error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Each_state_of_a_large_set_is_verified_once()
    {
        Write(3);
        var context = new LoadContext { CacheFolder = _folder["cache"] };
        void Open() => PackedFile.Open(_folder["many"], context, mostVerifiedAlways: 0);
        Open();
        byte[] second = File.ReadAllBytes(Shard(1));
        second[^1] ^= 1;
        var time = File.GetLastWriteTimeUtc(Shard(1));
        File.WriteAllBytes(Shard(1), second);
        File.SetLastWriteTimeUtc(Shard(1), time);
        Open();
        File.SetLastWriteTimeUtc(Shard(1), time.AddSeconds(1));
        Assert.Throws<UserErrorException>(Open);
    }

    [Fact]
    public void Nothing_of_another_folder_is_replaced()
    {
        Write(3);
        Refused(_folder["many"], "found a finished data set");
        Directory.CreateDirectory(_folder["other"]);
        File.WriteAllText(Path.Combine(_folder["other"], "letter.txt"), "mine");
        Refused(_folder["other"], "found other files");
        File.WriteAllText(_folder["file"], "mine");
        Refused(_folder["file"], "found a file");
        Refused(Path.Combine(_folder["file"], "inside"), "file");
        // A finished set whose index is gone.
        File.Delete(Path.Combine(_folder["many"], "images.safetensors"));
        Refused(_folder["many"], "found other files");
        Assert.True(File.Exists(Shard(3)));
        Assert.Equal("mine", File.ReadAllText(Path.Combine(_folder["other"], "letter.txt")));

        void Refused(string folder, string part)
        {
            var error = Assert.Throws<UserErrorException>(() => PackedFile.Write(PackedTarget.Folder(folder, 1000), Splits()));
            Assert.Contains(part, error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_cancelled_writing_leaves_nothing()
    {
        using var stop = new CancellationTokenSource();
        var context = new LoadContext { Stop = stop.Token, Progress = new Cancelling(stop) };
        Assert.ThrowsAny<OperationCanceledException>(
            () => PackedFile.Write(PackedTarget.Folder(_folder["many"], 2 * ImageBytes), Splits(), context));
        Assert.Empty(Directory.GetFiles(_folder["many"]));
    }

    [Fact]
    public void What_a_killed_writing_left_is_no_data_set_and_is_replaced()
    {
        // A shard gets its header when all pixels are there.
        Directory.CreateDirectory(_folder["many"]);
        File.WriteAllBytes(Shard(0), [.. new byte[256], 1, 2, 3]);
        File.WriteAllBytes(Shard(7), []);
        File.WriteAllBytes(Path.Combine(_folder["many"], ".images.safetensors.1-0123456789abcdef.tmp"), [1]);
        Assert.Throws<UserErrorException>(() => PackedFile.Open(_folder["many"]));
        Write(4);
        PackedFile.Open(_folder["many"]);
        Assert.Equal(1 + 3, Directory.GetFiles(_folder["many"], "*.safetensors").Length);
    }

    [Fact]
    public void Complete_shards_without_an_index_are_replaced_if_a_killed_writing_left_them()
    {
        Write(4);
        File.Delete(Path.Combine(_folder["many"], "images.safetensors"));
        Assert.Contains("found other files", Assert.Throws<UserErrorException>(() => Write(4)).Message);
        File.WriteAllBytes(Path.Combine(_folder["many"], ".images.safetensors.1-0123456789abcdef.tmp"), [1]);
        Write(4);
        PackedFile.Open(_folder["many"]);
    }

    [Fact]
    public void More_shards_than_files_can_be_open_are_refused()
    {
        var target = PackedTarget.Folder(_folder["many"], 1);
        var error = Assert.Throws<UserErrorException>(() => target.Write((4, 6, 3), ["a", "b"], 5001, _ => Assert.Fail("It was begun.")));
        Assert.Contains("5,001 images make 5,001 shards of 1, expected at most 5,000", error.Message);
        Assert.False(Directory.Exists(_folder["many"]));
    }

    [Theory]
    [InlineData(typeof(IOException))]
    [InlineData(typeof(UnauthorizedAccessException))]
    public void A_failing_disk_is_a_user_error(Type kind)
    {
        var failure = new AggregateException((Exception)Activator.CreateInstance(kind, "no luck")!);
        var error = Assert.Throws<UserErrorException>(
            () => PackedTarget.Folder(_folder["many"], 1000).Write((4, 6, 3), ["a", "b"], 10, _ => throw failure));
        Assert.Contains(_folder["many"], error.Message);
    }

    [Fact]
    public void A_folder_that_is_being_written_is_refused()
    {
        Directory.CreateDirectory(_folder["many"]);
        using var writing = new FileStream(Shard(0), FileMode.Create, FileAccess.ReadWrite, FileShare.None);
        Assert.Contains("another process is writing", Assert.Throws<UserErrorException>(() => Write(4)).Message);
    }

    [Fact]
    public void Pictures_are_decoded_into_shards_without_the_broken_ones()
    {
        string pictures = _folder["pictures"];
        for (int i = 0; i < 12; i++)
        {
            string place = Path.Combine(pictures, i % 2 == 0 ? "cats" : "dogs");
            Directory.CreateDirectory(place);
            File.WriteAllBytes(Path.Combine(place, $"{i}.bmp"), TinyPictures.Bmp(i, 9 + i, 8));
        }
        File.WriteAllBytes(Path.Combine(pictures, "cats", "4.bmp"), [1, 2, 3]);
        var source = (PictureSource)DataRecognition.SourceOf(pictures) with { Size = 8 };
        var context = new LoadContext { CacheFolder = _folder["cache"] };
        var target = PackedTarget.Folder(_folder["many"], 3 * 8 * 8 * 3);
        Assert.Contains("4.bmp", Assert.Throws<UserErrorException>(() => source.Pack(target, context)).Message);
        Assert.Throws<UserErrorException>(() => PackedFile.Open(_folder["many"]));
        (source with { SkipBroken = true }).Pack(target, context);
        Assert.False(Directory.Exists(_folder["cache"]));

        var expected = (source with { SkipBroken = true }).Load(context);
        var found = PackedFile.Open(_folder["many"]);
        Assert.Equal(expected.Parts.Select(part => part.Images.Fingerprint), found.Parts.Select(part => part.Images.ComputeFingerprint()));
        Assert.Equal(1, found.LeftOutCount);
        Assert.Equal(1 + 4, Directory.GetFiles(_folder["many"]).Length);
    }

    private string Shard(int number) => PixelsInShards.PathOf(_folder["many"], number);

    private DataSplits Write(int imagesEach)
    {
        var splits = Splits();
        PackedFile.Write(PackedTarget.Folder(_folder["many"], imagesEach * ImageBytes), splits);
        return splits;
    }

    private static DataSplits Splits()
    {
        return new DataSplits("tiny", Set("tiny/train", [0, 1, 2, 1, 0], 1), Set("tiny/test", [2, 1], 2))
        {
            Validation = Set("tiny/val", [1, 1, 0], 3),
        };

        static ImageSet Set(string name, int[] labels, int seed)
        {
            var noise = TinyImages.Labelled(labels, 4, 6, 3, seed);
            byte[] pixels = [.. Enumerable.Range(0, noise.Count).SelectMany(i => noise.Image(i).ToArray())];
            BoundingBox[] boxes = [.. labels.Select((_, i) => new BoundingBox(i, 0, i + 1, i % 5))];
            return new ImageSet(name, pixels, labels, ["class 0", "class 1", "class 2"], 4, 6, 3, boxes);
        }
    }

    public void Dispose() => _folder.Dispose();

    private sealed class Cancelling(CancellationTokenSource stop) : IProgress<LoadProgress>
    {
        public void Report(LoadProgress value) => stop.Cancel();
    }
}
