using Pupil.Data;
using Pupil.Native;
using TorchSharp;
using TorchSharp.Modules;

namespace Pupil.Networks;

/// <summary>Builds a network with starting weights from torch's random state.</summary>
internal delegate Network NetworkBuilder(NetworkSpec spec, ImageShape input, int classes);

/// <summary>A family of networks: what its names look like, and how one becomes a network.</summary>
/// <param name="Pattern">The names, for people.</param>
/// <param name="Known">Which values the names take, for people.</param>
/// <param name="Parse">The builder for a name of the family, or null.</param>
internal sealed record NetworkFamily(string Pattern, string Known, Func<string, NetworkBuilder?> Parse);

/// <summary>All networks that can be asked for by name.</summary>
public static class NetworkCatalogue
{
    private const int SmallestSide = 8;

    // Torch has one random state: networks are drawn one after the other.
    private static readonly Lock Drawing = new();

    // The only place that names the families: a new one is a file and an entry here.
    private static readonly NetworkFamily[] Families = [WideResNet.Family, CifarResNet.Family];

    /// <summary>The names that exist, one line a family.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Families.Select(family => $"{family.Pattern}: {family.Known}")];

    /// <summary>Builds a network with starting weights that follow from the seed and <paramref name="role"/>.</summary>
    /// <param name="spec">Which network.</param>
    /// <param name="input">The images it takes, at least 8×8.</param>
    /// <param name="classes">K, at least 2.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="role">What the network is for. Networks of one role, architecture and seed start alike; of another role, differently.</param>
    /// <param name="sharedStem">A first convolution to share, or null for one of its own.</param>
    /// <exception cref="UserErrorException">No such network, images too small, or fewer than two classes.</exception>
    public static Network Build(NetworkSpec spec, ImageShape input, int classes, long seed = 0, string role = "", Conv2d? sharedStem = null)
    {
        var builder = Builder(spec);
        if (input.Height < SmallestSide || input.Width < SmallestSide)
            throw new UserErrorException($"{spec}: images of {input.Height}×{input.Width} pixels; expected at least {SmallestSide}×{SmallestSide}.");
        if (classes < 2)
            throw new UserErrorException($"{spec}: {classes} classes; expected at least 2.");
        NativeLibraries.Load();
        using var turn = Drawing.EnterScope();
        torch.random.manual_seed((long)RandomStream.For(RandomStream.Purpose.Initialization, seed, RandomStream.KeyOf($"{role}/{spec.Architecture}")).Next());
        var network = builder(spec, input, classes);
        // Only now, so that everything else starts as it would without: students of one network stay comparable.
        if (sharedStem is not null)
            network.ShareStem(sharedStem);
        return network;
    }

    /// <summary>Checks the name alone.</summary>
    /// <exception cref="UserErrorException">No such network.</exception>
    public static void Check(NetworkSpec spec) => Builder(spec);

    private static NetworkBuilder Builder(NetworkSpec spec) =>
        Families.Select(family => family.Parse(spec.Architecture)).FirstOrDefault(builder => builder is not null)
            ?? throw new UserErrorException($"network '{spec.Architecture}': there is no such network; expected {string.Join("; or ", Names)}.");
}
