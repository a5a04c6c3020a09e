using Pupil.Distillation;
using Pupil.Networks;
using static TorchSharp.torch;

namespace Pupil.Experiments.Exhibits;

/// <summary>A network that is shown to people: a student, a companion or an expert.</summary>
/// <param name="Name">Its name in the records.</param>
/// <param name="Ask">Its answer to N×C×H×W images, normalised as the run's are, in evaluation mode.</param>
/// <param name="HasLogits">Whether it knows the run's classes; otherwise only where it looks can be shown.</param>
internal sealed record ShownNetwork(string Name, Func<Tensor, NetworkOutput> Ask, bool HasLogits)
{
    /// <summary>An expert.</summary>
    public static ShownNetwork Of(string name, Expert expert) => new(name, expert.Forward, expert.HasLogits);

    /// <summary>A network that learns; it is in training mode again afterwards if it was.</summary>
    public static ShownNetwork Of(string name, Network network) => new(name, images =>
    {
        using var evaluating = network.Evaluating();
        return network.call(images);
    }, HasLogits: true);
}
