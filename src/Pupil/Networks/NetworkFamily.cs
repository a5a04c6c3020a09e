using System.Text.RegularExpressions;

namespace Pupil.Networks;

/// <summary>Builds a network with starting weights from torch's random state.</summary>
internal delegate Network NetworkBuilder(NetworkSpec spec, ImageShape input, int classes);

/// <summary>A family of networks: what its names look like, and how one becomes a network.</summary>
/// <param name="Pattern">The names, for people.</param>
/// <param name="Known">Which values the names take, for people.</param>
/// <param name="Names">What all names of the family match.</param>
/// <param name="Build">The builder for a name that matches, or null where its values are not among the known.</param>
internal sealed record NetworkFamily(string Pattern, string Known, Regex Names, Func<GroupCollection, NetworkBuilder?> Build)
{
    /// <summary>The least height and width of images, in pixels. Default 8.</summary>
    public int SmallestSide { get; init; } = 8;

    /// <summary>Whether its blocks have a place for dropout. Default no.</summary>
    public bool TakesDropout { get; init; }

    /// <summary>The builder for a name of the family, or null.</summary>
    public NetworkBuilder? Parse(string architecture) => Names.Match(architecture) is { Success: true } match ? Build(match.Groups) : null;
}
