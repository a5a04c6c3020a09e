using Pupil.Distillation;
using Pupil.Images;
using Pupil.Images.Loading;
using Pupil.Networks;
using Pupil.Training.Computing;
using Pupil.Training.Together;
using TorchSharp;
using static TorchSharp.torch;

namespace Pupil.Tests.Training.Together;

public sealed class LockstepExecutionTests : IDisposable
{
    private readonly StepCache _cache = new(Batches.ForTraining(
        ImageSubset.All(TinyTraining.Images(TinyTraining.TrainImages, 1)), TinyTraining.BatchSize, TinyTraining.Normalization, CPU,
        Pupil.Images.Transforms.Augmentation.None, 3));

    [Fact]
    public void Batch_and_expert_are_computed_once_in_a_step()
    {
        using var expert = new Expert(TinyTraining.ExpertNetwork(), TinyTraining.Normalization, TinyTraining.Normalization);
        LockstepExecution first = new(_cache, SingleProcess.Instance), second = new(_cache, SingleProcess.Instance);
        Assert.Equal(TinyTraining.Steps, first.Batches.Steps);
        var batch = first.Batches.Get(1, 0);
        NetworkOutput known;
        using (NewDisposeScope())
            known = first.Forward(expert, batch.Images);
        batch.Dispose(); // as a training does after its step
        Assert.Equal(0, first.ReusedSeconds);
        Assert.Same(batch, second.Batches.Get(1, 0));
        Assert.Same(known, second.Forward(expert, batch.Images));
        Assert.False(known.IsGone);
        Assert.InRange(second.ReusedSeconds, double.Epsilon, 60);

        var next = second.Batches.Get(1, 1);
        Assert.True(known.IsGone);
        Assert.True(batch.Images.IsInvalid);
        Assert.NotSame(known, second.Forward(expert, next.Images));
        using var others = TinyTraining.ExpertNetwork();
        using var evaluated = next.Images.clone();
        Assert.NotSame(second.Forward(expert, evaluated), second.Forward(expert, evaluated)); // images of another source
    }

    [Fact]
    public void A_network_is_trained_by_one_of_them_for_all()
    {
        using var network = TinyTraining.ExpertNetwork();
        using var scope = NewDisposeScope();
        LockstepExecution first = new(_cache, SingleProcess.Instance), second = new(_cache, SingleProcess.Instance);
        _cache.SetTrainer(network, first);
        Assert.True(first.Trains(network));
        Assert.False(second.Trains(network));
        var images = first.Batches.Get(1, 0).Images;
        Assert.Throws<InvalidOperationException>(() => second.Forward(network, images)); // the first one comes first
        var output = first.Forward(network, images);
        var lent = second.Forward(network, images);
        Assert.True(output.Logits.requires_grad);
        Assert.All(lent.Tensors, tensor => Assert.False(tensor.requires_grad));
        Assert.Equal(output.Logits.data<float>().ToArray(), lent.Logits.data<float>().ToArray());
        double before = second.ReusedSeconds;
        first.Backward(output.Logits.sum(), []);
        second.Forward(network, images);
        Assert.True(second.ReusedSeconds - before > before); // the backward pass counts from now on
    }

    [Fact]
    public void Steps_leave_no_tensors_behind()
    {
        using var expert = new Expert(TinyTraining.ExpertNetwork(), TinyTraining.Normalization, TinyTraining.Normalization);
        using var network = TinyTraining.ExpertNetwork();
        LockstepExecution first = new(_cache, SingleProcess.Instance), second = new(_cache, SingleProcess.Instance);
        _cache.SetTrainer(network, first);
        Go(1, 0);
        long before = DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount;
        for (int i = 1; i < 6; i++)
            Go(1 + i / TinyTraining.Steps, i % TinyTraining.Steps);
        Assert.Equal(before, DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount);

        void Go(int epoch, int step)
        {
            foreach (var execution in new[] { first, second })
            {
                using var batch = execution.Batches.Get(epoch, step);
                using var scope = NewDisposeScope();
                execution.Forward(expert, batch.Images);
                execution.Forward(network, batch.Images);
            }
        }
    }

    public void Dispose() => _cache.Dispose();
}
