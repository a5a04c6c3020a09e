using Pupil.Experiments.Recipes;
using Pupil.Images;
using Pupil.Images.Formats.Svhn;

namespace Pupil.Tests.Images.Formats.Svhn;

public sealed class SvhnSourceTests
{
    private static readonly MatWriter Writer = new();

    [Fact]
    public void Both_splits_are_read()
    {
        using var folder = new TemporaryFolder();
        WriteFiles(folder.FullPath);
        var splits = new SvhnSource { Path = folder.FullPath, AllowPartial = true }.Load();
        Assert.Equal(("svhn", "svhn/train", "svhn/test"), (splits.Name, splits.Train.Name, splits.Test.Name));
        SvhnSample.AssertHeld(splits.Train, 5);
        SvhnSample.AssertHeld(splits.Test, 3);
        Assert.Null(splits.Validation);
    }

    [Fact]
    public void The_extra_images_come_after_those_of_the_training_split()
    {
        using var folder = new TemporaryFolder();
        WriteFiles(folder.FullPath);
        // The images of the extra file follow those of the training file.
        byte[] x = Writer.Matrix("X", MatWriter.UInt8Class, [32, 32, 3, 4], Writer.Element(MatWriter.UInt8, SvhnSample.X(4, first: 5)));
        byte[] y = Writer.Y(MatWriter.Double, SvhnSample.Y(4, first: 5));
        File.WriteAllBytes(folder["extra_32x32.mat"], Writer.File(Writer.Compress(y), Writer.Compress(x)));
        var source = new SvhnSource { Path = folder.FullPath, AllowPartial = true };
        SvhnSample.AssertHeld((source with { Extra = true }).Load().Train, 9);
        SvhnSample.AssertHeld((source with { Extra = true }).Load().Test, 3);
        SvhnSample.AssertHeld(source.Load().Train, 5);
    }

    [Fact]
    public void The_folder_above_the_files_will_do()
    {
        using var folder = new TemporaryFolder();
        WriteFiles(folder["svhn"]);
        SvhnSample.AssertHeld(new SvhnSource { Path = folder.FullPath, AllowPartial = true }.Load().Train, 5);
    }

    [Fact]
    public void A_recipe_names_it()
    {
        const string Recipe = """
            {
              "method": { "name": "supervised" },
              "data": { "source": { "name": "svhn", "path": "x", "extra": true, "allowPartial": true } }
            }
            """;
        Assert.Equal(new SvhnSource { Path = "x", Extra = true, AllowPartial = true }, RecipeBook.Parse(Recipe, "here").Data.Source);
        Assert.Equal(("data/svhn", false, false), (new SvhnSource().Path, new SvhnSource().Extra, new SvhnSource().AllowPartial));
    }

    [Fact]
    public void Other_counts_than_the_published_ones_are_errors_unless_they_are_allowed()
    {
        using var folder = new TemporaryFolder();
        WriteFiles(folder.FullPath);
        var source = new SvhnSource { Path = folder.FullPath };
        AssertError(source, folder["train_32x32.mat"], "found 5 images", "73,257", "set data.source.allowPartial to true");
    }

    [Fact]
    public void The_published_counts_are_taken()
    {
        using var folder = new TemporaryFolder();
        WriteBlack("train_32x32.mat", 73_257);
        WriteBlack("test_32x32.mat", 26_031);
        var source = new SvhnSource { Path = folder.FullPath };
        AssertError(source, folder["test_32x32.mat"], "found 26,031 images", "26,032");
        WriteBlack("test_32x32.mat", 26_032);
        AssertError(source with { Extra = true }, folder["extra_32x32.mat"], "cannot be read");
        // Reading begins, and is stopped at once, when all files are accepted.
        Assert.Throws<OperationCanceledException>(() => source.Load(new LoadContext { Stop = new CancellationToken(canceled: true) }));

        void WriteBlack(string name, int count)
        {
            byte[] x = Writer.Matrix("X", MatWriter.UInt8Class, [32, 32, 3, count], Writer.Tag(MatWriter.UInt8, count * 3072L));
            byte[] ones = [.. Enumerable.Repeat((byte)1, count)];
            byte[] y = Writer.Matrix("y", MatWriter.UInt8Class, [count, 1], Writer.Element(MatWriter.UInt8, ones));
            using var file = File.Create(folder[name]);
            file.Write(Writer.File(y, [.. Writer.Tag(14, x.Length - 8 + count * 3072L), .. x[8..]]));
            file.SetLength(file.Length + count * 3072L); // a hole in the file: it reads as zeros and takes no room
        }
    }

    [Fact]
    public void A_missing_folder_is_an_error_that_says_where_to_get_the_files()
    {
        using var folder = new TemporaryFolder();
        string place = folder["nowhere"];
        AssertError(new SvhnSource { Path = place }, place, "no such folder", "ufldl.stanford.edu", "data.source.path");
    }

    [Theory]
    [InlineData("train_32x32.mat", false)]
    [InlineData("test_32x32.mat", false)]
    [InlineData("test_32x32.mat", true)]
    public void A_missing_file_or_a_folder_in_its_place_is_named(string name, bool hasFolder)
    {
        using var folder = new TemporaryFolder();
        WriteFiles(folder.FullPath);
        File.Delete(folder[name]);
        if (hasFolder)
            Directory.CreateDirectory(folder[name]);
        var source = new SvhnSource { Path = folder.FullPath, AllowPartial = true };
        AssertError(source, folder[name], "cannot be read", $"expected SVHN's {name}");
    }

    [Fact]
    public void Its_files_are_closed_whatever_happens()
    {
        using var folder = new TemporaryFolder();
        WriteFiles(folder.FullPath);
        var source = new SvhnSource { Path = folder.FullPath, AllowPartial = true };
        source.Load();
        File.WriteAllText(folder["test_32x32.mat"], "nothing");
        AssertError(source, folder["test_32x32.mat"], "a text file");
        using (File.Open(folder["train_32x32.mat"], FileMode.Open, FileAccess.ReadWrite, FileShare.None))
        using (File.Open(folder["test_32x32.mat"], FileMode.Open, FileAccess.ReadWrite, FileShare.None))
            AssertError(source, folder["train_32x32.mat"], "cannot be read");
    }

    [Fact]
    public void Progress_is_reported_a_hundred_times_at_most()
    {
        using var folder = new TemporaryFolder();
        WriteFiles(folder.FullPath, train: 250);
        var told = new Told();
        new SvhnSource { Path = folder.FullPath, AllowPartial = true }.Load(new LoadContext { Progress = told });
        var train = told.Reports.Where(report => report.Activity == "reading train_32x32.mat").ToArray();
        Assert.Equal(101, train.Length);
        Assert.Equal((0, 250), (train[0].Done, train[0].Total));
        Assert.Equal(250, train[^1].Done);
        Assert.Equal(train.Select(report => report.Done).Order(), train.Select(report => report.Done));
        Assert.Contains(new LoadProgress("reading test_32x32.mat", 3, 3), told.Reports);
    }

    [Fact]
    public void It_stops_when_it_is_asked_to()
    {
        using var folder = new TemporaryFolder();
        WriteFiles(folder.FullPath, train: 250);
        using var stop = new CancellationTokenSource();
        var told = new Told { At = report => { if (report.Done >= 50) stop.Cancel(); } };
        var context = new LoadContext { Progress = told, Stop = stop.Token };
        Assert.Throws<OperationCanceledException>(() => new SvhnSource { Path = folder.FullPath, AllowPartial = true }.Load(context));
        Assert.InRange(told.Reports.Max(report => report.Done), 50, 60);
    }

    [Fact]
    public void The_images_are_in_memory_once()
    {
        using var folder = new TemporaryFolder();
        WriteFiles(folder.FullPath, train: 1000);
        long before = GC.GetAllocatedBytesForCurrentThread();
        var splits = new SvhnSource { Path = folder.FullPath, AllowPartial = true }.Load();
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 1003 * 3072, 1003 * 3072 + 1_000_000);
        Assert.Equal(1000, splits.Train.Count);
    }

    private static void WriteFiles(string folder, int train = 5)
    {
        Directory.CreateDirectory(folder);
        byte[] packed = Writer.File(Writer.Compress(Writer.X(train)), Writer.Compress(Writer.Y(train)));
        File.WriteAllBytes(Path.Combine(folder, "train_32x32.mat"), packed);
        File.WriteAllBytes(Path.Combine(folder, "test_32x32.mat"), Writer.File(Writer.X(3), Writer.Y(3)));
    }

    private static void AssertError(SvhnSource source, params string[] parts)
    {
        var error = Assert.Throws<UserErrorException>(() => source.Load());
        Assert.All(parts, part => Assert.Contains(part, error.Message));
        Assert.DoesNotContain('\n', error.Message);
    }
}
