namespace Pupil.Networks;

/// <summary>What a network costs.</summary>
/// <param name="Parameters">Trained numbers; batch-norm statistics are not among them.</param>
/// <param name="MultiplyAdds">Multiply-adds of convolutions and classifier for one image of the network's input size.</param>
public sealed record NetworkCost(long Parameters, long MultiplyAdds)
{
    /// <summary>Counts both, by sending one black image through.</summary>
    public static NetworkCost Of(Network network) => NetworkOutline.Of(network).Cost;
}
