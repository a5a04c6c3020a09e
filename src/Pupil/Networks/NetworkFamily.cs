using System.Text.RegularExpressions;

namespace Pupil.Networks;

/// <summary>Builds a network with initial weights from torch's random state.</summary>
internal delegate Network NetworkBuilder(NetworkSpec spec, ImageShape input, int classes);

/// <summary>A family of networks: the names of its members, and how to build one.</summary>
/// <param name="Pattern">The form of the names, for messages.</param>
/// <param name="Known">The values in the names, for messages.</param>
/// <param name="Names">The pattern that all names of the family match.</param>
/// <param name="Build">Returns the builder for a name that matches, or null if its values are not known.</param>
internal sealed record NetworkFamily(string Pattern, string Known, Regex Names, Func<GroupCollection, NetworkBuilder?> Build)
{
    /// <summary>The largest depth in a name; ResNet-1202 is the deepest published network of this kind.</summary>
    public const int DeepestName = 1204;

    /// <summary>The names of its weights in PyTorch projects.</summary>
    public required PyTorchNames PyTorch { get; init; }

    /// <summary>The least height and width of images, in pixels. Default 8.</summary>
    public int SmallestSide { get; init; } = 8;

    /// <summary>
    /// Returns a lower bound of the number of weights of a network, by its known name and the shape of its images, without building it.
    /// Default 0, for families whose networks are all small.
    /// </summary>
    public Func<GroupCollection, ImageShape, long> LeastWeights { get; init; } = (_, _) => 0;

    /// <summary>Whether its blocks can have dropout. Default false.</summary>
    public bool TakesDropout { get; init; }

    /// <summary>
    /// Returns the weights of three groups of residual blocks with two 3×3 convolutions each, without the first convolution of a group.
    /// </summary>
    /// <param name="blocks">The number of blocks of a group.</param>
    /// <param name="channels">The channels of the first group; the second has twice and the third four times as many.</param>
    public static long ThreeGroups(long blocks, long channels) => (2 * blocks - 1) * 9 * channels * channels * (1 + 4 + 16);

    /// <summary>Returns the builder for a name of the family, or null.</summary>
    public NetworkBuilder? Parse(string architecture) => Names.Match(architecture) is { Success: true } match ? Build(match.Groups) : null;
}
