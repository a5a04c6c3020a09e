using Pupil.Distillation;
using Pupil.Networks;
using static TorchSharp.torch;

namespace Pupil.Experiments.Exhibits;

/// <summary>A network whose outputs are shown to people: a student, a companion or an expert.</summary>
/// <param name="Name">Its name in the records.</param>
/// <param name="Forward">Computes its outputs for N×C×H×W images with the run's normalisation, in evaluation mode.</param>
/// <param name="HasLogits">Whether it has logits of the run's classes; otherwise only its attention can be shown.</param>
internal sealed record ShownNetwork(string Name, Func<Tensor, NetworkOutput> Forward, bool HasLogits)
{
    /// <summary>Returns an expert.</summary>
    public static ShownNetwork FromExpert(string name, Expert expert) => new(name, expert.Forward, expert.HasLogits);

    /// <summary>Returns a trained network; its mode, training or evaluation, is restored after each use.</summary>
    public static ShownNetwork FromNetwork(string name, Network network) => new(name, images =>
    {
        using var evaluating = network.Evaluating();
        return network.call(images);
    }, HasLogits: true);
}
