using Pupil.Experiments.Recipes;
using Pupil.Images.Formats.Cifar;
using Pupil.Images.Formats.Csv;
using Pupil.Images.Formats.Folder;
using Pupil.Images.Formats.Mnist;
using Pupil.Images.Formats.Packed;
using Pupil.Images.Formats.Svhn;
using Pupil.Images.Formats.Synthetic;
using Pupil.Images.Formats.TinyImageNet;
using Pupil.Images.Recognition;
using Pupil.Tests.Images.Formats.Trees;

namespace Pupil.Tests.Images.Formats;

public sealed class DataRecognitionTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData(typeof(Cifar10Source), "cifar10/quick", "data_batch_1.bin", "test_batch.bin")]
    [InlineData(typeof(Cifar100Source), "cifar100/quick", "train.bin", "test.bin")]
    [InlineData(typeof(TinyImageNetSource), "tiny-imagenet/quick", "wnids.txt")]
    [InlineData(typeof(SvhnSource), "svhn/quick", "train_32x32.mat")]
    [InlineData(typeof(MnistSource), "pictures/quick", "train-images-idx3-ubyte.gz")]
    [InlineData(typeof(FolderSource), "pictures/quick", "cats.jpg")]
    public void A_folder_is_known_by_its_files(Type source, string recipe, params string[] files)
    {
        foreach (string file in files)
            File.WriteAllText(_folder[file], "");
        AssertKnown(source, recipe, _folder.FullPath);
    }

    [Theory]
    [InlineData(typeof(Cifar10Source), "cifar-10-binary.tar.gz")]
    [InlineData(typeof(Cifar100Source), "cifar-100-binary.tar.gz")]
    [InlineData(typeof(TinyImageNetSource), "tiny-imagenet-200.zip")]
    [InlineData(typeof(CsvSource), "mine.CSV")]
    [InlineData(typeof(PackedSource), "mine.safetensors")]
    [InlineData(typeof(SvhnSource), "train_32x32.mat")]
    public void A_file_is_known_by_its_name(Type source, string file)
    {
        File.WriteAllText(_folder[file], "");
        Assert.IsType(source, DataRecognition.SourceOf(_folder[file]));
    }

    [Fact]
    public void A_renamed_archive_is_known_by_what_is_in_it()
    {
        File.WriteAllBytes(_folder["a.zip"], TinyArchives.Zip([("x/wnids.txt", [1])]));
        File.WriteAllBytes(_folder["b.zip"], TinyArchives.Zip([("cats/1.jpg", [1])]));
        Assert.IsType<TinyImageNetSource>(DataRecognition.SourceOf(_folder["a.zip"]));
        Assert.IsType<FolderSource>(DataRecognition.SourceOf(_folder["b.zip"]));
    }

    [Fact]
    public void The_folder_above_is_as_good_unless_it_holds_several()
    {
        File.WriteAllText(_folder["cifar-100-binary.tar.gz"], "");
        Assert.IsType<Cifar100Source>(DataRecognition.SourceOf(_folder.FullPath));
        Directory.CreateDirectory(_folder["fashion-mnist"]);
        File.WriteAllText(_folder["fashion-mnist/train-images-idx3-ubyte"], "");
        var error = Assert.Throws<UserErrorException>(() => DataRecognition.SourceOf(_folder.FullPath));
        Assert.Contains("several data sets", error.Message);
        Assert.Equal(MnistKind.Fashion, Assert.IsType<MnistSource>(DataRecognition.SourceOf(_folder["fashion-mnist"])).Kind);
    }

    [Theory]
    [InlineData("no/such/place", "no such file or folder")]
    [InlineData("one.jpg", "is one picture")]
    [InlineData("notes.txt", "another kind of file")]
    public void What_is_no_data_set_is_said(string name, string part)
    {
        foreach (string file in new[] { "one.jpg", "notes.txt" })
            File.WriteAllText(_folder[file], "text");
        Assert.Contains(part, Assert.Throws<UserErrorException>(() => DataRecognition.SourceOf(_folder[name])).Message);
    }

    [Fact]
    public void The_built_in_set_is_known_by_its_name() => AssertKnown(typeof(ShapesOptions), "smoke", "shapes");

    public void Dispose() => _folder.Dispose();

    // The quick recipe for a source must read that source.
    private static void AssertKnown(Type type, string recipe, string path)
    {
        var source = DataRecognition.SourceOf(path);
        Assert.IsType(type, source);
        var (name, change) = RecipeBook.QuickFor(source);
        Assert.Equal(recipe, name);
        var read = RecipeBook.Read(name, change is null ? [] : [change]);
        Assert.IsType(type, read.Data.Source);
        Assert.Contains(path == "shapes" ? "" : path, read.Data.Source.ToString());
    }
}
