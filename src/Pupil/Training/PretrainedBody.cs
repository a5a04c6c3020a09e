using Pupil.Interop.Pretrained;

namespace Pupil.Training;

/// <summary>The body of a network: its tensors that come from a file, and how they are trained.</summary>
/// <param name="Origin">The file, and the tensors that do not come from it.</param>
/// <param name="RateFactor">The factor of the learning rate for the body.</param>
/// <param name="FrozenEpochs">The number of first epochs in which the body is fixed.</param>
internal sealed record PretrainedBody(WeightsOrigin Origin, double RateFactor, int FrozenEpochs)
{
    private readonly HashSet<string> _new = [.. Origin.New];

    /// <summary>Whether a tensor of the network comes from the file.</summary>
    public bool Holds(string tensor) => !_new.Contains(tensor);
}
