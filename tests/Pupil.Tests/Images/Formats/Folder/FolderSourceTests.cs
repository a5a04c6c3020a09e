using Pupil.Images;
using Pupil.Images.Formats.Folder;
using Pupil.Inference.Pictures;
using Pupil.Tests.Images.Formats.Pictures;
using Pupil.Tests.Images.Formats.Trees;

namespace Pupil.Tests.Images.Formats.Folder;

public sealed class FolderSourceTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("pictures", "")]
    [InlineData("pictures/", "")]
    [InlineData("pictures", "more/folders/")]
    [InlineData("pictures.zip", "")]
    [InlineData("pictures.tar.gz", "archive/")]
    [InlineData("pictures.tar", "./archive/")]
    public void Folders_and_archives_give_the_same_set(string kind, string within)
    {
        (string Name, byte[] Bytes)[] files =
        [
            ("zebra/1.bmp", TinyPictures.Bmp(1)), ("Ape/x/2.bmp", TinyPictures.Bmp(2)), ("ape/3.BMP", TinyPictures.Bmp(3)),
            ("ape/4.bmp", TinyPictures.Bmp(4)), ("zebra/0.bmp", TinyPictures.Bmp(5)), ("Ape/6.bmp", TinyPictures.Bmp(6)),
            ("ape/note.txt", [1]), ("ape/.hidden.bmp", [1]), ("__MACOSX/ape/3.bmp", [1]),
        ];
        var placed = files.Where(file => within == "" || !file.Name.Contains("__MACOSX")).Select(file => (within + file.Name, file.Bytes));
        var splits = Load(kind, [.. placed], 0.5);
        Assert.Equal(["Ape", "ape", "zebra"], splits.Train.Classes); // ordinal
        Assert.Equal((3, 3, "folder"), (splits.Train.Count, splits.Test.Count, splits.Name));
        AssertImages(splits, (1, "zebra"), (2, "Ape"), (3, "ape"), (4, "ape"), (5, "zebra"), (6, "Ape"));
        Assert.Null(splits.Validation);
        Assert.Null(splits.Train.Boxes);
        Assert.Null(splits.Train.PictureSizes);
    }

    [Theory]
    [InlineData("pictures")]
    [InlineData("pictures.zip")]
    [InlineData("pictures.tar")]
    public void Pictures_are_told_by_content_where_the_name_has_no_extension(string kind)
    {
        (string Name, byte[] Bytes)[] files =
        [
            ("b/1", TinyPictures.Bmp(1)), ("b/2.jfif", TinyPictures.Bmp(2)), ("b/3.JPE", TinyPictures.Bmp(3)), ("b/v1.2", [1]),
            ("a/4.dib", TinyPictures.Bmp(4)), ("a/5", TinyPictures.Bmp(5)), ("a/LICENSE", "Some text of a licence."u8.ToArray()),
            ("a/empty", []), ("a/1.TXT", [1]), ("b/2.txt", [1]), ("a/.hidden", [1]), ("README.md", [1]),
        ];
        var splits = Load(kind, files, 0.5);
        AssertImages(splits, (1, "b"), (2, "b"), (3, "b"), (4, "a"), (5, "a"));
        Assert.Equal(
            new Dictionary<string, int> { [".2"] = 1, [".md"] = 1, [".txt"] = 2, ["without an extension"] = 2 }, splits.PassedOver);
        Assert.Contains("6 files are no pictures and were passed over: 1 .2, 1 .md, 2 .txt, 2 without an extension.",
            Pupil.Cli.Inspection.DataInspection.Warnings(splits));
    }

    [Theory]
    [InlineData("train", "test", null)]
    [InlineData("Training", "Testing", null)]
    [InlineData("train", null, "val")] // without a test part, the validation part becomes the test part
    [InlineData("train", "test", "valid")]
    [InlineData("train", null, null)]
    public void Parts_are_found_by_their_names(string train, string? test, string? validation)
    {
        var files = new List<(string, byte[])>();
        foreach (var (part, seed) in new[] { (train, 1), (test, 11), (validation, 21) })
        {
            if (part is null)
                continue;
            files.Add(($"{part}/b/1.bmp", TinyPictures.Bmp(seed)));
            files.Add(($"{part}/a/2.bmp", TinyPictures.Bmp(seed + 1)));
            files.Add(($"{part}/a/3.bmp", TinyPictures.Bmp(seed + 2)));
        }
        var splits = Load("set/", [.. files], 0.5);
        int[] expected = test is null && validation is null ? [2, 1] : test is null || validation is null ? [3, 3] : [3, 3, 3];
        Assert.Equal(expected, splits.Parts.Select(part => part.Images.Count));
        var seeds = files.Select((_, i) => i / 3 * 10 + i % 3 + 1 + (test is null && i > 2 ? 10 : 0));
        AssertImages(splits, [.. seeds.Select(seed => (seed, seed % 10 == 1 ? "b" : "a"))]);
        Assert.Equal(test is not null && validation is not null, splits.Validation is not null);
        if (splits.Validation is { } selecting)
            Assert.Equal(TinyPictures.Noise(8, 8, 22), selecting.Image(0).ToArray());
    }

    [Theory]
    [InlineData("c", "c/")]
    [InlineData("train/c", "train/c/")]
    public void A_class_without_a_picture_is_an_error(string folder, string named)
    {
        string start = folder.StartsWith("train") ? "train/" : "";
        Directory.CreateDirectory(_folder[$"set/{folder}"]);
        (string, byte[])[] files =
        [
            ($"{start}a/1.bmp", TinyPictures.Bmp(1)), ($"{start}a/2.bmp", TinyPictures.Bmp(2)),
            ($"{start}b/x/3.bmp", TinyPictures.Bmp(3)), ($"{start}b/x/4.bmp", TinyPictures.Bmp(4)),
        ];
        var error = Assert.Throws<UserErrorException>(() => Load("set", files, 0.5));
        Assert.Contains($"found no picture in the folder {named}", error.Message);
        Directory.Delete(_folder[$"set/{folder}"]);
        Directory.CreateDirectory(_folder["set/.git"]);
        Assert.Equal(2, Load("set", files, 0.5).Train.Classes.Count);
    }

    [Theory]
    [InlineData("set")]
    [InlineData("set.zip")]
    public void Pictures_in_formats_that_cannot_be_read_are_counted_by_format(string kind)
    {
        byte[] tiff = [.. "II*\0"u8, 8, 0, 0, 0];
        (string, byte[])[] files =
        [
            .. Classes("a", "b"), ("a/1.HEIC", [1]), ("b/2.heic", [1]), ("b/3.tif", [1]), ("b/4", tiff), ("a/notes.txt", [1]),
        ];
        var splits = Load(kind, files, 0.5);
        Assert.Equal(4, splits.Train.Count + splits.Test.Count);
        Assert.Equal(new Dictionary<string, int> { ["HEIC"] = 2, ["TIFF"] = 2 }, splits.Unread);
        Assert.Equal(new Dictionary<string, int> { [".txt"] = 1 }, splits.PassedOver);
        Assert.Contains("4 pictures are in formats that cannot be read and were passed over: 2 HEIC, 2 TIFF. Convert them to JPEG or PNG.",
            Pupil.Cli.Inspection.DataInspection.Warnings(splits));
    }

    [Theory]
    [InlineData("set", "c/1.heic", "found no picture in the folder c/ that can be read, but 1 HEIC; convert them to JPEG or PNG")]
    [InlineData("set.zip", "c/1.heic", "found no picture in the folder c/ that can be read, but 1 HEIC; convert them to JPEG or PNG")]
    [InlineData("set", null, "found no picture that can be read, but 2 AVIF; convert them to JPEG or PNG")]
    public void A_class_or_a_set_that_cannot_be_read_is_refused(string kind, string? more, string found)
    {
        (string, byte[])[] files = more is null ? [("a/1.avif", [1]), ("b/1.avif", [1])] : [.. Classes("a", "b"), (more, [1])];
        Assert.Contains(found, Assert.Throws<UserErrorException>(() => Load(kind, files, 0.5)).Message);
    }

    [Theory]
    [InlineData("set")]
    [InlineData("set.zip")]
    public void One_class_in_two_spellings_of_Unicode_is_one_class(string kind)
    {
        // The letter with its accent as one character, and as two.
        (string, byte[])[] files =
        [
            ("train/\u00e9/1.bmp", TinyPictures.Bmp(1)), ("train/e\u0301/2.bmp", TinyPictures.Bmp(2)),
            ("train/a/3.bmp", TinyPictures.Bmp(3)), ("test/e\u0301/4.bmp", TinyPictures.Bmp(4)), ("test/a/5.bmp", TinyPictures.Bmp(5)),
        ];
        var splits = Load(kind, files, 0.5);
        Assert.Equal(["a", "\u00e9"], splits.Train.Classes);
        AssertImages(splits, (1, "\u00e9"), (2, "\u00e9"), (3, "a"), (4, "\u00e9"), (5, "a"));
    }

    [Fact]
    public void A_set_in_one_spelling_keeps_it() =>
        Assert.Equal(["a", "e\u0301"], Load("set", Classes("a", "e\u0301"), 0.5).Train.Classes);

    [Theory]
    [InlineData("", new[] { 0, 1, 2, 3 }, true)]
    [InlineData("train/", new[] { 0, 1, 2, 3 }, true)]
    [InlineData("test/", new[] { 0, 1, 2, 3 }, true)]
    [InlineData("val/ test/", new[] { 10, 11, 12, 13 }, false)]
    [InlineData("train/ test/", new[] { 10, 11, 12, 13 }, false)]
    [InlineData("train/ val/", new[] { 10, 11, 12, 13 }, false)]
    public void Pictures_that_measure_a_network_are_its_test_part_or_all(string starts, int[] seeds, bool drawn)
    {
        string[] folders = starts.Split(' ');
        (string, byte[])[] files =
        [
            .. folders.SelectMany((start, at) =>
                Classes("a", "b").Select((file, i) => (start + file.Item1, TinyPictures.Bmp(10 * at + i)))),
        ];
        var splits = Load("set", files, 0.5, measured: ["c", "b", "a"]);
        Assert.Same(splits.Train, splits.Test);
        Assert.Equal(drawn, splits.IsTestDrawn);
        Assert.Equal(["c", "b", "a"], splits.Test.Classes);
        var expected = seeds.Select((seed, i) => (Convert.ToHexString(TinyPictures.Noise(8, 8, seed)), i < 2 ? 2 : 1));
        Assert.Equal(expected, Enumerable.Range(0, 4).Select(i => (Convert.ToHexString(splits.Test.Image(i)), splits.Test.Labels[i])));
    }

    [Fact]
    public void A_single_picture_measures_a_network_that_knows_its_class()
    {
        var splits = Load("set", [("b/1.bmp", TinyPictures.Bmp(1))], 0.5, measured: ["a", "b"]);
        Assert.Equal([1], splits.Test.Labels);
        var error = Assert.Throws<UserErrorException>(() => Load("set", [("c/1.bmp", TinyPictures.Bmp(1))], 0.5, measured: ["a", "b"]));
        Assert.Contains(
            "has images of the class 'c', which the network does not know; expected some of its classes 'a', 'b'", error.Message);
    }

    [Fact]
    public void Boxes_lie_beside_the_classes_and_follow_the_pictures()
    {
        string boxes = "path,left,top,right,bottom\na/1.bmp,2,4,10,12\nb/2.bmp,0,0,400,1\nb/3.bmp,1,1,2,2\na/4.bmp,0,0,16,16\n";
        (string, byte[])[] files =
        [
            ("top/boxes.csv", System.Text.Encoding.UTF8.GetBytes(boxes)), ("top/a/1.bmp", TinyPictures.Bmp(1, 16, 16)),
            ("top/b/2.bmp", TinyPictures.Bmp(2, 16, 16)), ("top/b/3.bmp", TinyPictures.Bmp(3)),
            ("top/a/4.bmp", TinyPictures.Bmp(4, 16, 16)),
        ];
        var splits = Load("set.zip", files, 0.5);
        var all = splits.Parts.SelectMany(part => part.Images.Boxes!).ToHashSet();
        BoundingBox[] expected = [new(0, 0, 8, 1), new(0, 0, 8, 8), new(1, 1, 2, 2), new(1, 2, 5, 6)];
        Assert.Equal(expected, all.OrderBy(box => (box.Left, box.Right, box.Bottom)));
        Assert.Equal(3, splits.Parts.SelectMany(part => part.Images.PictureSizes ?? []).Count(size => size == new PictureSize(16, 16)));
    }

    [Fact]
    public void Boxes_are_those_of_the_upright_picture()
    {
        // Stored as 9×13, upright 13 high and 9 wide.
        byte[] turned = PictureReferences.FileOf("jpeg, orientation 6");
        byte[] boxes =
        [
            .. "path,left,top,right,bottom\n"u8,
            .. "a/1.jpg,0,9,9,13\nb/2.jpg,0,0,9,13\na/3.jpg,0,9,9,13\nb/4.jpg,0,0,9,13\n"u8,
        ];
        (string, byte[])[] files =
            [("boxes.csv", boxes), ("a/1.jpg", turned), ("b/2.jpg", turned), ("a/3.jpg", turned), ("b/4.jpg", turned)];
        var splits = Load("set", files, 0.5, source => source with { Size = 13, Fit = PictureFit.Pad });
        Assert.Equal(new PictureSize(13, 9), splits.Train.PictureSizes![0]);
        Assert.Equal([new BoundingBox(2, 9, 11, 13), new BoundingBox(2, 0, 11, 13)], splits.Train.Boxes!);
    }

    [Theory]
    [InlineData("found no picture (.jpg .jpeg .png .webp .bmp .gif .jfif .jpe .jif .dib)", "a/note.txt")]
    [InlineData("one class ('a')", "a/1.bmp", "a/2.bmp")]
    [InlineData("loose.bmp lies in no class's folder", "a/1.bmp", "b/2.bmp", "loose.bmp")]
    [InlineData("train/loose.bmp lies in no class's folder; expected train/CLASS/loose.bmp",
        "train/a/1.bmp", "train/b/2.bmp", "train/loose.bmp", "test/a/3.bmp", "test/b/4.bmp")]
    [InlineData("test/ has the class 'c', which the training pictures lack", "train/a/1.bmp", "train/b/2.bmp", "test/c/3.bmp")]
    [InlineData("found test/ and val/ alone, expected train/ beside", "test/a/1.bmp", "test/b/2.bmp", "val/a/3.bmp", "val/b/4.bmp")]
    [InlineData("b/2.bmp has no line in boxes.csv", "a/1.bmp", "b/2.bmp", "boxes.csv:path,left,top,right,bottom\na/1.bmp,0,0,1,1\n")]
    [InlineData("found no columns left, top, right, bottom", "a/1.bmp", "b/2.bmp", "boxes.csv:path\na/1.bmp\n")]
    [InlineData("boxes.csv: line 2 has an empty box", "a/1.bmp", "b/2.bmp", "boxes.csv:path,left,top,right,bottom\na/1.bmp,1,0,1,1\n")]
    public void What_is_wrong_is_said_in_one_line(string found, params string[] files)
    {
        (string, byte[])[] contents = [.. files.Select((file, i) => file.Split(':') is [var name, var text]
            ? (name, System.Text.Encoding.UTF8.GetBytes(text)) : (file, TinyPictures.Bmp(i)))];
        foreach (string kind in (string[])["set", "set.zip"])
        {
            var error = Assert.Throws<UserErrorException>(() => Load(kind, contents, 0.5));
            Assert.Contains(found, error.Message);
            Assert.Contains(_folder["set"], error.Message);
            Assert.DoesNotContain(error.Message, char.IsControl);
        }
        Assert.False(Directory.Exists(_folder["cache"]));
    }

    [Fact]
    public void An_empty_folder_and_none_are_user_errors()
    {
        Directory.CreateDirectory(_folder["empty"]);
        Assert.Contains("found no picture", Assert.Throws<UserErrorException>(() => Load("empty", [], 0.5)).Message);
        var error = Assert.Throws<UserErrorException>(() => new FolderSource { Path = _folder["none"] }.Load(Context));
        Assert.Contains("no such file or folder", error.Message);
    }

    [Fact]
    public void Labels_do_not_depend_on_the_order_in_an_archive()
    {
        (string, byte[])[] files = [.. Enumerable.Range(0, 12).Select(i => ($"class{i % 3}/{i}.bmp", TinyPictures.Bmp(i)))];
        var one = Load("one.zip", files, 0.25);
        var other = Load("other.tar.gz", [.. files.Reverse()], 0.25);
        Assert.Equal((one.Train.Fingerprint, one.Test.Fingerprint), (other.Train.Fingerprint, other.Test.Fingerprint));
    }

    [Theory]
    [InlineData("pictures")]
    [InlineData("pictures.zip")]
    public void Unknown_classes_are_in_no_part_and_their_pictures_can_be_read(string kind)
    {
        (string Name, byte[] Bytes)[] files =
        [
            ("train/a/1.bmp", TinyPictures.Bmp(1)), ("train/b/2.bmp", TinyPictures.Bmp(2)), ("train/c/3.bmp", TinyPictures.Bmp(3)),
            ("test/b/4.bmp", TinyPictures.Bmp(4)), ("test/c/5.bmp", TinyPictures.Bmp(5)), ("test/a/6.bmp", TinyPictures.Bmp(6)),
        ];
        FolderSource source = new();
        var splits = Load(kind, files, 0.5, loaded => source = loaded with { UnknownClasses = ["b"] });
        Assert.Equal(["a", "c"], splits.Train.Classes);
        AssertImages(splits, (1, "a"), (3, "c"), (5, "c"), (6, "a"));
        var unknown = source.UnknownPictures().OrderBy(picture => picture.Name, StringComparer.Ordinal).ToList();
        Assert.Equal(["test/b/4.bmp", "train/b/2.bmp"], unknown.Select(picture => picture.Name));
        Assert.Equal([TinyPictures.Bmp(4), TinyPictures.Bmp(2)], unknown.Select(picture => picture.Bytes));

        // A network of other classes is measured on the same pictures.
        var measured = source.Load(Context with { MeasuredClasses = ["c", "a"] });
        Assert.Equal(["c", "a"], measured.Test.Classes);
        Assert.Equal([0, 1], measured.Test.Labels.Order());
        var wrong = Assert.Throws<UserErrorException>(() => (source with { UnknownClasses = ["B"] }).Load(Context));
        Assert.Contains("found no class 'B', expected some of 'a', 'b', 'c'", wrong.Message);
        var few = Assert.Throws<UserErrorException>(() => (source with { UnknownClasses = ["a", "b"] }).Load(Context));
        Assert.Contains("found one class ('c')", few.Message);
    }

    public void Dispose() => _folder.Dispose();

    private LoadContext Context => new() { CacheFolder = _folder["cache"] };

    // Two pictures of each class.
    private static (string, byte[])[] Classes(params string[] names) =>
        [.. names.SelectMany((name, at) => Enumerable.Range(2 * at, 2).Select(i => ($"{name}/{i}.bmp", TinyPictures.Bmp(i))))];

    private DataSplits Load(string kind, (string Name, byte[] Bytes)[] files, double share, Func<FolderSource, FolderSource>? change = null,
        string[]? measured = null)
    {
        if (Path.GetExtension(kind) is { Length: > 0 } ending)
        {
            File.WriteAllBytes(_folder[kind], ending switch
            {
                ".zip" => TinyArchives.Zip(files),
                ".tar" => TinyArchives.Tar(files),
                _ => TinyArchives.TarGz(files),
            });
        }
        foreach (var (name, bytes) in Path.HasExtension(kind) ? [] : files)
        {
            string path = Path.Combine(_folder[kind], name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(path, bytes);
        }
        var source = new FolderSource { Path = _folder[kind], Size = 8, TestShare = share };
        return (change?.Invoke(source) ?? source).Load(Context with { MeasuredClasses = measured });
    }

    // Checks that every picture is in the set once, with its class.
    private static void AssertImages(DataSplits splits, params (int Seed, string Class)[] pictures)
    {
        var found = splits.Parts.SelectMany(part => Enumerable.Range(0, part.Images.Count)
            .Select(i => (Convert.ToHexString(part.Images.Image(i)), part.Images.Classes[part.Images.Labels[i]]))).ToList();
        var expected = pictures.Select(picture => (Convert.ToHexString(TinyPictures.Noise(8, 8, picture.Seed)), picture.Class));
        Assert.Equal(expected.Order(), found.Order());
    }
}
