using Pupil.Distillation.Methods;
using Pupil.Images;
using Pupil.Networks;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Pupil.Tests.Training;

/// <summary>The same training by other means: the whole loss in one sum, one backward pass, TorchSharp's own optimizer.</summary>
internal static class PlainTraining
{
    /// <summary>Trains on batches in order; a new optimizer is created for every epoch in <paramref name="resets"/>.</summary>
    public static void Run(
        IReadOnlyList<Network> networks, IBatchSource batches, int epochs, Func<int, double> rate, Func<Batch, Tensor> loss,
        params int[] resets)
    {
        var optimizer = Optimizer();
        for (int epoch = 1; epoch <= epochs; epoch++)
        {
            if (resets.Contains(epoch))
            {
                optimizer.Dispose();
                optimizer = Optimizer();
            }
            foreach (var group in optimizer.ParamGroups)
                group.LearningRate = rate(epoch);
            foreach (var network in networks)
                network.train();
            for (int step = 0; step < batches.Steps; step++)
            {
                using var scope = NewDisposeScope();
                using var batch = batches.Get(epoch, step);
                optimizer.zero_grad();
                loss(batch).backward();
                optimizer.step();
            }
        }
        optimizer.Dispose();

        TorchSharp.Modules.SGD Optimizer() =>
            optim.SGD(networks.SelectMany(network => network.parameters()), 1, momentum: 0.9, weight_decay: 5e-4);
    }

    /// <summary>The loss of collaborative teaching, as in the paper.</summary>
    public static Tensor CtkdLoss(Batch batch, Network student, Network scratchTeacher, Network expert, CtkdOptions options)
    {
        NetworkOutput own = student.call(batch.Images), scratch = scratchTeacher.call(batch.Images), expected = expert.call(batch.Images);
        var shown = options.GradientBlock ? scratch.Logits.detach() : scratch.Logits;
        var loss = functional.cross_entropy(own.Logits, batch.Target.RequiredLabels)
            + functional.cross_entropy(scratch.Logits, batch.Target.RequiredLabels)
            + options.Gamma * (own.Logits - shown).pow(2).sum([1]).mean();
        for (int stage = 0; stage < 3; stage++)
            loss = loss + options.Beta * (Map(own.Stages[stage].Map) - Map(expected.Stages[stage].Map).detach()).pow(2).mean();
        return loss;
    }

    private static Tensor Map(Tensor activations)
    {
        var flat = activations.pow(2).mean([1]).flatten(1);
        return flat / flat.pow(2).sum(1, keepdim: true).sqrt();
    }
}
