using Pupil.Training;
using TorchSharp;

namespace Pupil.Tests.Training;

public sealed class MemoryTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Steps_and_evaluations_leave_no_tensors_behind(bool gradientBlock)
    {
        var tiny = new TinyTraining { Method = TinyTraining.Ctkd with { GradientBlock = gradientBlock }, Dropout = 0.1 };
        using var training = (tiny with { Options = tiny.Options with { Epochs = 12 } }).Start();
        var records = training.Trainer.Run().GetEnumerator();
        Take(4);
        long before = Living();
        Take(4 * 10);
        Assert.Equal(before, Living());

        void Take(int count)
        {
            for (int i = 0; i < count; i++)
                Assert.True(records.MoveNext());
        }
    }

    [Fact]
    public void Checkpoints_leave_no_tensors_behind()
    {
        using var folder = new TemporaryFolder();
        using var training = new TinyTraining { Method = TinyTraining.Ctkd }.Start();
        training.Go(2);
        Save();
        long before = Living();
        for (int i = 0; i < 10; i++)
            Save();
        Assert.Equal(before, Living());

        void Save()
        {
            Checkpoint.Write(folder["checkpoint"], training.Trainer, new Dictionary<string, string>());
            Checkpoint.Read(folder["checkpoint"], training.Trainer);
        }
    }

    [Fact]
    public void A_training_that_is_disposed_leaves_no_tensors_behind()
    {
        TrainAndDispose();
        long before = Living();
        for (int i = 0; i < 3; i++)
            TrainAndDispose();
        Assert.Equal(before, Living());

        static void TrainAndDispose()
        {
            using var training = new TinyTraining { Method = TinyTraining.Ctkd }.Start();
            training.Go();
        }
    }

    // Tensors that only the garbage collector would free count as live: it does not see their memory, and so does not run for it.
    private static long Living() => DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount;
}
