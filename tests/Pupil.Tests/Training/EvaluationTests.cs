using Pupil.Images;
using Pupil.Images.Loading;
using Pupil.Networks;
using Pupil.Networks.Families;
using Pupil.Tests.Images;
using Pupil.Training;
using static TorchSharp.torch;

namespace Pupil.Tests.Training;

public sealed class EvaluationTests
{
    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(9)]
    public void Accuracy_is_that_of_plain_loops_over_the_logits(int classes)
    {
        const int Count = 61;
        var random = new Random(classes);
        var images = ImageSubset.All(TinyImages.Labelled([classes - 1, .. Enumerable.Range(1, Count - 1)
            .Select(_ => random.Next(classes))]));
        using var network = NetworkCatalogue.Build(new() { Architecture = "wrn-10-1" }, TinyTraining.Shape, classes, seed: 4);
        // Untrained logits hardly differ between images: without the bias, and scaled, they do.
        using (no_grad())
        {
            foreach (var (name, parameter) in network.named_parameters()
                .Where(entry => entry.name.StartsWith("classifier", StringComparison.Ordinal)))
                parameter.mul_(name.EndsWith("bias", StringComparison.Ordinal) ? 0 : 40);
        }
        var found = Evaluation.Measure(network, Batches.ForEvaluation(images, 10, TinyTraining.Normalization, CPU));

        double[][] logits = Logits(network, images, classes);
        // Batches of another size round differently: a lead below this is a tie.
        const double Tie = 1e-4;
        (int Least, int Most) right = (0, 0), rightOfFive = (0, 0);
        double crossEntropy = 0;
        for (int i = 0; i < Count; i++)
        {
            double own = logits[i][images.Set.Labels[i]];
            int clearlyBefore = logits[i].Count(logit => logit > own + Tie), before = logits[i].Count(logit => logit > own - Tie) - 1;
            right = (right.Least + (before == 0 ? 1 : 0), right.Most + (clearlyBefore == 0 ? 1 : 0));
            rightOfFive = (rightOfFive.Least + (before < 5 ? 1 : 0), rightOfFive.Most + (clearlyBefore < 5 ? 1 : 0));
            double highest = logits[i].Max();
            crossEntropy += highest + Math.Log(logits[i].Sum(logit => Math.Exp(logit - highest))) - own;
        }
        Assert.InRange(right.Least, 1, Count - 1);
        Assert.InRange(right.Most - right.Least, 0, 2);
        Assert.InRange(Math.Round(found.Top1 * Count, 9), right.Least, right.Most);
        Assert.InRange(Math.Round(found.Top5!.Value * Count, 9), rightOfFive.Least, rightOfFive.Most);
        Assert.Equal(crossEntropy / Count, found.CrossEntropy, 1e-5 * crossEntropy / Count);
        Assert.Equal(Count, found.Images);
        Assert.Equal(classes <= 5, found.Top5 == 1);
    }

    [Fact]
    public void Every_class_with_images_has_the_same_weight_in_balanced_accuracy()
    {
        var images = ImageSubset.All(TinyImages.Labelled([0, 0, 1, 0, 0, 2, 0, 1, 0]));
        var batches = Batches.ForEvaluation(images, 4, TinyTraining.Normalization, CPU);
        // Class 0 for all images but the last of a batch, which gets class 1.
        var found = Evaluation.Measure(batch =>
        {
            int count = (int)batch.shape[0];
            var scores = Enumerable.Range(0, count).SelectMany(i => new[] { 1f, i == count - 1 ? 2 : 0, 0, 0 });
            return new NetworkOutput(tensor(scores.ToArray(), [count, 4]), null, []);
        }, batches);
        // Batches 0 0 1 0, 0 2 0 1 and 0.
        Assert.Equal([new(4, 6), new(1, 2), new(0, 1), new(0, 0)], found.Classes!);
        Assert.Equal((4 / 6.0 + 1 / 2.0 + 0) / 3, found.Balanced!.Value, 1e-12);
        Assert.Equal(5 / 9.0, found.Top1, 1e-12);
        Assert.True(found.IsUneven);
        Assert.False((found with { Classes = [new(1, 3), new(0, 2), new(0, 0)] }).IsUneven);
        Assert.False(found.WithoutClasses().IsUneven);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Measuring_leaves_the_network_as_it_was(bool training)
    {
        using var network = NetworkCatalogue.Build(new() { Architecture = "wrn-10-1", Dropout = 0.5 }, TinyTraining.Shape, 3);
        network.train(training);
        var before = network.State().ToDictionary(entry => entry.Key, entry => TinyTrainer.Digest(entry.Value));
        var batches = Batches.ForEvaluation(ImageSubset.All(TinyImages.Labelled([0, 1, 2, 1])), 3, TinyTraining.Normalization, CPU);
        var first = Evaluation.Measure(network, batches);
        Assert.Equal(first, Evaluation.Measure(network, batches)); // no dropout
        Assert.Equal(training, network.training);
        Assert.All(network.modules(), module => Assert.Equal(training, module.training));
        Assert.All(network.State(), entry => Assert.Equal(before[entry.Key], TinyTrainer.Digest(entry.Value)));
    }

    [Fact]
    public void A_network_can_be_trained_after_it_was_measured()
    {
        using var training = new TinyTraining().Start();
        var data = new TinyTraining().Data();
        Evaluation.Measure(training.Network(), data.Test);
        var before = training.Snapshot();
        Assert.IsType<StepRecord>(training.Trainer.Run().First());
        Assert.NotEqual(before, training.Snapshot());
    }

    private static double[][] Logits(Network network, ImageSubset images, int classes)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        network.eval();
        using var batch = Batches.ForEvaluation(images, images.Count, TinyTraining.Normalization, CPU).Get(1, 0);
        float[] values = network.call(batch.Images).Logits.data<float>().ToArray();
        return [.. values.Chunk(classes).Select(row => row.Select(value => (double)value).ToArray())];
    }
}
