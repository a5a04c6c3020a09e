namespace Pupil.Networks;

/// <summary>The size of a network.</summary>
/// <param name="Parameters">Trained numbers, without batch-norm statistics.</param>
/// <param name="MultiplyAdds">Multiply-adds of convolutions, linear layers and attention for one image of the network's input size.</param>
public sealed record NetworkCost(long Parameters, long MultiplyAdds)
{
    /// <summary>Counts both with one black image.</summary>
    internal static NetworkCost OfNetwork(Network network) => NetworkOutline.OfNetwork(network).Cost;
}
