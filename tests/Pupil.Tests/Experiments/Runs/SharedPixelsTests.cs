using Pupil.Experiments.Recipes;
using Pupil.Experiments.Runs;
using Pupil.Images;
using Pupil.Images.Transforms;
using Pupil.Tests.Processes;
using Pupil.Tests.Training;

namespace Pupil.Tests.Experiments.Runs;

public sealed class SharedPixelsTests
{
    [Fact]
    public void Processes_of_a_machine_read_their_pixels_from_one_file()
    {
        using var temporary = new TemporaryFolder();
        string folder = Directory.CreateDirectory(temporary["pixels"]).FullName;
        PreparedData[] found = ThreadGroup.Run(ThreadGroup.Of(3), group =>
        {
            var data = Data();
            SharedPixels.Join(group, data, folder);
            return data;
        });
        var expected = Data();
        Assert.All(found, data =>
        {
            Assert.Null(data.Splits.Train.Pixels.Own);
            Assert.Null(data.Splits.Test.Pixels.Own);
            Assert.Equal(expected.Splits.Train.ComputeFingerprint(), data.Splits.Train.ComputeFingerprint());
            Assert.Equal(expected.Splits.Test.ComputeFingerprint(), data.Splits.Test.ComputeFingerprint());
        });
        Assert.Empty(Directory.GetFiles(folder));
    }

    [Fact]
    public void One_process_keeps_its_own()
    {
        var data = Data();
        ThreadGroup.Run(ThreadGroup.Of(1), group =>
        {
            SharedPixels.Join(group, data);
            return 0;
        });
        Assert.NotNull(data.Splits.Train.Pixels.Own);
    }

    private static PreparedData Data()
    {
        var train = TinyTraining.Images(40, 1);
        var test = TinyTraining.Images(10, 2);
        return new(new DataSplits("tiny", train, test), ImageSubset.All(train), null, ImageSubset.All(test),
            Normalization.OfImages(ImageSubset.All(train)));
    }
}
