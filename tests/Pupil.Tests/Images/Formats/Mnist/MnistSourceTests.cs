using Pupil.Experiments.Recipes;
using Pupil.Images;
using Pupil.Images.Formats.Mnist;

namespace Pupil.Tests.Images.Formats.Mnist;

public sealed class MnistSourceTests
{
    [Theory]
    [InlineData("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")]
    [InlineData("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz", "t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz")]
    [InlineData("train-images.idx3-ubyte", "train-labels.idx1-ubyte", "t10k-images.idx3-ubyte", "t10k-labels.idx1-ubyte")]
    [InlineData("train-images.idx3-ubyte.gz", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte.gz", "t10k-labels.idx1-ubyte")]
    public void The_four_files_are_read_in_all_their_spellings(params string[] names)
    {
        using var folder = new TemporaryFolder();
        WriteFiles(folder, names, 12, 3, 28, 28);
        var splits = new MnistSource { Path = folder.FullPath }.Load();
        Assert.Equal(("mnist", "mnist/train", "mnist/test"), (splits.Name, splits.Train.Name, splits.Test.Name));
        AssertHeld(splits.Train, 12, 28, 28, 28, 28);
        AssertHeld(splits.Test, 3, 28, 28, 28, 28);
        Assert.Equal(["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"], splits.Train.Classes);
    }

    [Theory]
    [InlineData(28, 28, 32)]
    [InlineData(28, 28, 28)]
    [InlineData(5, 8, 8)]
    [InlineData(6, 3, 9)]
    [InlineData(1, 1, 4)]
    [InlineData(7, 1024, 1024)]
    public void Black_borders_bring_the_images_to_the_size_asked_for(int height, int width, int size)
    {
        using var folder = new TemporaryFolder();
        WriteFiles(folder, Names, 2, 1, height, width);
        AssertHeld(new MnistSource { Path = folder.FullPath, Size = size }.Load().Train, 2, height, width, size, size);
        AssertHeld(new MnistSource { Path = folder.FullPath }.Load().Train, 2, height, width, height, width);
    }

    [Fact]
    public void The_kind_or_a_list_names_the_classes()
    {
        using var folder = new TemporaryFolder();
        WriteFiles(folder, Names, 2, 1, 4, 4);
        var source = new MnistSource { Path = folder.FullPath, Kind = MnistKind.Fashion };
        var splits = source.Load();
        Assert.Equal(("fashion-mnist", "fashion-mnist/train"), (splits.Name, splits.Train.Name));
        Assert.Equal(
            ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"],
            splits.Test.Classes);
        string[] eleven = [.. Enumerable.Range(0, 11).Select(i => $"c{i}")];
        Assert.Equal(eleven, (source with { Classes = eleven }).Load().Train.Classes);
        AssertError(source with { Classes = ["a", "b", "a"] }, "data.source.classes");
        AssertError(source with { Classes = ["a", " "] }, "data.source.classes");
    }

    [Fact]
    public void A_recipe_names_it()
    {
        var source = Parse("""{ "name": "mnist", "path": "x", "kind": "fashion", "classes": ["a", "b"], "size": 32 }""");
        Assert.Equal(("x", MnistKind.Fashion, 32), (source.Path, source.Kind, source.Size));
        Assert.Equal(["a", "b"], source.Classes);
        Assert.Equal(new MnistSource { Path = "data/mnist", Kind = MnistKind.Digits, Classes = null, Size = null }, new MnistSource());
        foreach (string wrong in new[] { "\"size\": 0", "\"size\": 1025", "\"classes\": [\"a\"]" })
            Assert.Throws<UserErrorException>(() => Parse($$"""{ "name": "mnist", {{wrong}} }"""));

        static MnistSource Parse(string text) => (MnistSource)RecipeBook.Parse(
            $$"""{ "method": { "name": "supervised" }, "data": { "source": {{text}} } }""", "here").Data.Source;
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_missing_file_is_named(int file)
    {
        using var folder = new TemporaryFolder();
        WriteFiles(folder, Names, 1, 1, 2, 2);
        File.Delete(folder[Names[file]]);
        AssertError(new MnistSource { Path = folder.FullPath }, $"{folder[Names[file]]}: no such file", "with .gz", "data.source.path");
        AssertError(new MnistSource { Path = folder["nowhere"] }, "no such file");
    }

    [Fact]
    public void Files_that_do_not_fit_together_are_refused()
    {
        using var folder = new TemporaryFolder();
        var source = new MnistSource { Path = folder.FullPath };
        WriteFiles(folder, Names, 3, 2, 4, 4);
        File.WriteAllBytes(folder[Names[1]], IdxWriter.Labels(2));
        AssertError(source, folder[Names[1]], "2 labels", "3, one for each image of train-images-idx3-ubyte");
        File.WriteAllBytes(folder[Names[1]], IdxWriter.Write([0, 10, 1], 3));
        AssertError(source, folder[Names[1]], "label 10 of image 1", "0…9", "data.source.classes");
        File.WriteAllBytes(folder[Names[1]], IdxWriter.Labels(3));
        File.WriteAllBytes(folder[Names[2]], IdxWriter.Images(2, 4, 5));
        AssertError(source, "4×4", "4×5", "expected one size");
        Assert.Equal(2, (source with { Size = 6 }).Load().Test.Count); // brought to one size, they fit
    }

    [Theory]
    [InlineData(4, 1025, null, "4×1,025", "1,024×1,024")]
    [InlineData(1025, 1, null, "1,025×1", "1,024×1,024")]
    [InlineData(4, 9, 8, "4×9", "8×8")]
    [InlineData(28, 28, 27, "28×28", "27×27")]
    public void Images_that_are_too_large_are_refused(int height, int width, int? size, string found, string expected)
    {
        using var folder = new TemporaryFolder();
        WriteFiles(folder, Names, 1, 1, height, width);
        AssertError(new MnistSource { Path = folder.FullPath, Size = size }, folder[Names[0]], found, expected, "data.source.size");
    }

    [Fact]
    public void More_than_an_array_holds_is_refused()
    {
        using var folder = new TemporaryFolder();
        WriteFiles(folder, Names, 3000, 1, 1, 1);
        AssertError(new MnistSource { Path = folder.FullPath, Size = 1024 }, folder[Names[0]], "3,000 images", "at most 2,047");
    }

    [Fact]
    public void Progress_is_reported_and_stopping_works()
    {
        using var folder = new TemporaryFolder();
        WriteFiles(folder, Names, 500, 10, 4, 4);
        var told = new Told();
        new MnistSource { Path = folder.FullPath }.Load(new LoadContext { Progress = told });
        Assert.Equal(101, told.Reports.Count(report => report is { Activity: "reading train-images-idx3-ubyte", Total: 500 }));
        Assert.Equal(new LoadProgress("reading t10k-images-idx3-ubyte", 10, 10), told.Reports[^1]);
        using var stop = new CancellationTokenSource();
        var stopping = new Told { At = report => { if (report.Done >= 100) stop.Cancel(); } };
        Assert.Throws<OperationCanceledException>(() =>
            new MnistSource { Path = folder.FullPath }.Load(new LoadContext { Progress = stopping, Stop = stop.Token }));
        Assert.Equal(100, stopping.Reports[^1].Done);
    }

    private static string[] Names =>
        ["train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"];

    private static void WriteFiles(TemporaryFolder folder, string[] names, int train, int test, int height, int width)
    {
        byte[][] files =
        [
            IdxWriter.Images(train, height, width), IdxWriter.Labels(train), IdxWriter.Images(test, height, width), IdxWriter.Labels(test),
        ];
        for (int i = 0; i < 4; i++)
            File.WriteAllBytes(folder[names[i]], names[i].EndsWith(".gz", StringComparison.Ordinal) ? IdxWriter.Pack(files[i]) : files[i]);
    }

    private static void AssertHeld(ImageSet set, int count, int height, int width, int outHeight, int outWidth)
    {
        Assert.Equal((count, outHeight, outWidth, 1), (set.Count, set.Height, set.Width, set.Channels));
        int top = (outHeight - height) / 2, left = (outWidth - width) / 2;
        for (int image = 0; image < count; image++)
        {
            Assert.Equal(IdxWriter.Label(image), set.Labels[image]);
            var pixels = set.Image(image);
            for (int i = 0; i < pixels.Length; i++)
            {
                var (row, column) = (i / outWidth - top, i % outWidth - left);
                bool isInside = row >= 0 && row < height && column >= 0 && column < width;
                if (pixels[i] != (isInside ? IdxWriter.Pixel(image, row, column) : 0))
                    Assert.Fail($"image {image}, row {row}, column {column}: {pixels[i]}");
            }
        }
    }

    private static void AssertError(MnistSource source, params string[] parts)
    {
        var error = Assert.Throws<UserErrorException>(() => source.Load());
        Assert.All(parts, part => Assert.Contains(part, error.Message));
        Assert.DoesNotContain('\n', error.Message);
    }
}
