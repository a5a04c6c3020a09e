using Pupil.Networks;
using static TorchSharp.torch;

namespace Pupil.Runs.Exhibits;

/// <summary>A network that is shown to people: a student, a companion or an expert.</summary>
/// <param name="Name">Its name in the records.</param>
/// <param name="Ask">Its answer to N×C×H×W images, normalised as the run's are, in evaluation mode.</param>
internal sealed record ShownNetwork(string Name, Func<Tensor, NetworkOutput> Ask)
{
    /// <summary>A network that learns; it is in training mode again afterwards if it was.</summary>
    public static ShownNetwork Of(string name, Network network) => new(name, images =>
    {
        bool wasTraining = network.training;
        network.eval();
        try
        {
            return network.call(images);
        }
        finally
        {
            network.train(wasTraining);
        }
    });
}
