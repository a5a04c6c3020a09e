using Pupil.Experiments.Recipes;
using Pupil.Experiments.Runs;
using Pupil.Images;
using Pupil.Images.Formats.Folder;
using Pupil.Images.Formats.Synthetic;
using Pupil.Tests.Images.Formats.Pictures;

namespace Pupil.Tests.Experiments.Runs;

public sealed class MeasuredImagesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Pictures_of_the_training_are_not_measured_wherever_they_lie()
    {
        // Five of each class were there, of which one is the test part; then one of each came.
        Pictures("own", "abc", 0, 5);
        var own = Options("own") with { HeldOut = 3 };
        var data = own.Prepare(Context);
        Pictures("copy", "bca", 0, 6);
        var found = Load("copy", ["a", "b", "c"], own, data.Fingerprint);
        Assert.Equal((18, 12, null), (found.Data.Splits.Test.Count, found.TrainedOn, found.Doubt));
        Assert.Equal(data.Train.Count + data.HeldOut!.Count, found.TrainedOn);
        var trained = Pixels(data.Train).Concat(Pixels(data.HeldOut)).ToHashSet();
        Assert.DoesNotContain(Pixels(found.Images), trained.Contains);
        Assert.Equal(found.Images.Count, found.Data.Splits.Test.Count - found.TrainedOn);

        // The set of the training itself has its test part left.
        var same = Load("own", ["a", "b", "c"], own, data.Fingerprint);
        Assert.Equal(Pixels(data.Test).Order(), Pixels(same.Images).Order());
    }

    [Fact]
    public void Classes_are_matched_by_name()
    {
        Pictures("other", "cA", 50, 2);
        Directory.Move(_folder["other/A"], _folder["other/a"]);
        var found = Load("other", ["c", "b", "a"], Shapes, "");
        Assert.Equal([2, 2, 0, 0], found.Images.Indices.Select(i => found.Images.Set.Labels[i]));
        Assert.Equal(["b"], found.AbsentClasses);
        Assert.Contains("the class 'c', which the network does not know; expected some of its classes 'a', 'b'",
            Assert.Throws<UserErrorException>(() => Load("other", ["a", "b"], Shapes, "")).Message);
    }

    [Fact]
    public void A_set_with_a_test_part_of_its_own_is_measured_on_it_by_name()
    {
        var names = new ShapesOptions { Size = 16, Train = 4, Test = 40 };
        var splits = names.Load();
        string[] turned = [.. splits.Test.Classes.Reverse(), "another"];
        var found = MeasuredImages.Load(new DataOptions { Source = names }, turned, () => throw new InvalidOperationException(), Context);
        Assert.Equal(splits.Test.Labels.Select(label => splits.Test.Classes[label]),
            found.Images.Indices.Select(i => turned[found.Images.Set.Labels[i]]));
        Assert.Contains("another", found.AbsentClasses);
    }

    [Fact]
    public void Images_that_are_all_of_the_training_and_none_are_refused()
    {
        Pictures("own", "ab", 0, 5);
        var own = Options("own");
        var data = own.Prepare(Context);
        foreach (int i in data.Test.Indices)
            File.Delete(_folder[$"own/{data.Test.Set.Files![i]}"]);
        // What is left is the training part of before, kept in another folder.
        Directory.Move(_folder["own"], _folder["rest"]);
        Pictures("own", "ab", 0, 5);
        var error = Assert.Throws<UserErrorException>(() => Load("rest", ["a", "b"], own, ""));
        Assert.Contains("was trained on all of its 8 images", error.Message);
    }

    [Fact]
    public void What_cannot_be_known_of_the_training_is_said()
    {
        Pictures("own", "ab", 0, 5);
        Pictures("other", "ab", 50, 2);
        Assert.Contains("have changed since the training", Load("other", ["a", "b"], Options("own"), "other images").Doubt);
        Assert.Null(Load("other", ["a", "b"], Options("own"), "").Doubt);
        var gone = Load("other", ["a", "b"], Options("gone"), "");
        Assert.Contains("gone: no such file or folder", gone.Doubt);
        Assert.Equal((4, 0), (gone.Images.Count, gone.TrainedOn));
    }

    private static DataOptions Shapes => new() { Source = new ShapesOptions { Size = 16, Train = 10, Test = 10 } };

    private LoadContext Context => new() { CacheFolder = _folder["cache"] };

    private DataOptions Options(string place) => new() { Source = new FolderSource { Path = _folder[place], Size = 8 } };

    private MeasuredImages Load(string place, string[] classes, DataOptions training, string fingerprint) =>
        MeasuredImages.Load(Options(place), classes, () => TrainingImages.Load(training, fingerprint, Context), Context);

    private void Pictures(string place, string classes, int seed, int each)
    {
        foreach (char name in classes)
        {
            Directory.CreateDirectory(_folder[$"{place}/{name}"]);
            for (int i = 0; i < each; i++)
                File.WriteAllBytes(_folder[$"{place}/{name}/{i}.bmp"], TinyPictures.Bmp(1000 * name + seed + i));
        }
    }

    private static IEnumerable<string> Pixels(ImageSubset images) => images.Indices.Select(i => Convert.ToHexString(images.Set.Image(i)));
}
