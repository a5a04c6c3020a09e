using Pupil.Distillation;
using Pupil.Images;
using Pupil.Networks;

namespace Pupil.Experiments.Exhibits;

/// <summary>A network whose outputs are shown to people: a student, a companion or an expert.</summary>
/// <param name="Name">Its name in the records.</param>
/// <param name="Forward">Computes its outputs for a batch with the run's normalisation, in evaluation mode.</param>
/// <param name="HasLogits">Whether it has logits of the run's classes; otherwise only its attention can be shown.</param>
internal sealed record ShownNetwork(string Name, Func<Batch, NetworkOutput> Forward, bool HasLogits)
{
    /// <summary>Returns an expert.</summary>
    public static ShownNetwork FromExpert(string name, Expert expert) =>
        new(name, batch => expert.Forward(batch.ImagesAt(expert.View)), expert.HasLogits);

    /// <summary>Returns a trained network; its mode, training or evaluation, is restored after each use.</summary>
    public static ShownNetwork FromNetwork(string name, Network network) => new(name, batch =>
    {
        using var evaluating = network.Evaluating();
        return network.call(batch.Images);
    }, HasLogits: true);
}
