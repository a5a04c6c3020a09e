using Pupil.Core;
using Pupil.LibTorch;
using TorchSharp;

namespace Pupil.Networks.Families;

/// <summary>All networks that can be asked for by name.</summary>
public static class NetworkCatalogue
{
    // Torch has one random state: networks are drawn one after the other.
    private static readonly Lock Drawing = new();

    // The only place that names the families: a new one is a file and an entry here.
    private static readonly NetworkFamily[] Families =
    [
        WideResNet.Family, CifarResNet.Family, ProjectionResNet.Family, Vgg.Family, MobileNetV2.Family, ShuffleNetV2.Family,
        ImageNetResNet.Family,
    ];

    /// <summary>The names that exist, one line a family.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Families.Select(family => $"{family.Pattern}: {family.Known}")];

    /// <summary>Builds a network with starting weights that follow from the seed and <paramref name="role"/>.</summary>
    /// <param name="spec">Which network.</param>
    /// <param name="input">The images it takes, at least 8×8, 64×64 for imagenet-resnet-DEPTH.</param>
    /// <param name="classes">K, at least 2.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="role">What it is for. Networks of one role, architecture and seed start alike; of another role, differently.</param>
    /// <param name="shared">Convolutions of another network to use, or null for its own.</param>
    /// <exception cref="UserErrorException">
    /// No such network, no place for dropout, images too small, fewer than two classes, or shared convolutions that do not fit.
    /// </exception>
    public static Network Build(NetworkSpec spec, ImageShape input, int classes, long seed = 0, string role = "", SharedLayers? shared = null)
    {
        var (family, builder) = Find(spec);
        int side = family.SmallestSide;
        if (input.Height < side || input.Width < side)
            throw new UserErrorException($"{spec}: images of {input.Height}×{input.Width} pixels; expected at least {side}×{side}.");
        if (classes < 2)
            throw new UserErrorException($"{spec}: {classes} classes; expected at least 2.");
        NativeLibraries.Load();
        using var turn = Drawing.EnterScope();
        // Weights are kept by their modules; a convolution's bias leaves a crumb.
        using var scope = torch.NewDisposeScope();
        long key = RandomStream.KeyOf($"{role}/{spec.Architecture}");
        torch.random.manual_seed((long)RandomStream.FromKey(RandomStream.Purpose.Initialization, seed, key).Next());
        var network = builder(spec, input, classes);
        // Only now, so that everything else starts as it would without: students of one network stay comparable.
        try
        {
            if (shared is not null)
                Lending.Share(network, shared);
            return network;
        }
        catch (UserErrorException)
        {
            network.Dispose();
            throw;
        }
    }

    /// <summary>Checks what is known before there are images: the name, and that there is a place for dropout.</summary>
    /// <exception cref="UserErrorException">No such network, or no place for dropout in it.</exception>
    public static void Check(NetworkSpec spec) => Find(spec);

    private static (NetworkFamily Family, NetworkBuilder Builder) Find(NetworkSpec spec)
    {
        foreach (var family in Families)
        {
            if (family.Parse(spec.Architecture) is not { } builder)
                continue;
            if (spec.Dropout > 0 && !family.TakesDropout)
            {
                string others = string.Join(", ", Families.Where(other => other.TakesDropout).Select(other => other.Pattern));
                throw new UserErrorException(
                    $"network '{spec}': dropout is {spec.Dropout}, but {family.Pattern} has no place for it; use 0, or one of {others}.");
            }
            return (family, builder);
        }
        throw new UserErrorException($"network '{spec}': there is no such network; expected {string.Join("; or ", Names)}."
            + NearestNetwork.Hint(spec.Architecture, Families));
    }
}
