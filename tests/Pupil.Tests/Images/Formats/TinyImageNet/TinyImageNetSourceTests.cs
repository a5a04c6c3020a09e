using System.Text;
using Pupil.Images;
using Pupil.Images.Formats.TinyImageNet;
using Pupil.Images.Formats.Trees;
using Pupil.Tests.Images.Formats.Pictures;
using Pupil.Tests.Images.Formats.Trees;

namespace Pupil.Tests.Images.Formats.TinyImageNet;

public sealed class TinyImageNetSourceTests : IDisposable
{
    private static readonly string[] WholeClasses =
    [
        "n01644900", "n01698640", "n01774750", "n01784675", "n02165456", "n02791270", "n02927161", "n02999410", "n03100240", "n03902125",
        "n03930313", "n03937543", "n03970156", "n04023962", "n04146614", "n04179913", "n04251144", "n04597913", "n07749582", "n09193705",
    ];

    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("tiny-imagenet-200.zip", "tiny-imagenet-200/")]
    [InlineData("tiny-imagenet-200", "")]
    [InlineData("data", "tiny-imagenet-200/")]
    public void Labels_boxes_and_names_come_from_the_set_s_own_files(string place, string within)
    {
        var splits = Load(place, within, []);
        Assert.Equal(("tiny-imagenet", 4, 2), (splits.Name, splits.Train.Count, splits.Test.Count));
        Assert.Equal(["goldfish", "crane, machine (n03)", "crane, bird (n02)"], splits.Train.Classes);
        Assert.Equal([0, 0, 2, 1], splits.Train.Labels); // in the order of the pictures' names: n01_0, n01_1, n02_0, n03_0
        Assert.Equal([new(1, 2, 4, 5), new(0, 0, 64, 64), new(5, 6, 8, 9), new(3, 3, 4, 4)], splits.Train.Boxes!);
        Assert.Equal([1, 0], splits.Test.Labels);
        Assert.Equal([new(10, 20, 31, 41), new(0, 0, 1, 1)], splits.Test.Boxes!);
        Assert.Equal(TinyPictures.Noise(64, 64, 3), splits.Train.Image(2).ToArray());
        Assert.Equal(TinyPictures.Noise(64, 64, 5), splits.Test.Image(0).ToArray());
    }

    [Theory]
    [InlineData("wnids.txt", "n01\nn03\nn02\nn01\n", "wnids.txt lists 'n01' more than once")]
    [InlineData("wnids.txt", "n01\nn02\n", "names the class 'n03', which wnids.txt lacks")]
    [InlineData("wnids.txt", "n01\nn02\nn03\nn04\n", "no training picture for class 'n04'")]
    [InlineData("wnids.txt", null, "wnids.txt")]
    [InlineData("val/val_annotations.txt", null, "val/images/val_0.JPEG has no line in val_annotations.txt")]
    [InlineData("val/val_annotations.txt", "val_0.JPEG\tn03\t1\t2\t3\n", "val_annotations.txt line 1 is not a picture's name")]
    [InlineData("val/val_annotations.txt", "val_0.JPEG\tn03\t1\t2\t3\tx\n", "val_annotations.txt line 1 is not a picture's name")]
    [InlineData("val/val_annotations.txt", "val_0.JPEG\tn03\t5\t2\t3\t4\n", "val_annotations.txt line 1 is not a picture's name")]
    [InlineData("train/n01/n01_boxes.txt", "n01_0.JPEG\t1\t2\t3\t4\nn01_1.JPEG\t1\t2\t3\n", "n01_boxes.txt line 2 is not a picture's name")]
    [InlineData("train/n01/n01_boxes.txt", null, "n01_0.JPEG has no line in its class's _boxes.txt")]
    public void What_is_wrong_is_said_in_one_line(string file, string? text, string found)
    {
        var error = Assert.Throws<UserErrorException>(() => Load("tiny-imagenet-200.zip", "tiny-imagenet-200/", [(file, text)]));
        Assert.Contains(found, error.Message);
        Assert.Contains("tiny-imagenet-200.zip", error.Message);
        Assert.DoesNotContain(error.Message, char.IsControl);
    }

    [Fact]
    public void A_missing_set_is_an_error_that_says_how_to_get_it()
    {
        var error = Assert.Throws<UserErrorException>(() => new TinyImageNetSource { Path = _folder["none"] }.Load(Context));
        Assert.Contains("no such folder; expected tiny-imagenet-200/ or tiny-imagenet-200.zip: get the data set tiny-imagenet, "
            + "and set data.source.path to its place.", error.Message);
        Assert.Equal(new MissingDataSet("tiny-imagenet"), error.Cause);
    }

    [Theory]
    [InlineData(500)]
    [InlineData(5_000, Explicit = true)]
    public void Broken_texts_are_read_or_refused(int cases)
    {
        string[] names = ["wnids.txt", "words.txt", "val/val_annotations.txt", "train/n01/n01_boxes.txt"];
        Write("set", Files([]));
        var texts = names.ToDictionary(name => name, name => File.ReadAllBytes(_folder[$"set/{name}"]));
        using var tree = FileTree.Open(_folder["set"]);
        int turn = 0;
        var (read, refused) = Fuzz.Run(seed: 19, cases, [.. texts.Values], mostAllocated: 4 << 20, bytes =>
        {
            string name = names[turn++ % names.Length];
            File.WriteAllBytes(_folder[$"set/{name}"], bytes);
            try
            {
                var list = TinyImageNetSource.List(tree);
                list.Check("set");
                Assert.True(list.Parts.All(part => part.Pictures.All(picture =>
                    picture.Labels[0] >= 0 && picture.Labels[0] < list.Classes.Count && picture.Box is not null)));
                Assert.Equal(list.Classes.Count, list.Classes.Distinct().Count());
            }
            finally
            {
                File.WriteAllBytes(_folder[$"set/{name}"], texts[name]);
            }
        });
        Assert.True(read > cases / 10 && refused > cases / 10, $"{read} read, {refused} refused");
    }

    [Fact]
    public void The_real_set_is_what_it_should_be()
    {
        var splits = new TinyImageNetSource { Path = RealData.TinyImageNet() }.Load(Context);
        Assert.Equal((200, 200), (splits.Train.Classes.Count, splits.Train.Classes.Distinct().Count()));
        int[] train = [.. Enumerable.Range(0, 200).Select(label => splits.Train.Labels.Count(found => found == label))];
        int[] test = [.. Enumerable.Range(0, 200).Select(label => splits.Test.Labels.Count(found => found == label))];
        if (splits.Train.Count == 100_000)
        {
            Assert.True(train.All(count => count == 500) && test.All(count => count == 50));
        }
        else
        {
            string[] ids = Ids();
            Assert.Equal(WholeClasses, ids.Where((_, label) => train[label] == 500 && test[label] == 50).Order(StringComparer.Ordinal));
            Assert.Equal(180, ids.Where((_, label) => train[label] == 15 && test[label] == 5).Count());
        }
        Assert.Equal(("Egyptian cat", "reel", "volleyball"), (splits.Train.Classes[0], splits.Train.Classes[1], splits.Train.Classes[2]));
        Assert.All(splits.Parts, part => Assert.Equal((64, 64, 3), (part.Images.Height, part.Images.Width, part.Images.Channels)));
        Assert.All(splits.Parts, part => Assert.True(part.Images.Boxes!.All(box =>
            box is { Left: >= 0, Top: >= 0, Right: <= 64, Bottom: <= 64 } && box.Left < box.Right && box.Top < box.Bottom)));
        Assert.Equal(new BoundingBox(0, 32, 45, 63), splits.Test.Boxes![0]); // val_0.JPEG	n03444034	0	32	44	62
        int grey = splits.Parts.Sum(part => Enumerable.Range(0, part.Images.Count).Count(i => IsGrey(part.Images.Image(i))));
        Assert.InRange(grey, 10, splits.Train.Count / 10);
        Assert.Empty(splits.LeftOut);
    }

    public void Dispose() => _folder.Dispose();

    private LoadContext Context => new() { CacheFolder = _folder["cache"] };

    private static string[] Ids()
    {
        using var zip = System.IO.Compression.ZipFile.OpenRead(RealData.TinyImageNet());
        using var text = new StreamReader(zip.GetEntry("tiny-imagenet-200/wnids.txt")!.Open());
        return text.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private static bool IsGrey(ReadOnlySpan<byte> image)
    {
        for (int i = 0; i < image.Length; i += 3)
        {
            if (image[i] != image[i + 1] || image[i] != image[i + 2])
                return false;
        }
        return true;
    }

    private DataSplits Load(string place, string within, (string Name, string? Text)[] changes)
    {
        (string, byte[])[] files = [.. Files(changes).Select(file => (within + file.Name, file.Bytes))];
        if (place.EndsWith(".zip", StringComparison.Ordinal))
            File.WriteAllBytes(_folder[place], TinyArchives.Zip(files));
        else
            Write(place, files);
        return new TinyImageNetSource { Path = _folder[place] }.Load(Context);
    }

    private void Write(string place, (string Name, byte[] Bytes)[] files)
    {
        foreach (var (name, bytes) in files)
        {
            string path = Path.Combine(_folder[place], name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(path, bytes);
        }
    }

    private static (string Name, byte[] Bytes)[] Files((string Name, string? Text)[] changes)
    {
        var texts = new Dictionary<string, string?>
        {
            ["wnids.txt"] = "n01\nn03\nn02\n",
            ["words.txt"] = "n01\tgoldfish, Carassius auratus\nn02\tcrane, bird\nn03\tcrane, machine\nn99\tmore\n",
            ["train/n01/n01_boxes.txt"] = "n01_0.JPEG\t1\t2\t3\t4\nn01_1.JPEG\t0\t0\t63\t70\n",
            ["train/n02/n02_boxes.txt"] = "n02_0.JPEG\t5\t6\t7\t8\n",
            ["train/n03/n03_boxes.txt"] = "n03_0.JPEG\t3\t3\t3\t3\n",
            ["val/val_annotations.txt"] = "val_1.JPEG\tn01\t0\t0\t0\t0\nval_0.JPEG\tn03\t10\t20\t30\t40\n",
        };
        foreach (var (name, text) in changes)
            texts[name] = text;
        string[] pictures =
        [
            "train/n01/images/n01_0.JPEG", "train/n01/images/n01_1.JPEG", "train/n02/images/n02_0.JPEG", "train/n03/images/n03_0.JPEG",
            "val/images/val_0.JPEG", "val/images/val_1.JPEG",
        ];
        return
        [
            .. texts.Where(text => text.Value is not null).Select(text => (text.Key, Encoding.UTF8.GetBytes(text.Value!))),
            .. pictures.Select((name, i) => (name, TinyPictures.Bmp(i + 1, 64, 64))),
            ("test/images/test_0.JPEG", [1, 2, 3]),
        ];
    }
}
