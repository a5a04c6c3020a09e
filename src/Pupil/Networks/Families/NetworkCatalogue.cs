using Pupil.Core;
using Pupil.LibTorch;
using TorchSharp;

namespace Pupil.Networks.Families;

/// <summary>The list of networks by name.</summary>
public static class NetworkCatalogue
{
    // Torch has one random state, so networks are initialised one at a time.
    private static readonly Lock Drawing = new();

    // The only place that names the families: a new one is a file and an entry here.
    private static readonly NetworkFamily[] Families =
    [
        WideResNet.Family, CifarResNet.Family, ProjectionResNet.Family, Vgg.Family, MobileNetV2.Family, ShuffleNetV2.Family,
        ImageNetResNet.Family, ImageNetMobileNetV2.Family, MobileNetV3.Small, MobileNetV3.Large, EfficientNet.B0Family,
        EfficientNet.Lite0Family, RegNetY.Family, VisionTransformer.Family,
    ];

    /// <summary>The names of the networks, one line for each family.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Families.Select(family => $"{family.Pattern}: {family.Known}")];

    /// <summary>The names of the families' weights in PyTorch projects.</summary>
    internal static IEnumerable<PyTorchNames> PyTorchNames => Families.Select(family => family.PyTorch);

    /// <summary>Builds a network with initial weights that depend on the seed, <paramref name="role"/> and architecture.</summary>
    /// <param name="spec">The network to build.</param>
    /// <param name="input">The shape of the images, at least 8×8; some families need more (docs/networks.md).</param>
    /// <param name="classes">K, at least 2.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="role">The network's role. Networks of equal role, architecture and seed have equal initial weights.</param>
    /// <param name="shared">Convolutions of another network to use, or null for its own.</param>
    /// <exception cref="UserErrorException">
    /// Unknown network, dropout where there is none, images too small, fewer than two classes, or shared convolutions that do not fit.
    /// </exception>
    public static Network Build(
        NetworkSpec spec, ImageShape input, int classes, long seed = 0, string role = "", SharedLayers? shared = null)
    {
        var (family, builder) = Find(spec);
        int side = family.SmallestSide;
        if (input.Height < side || input.Width < side)
            throw new UserErrorException($"{spec}: images of {input.Height}×{input.Width} pixels; expected at least {side}×{side}.");
        if (classes < 2)
            throw new UserErrorException($"{spec}: {classes} classes; expected at least 2.");
        NativeLibraries.Load();
        using var turn = Drawing.EnterScope();
        // Weights belong to their modules; the scope disposes of a tensor that a convolution's bias leaves behind.
        using var scope = torch.NewDisposeScope();
        long key = RandomStream.KeyOf($"{role}/{spec.Architecture}");
        torch.random.manual_seed((long)RandomStream.FromKey(RandomStream.Purpose.Initialization, seed, key).Next());
        var network = builder(spec, input, classes);
        // Sharing comes after the initialisation: students of one network get equal weights with and without it.
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

    /// <summary>Checks the name and the dropout of a network.</summary>
    /// <exception cref="UserErrorException">Unknown network, or dropout where there is none.</exception>
    public static void Check(NetworkSpec spec) => Find(spec);

    /// <summary>The names of a network's weights in PyTorch projects.</summary>
    /// <exception cref="UserErrorException">There is no such network.</exception>
    internal static PyTorchNames PyTorchNamesOf(NetworkSpec spec) => Find(spec).Family.PyTorch;

    /// <summary>Returns the least height and width of a network's images, in pixels.</summary>
    /// <exception cref="UserErrorException">There is no such network, or it has no place for dropout.</exception>
    internal static int SmallestSide(NetworkSpec spec) => Find(spec).Family.SmallestSide;

    /// <summary>Returns a lower bound of the number of weights of a network, without building it.</summary>
    /// <exception cref="UserErrorException">There is no such network, or it has no place for dropout.</exception>
    internal static long LeastWeights(NetworkSpec spec, ImageShape input)
    {
        var family = Find(spec).Family;
        return family.LeastWeights(family.Names.Match(spec.Architecture).Groups, input);
    }

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
                    $"network '{spec}': dropout is {spec.Dropout}, but {family.Pattern} has none; use 0, or one of {others}.");
            }
            return (family, builder);
        }
        throw new UserErrorException($"network '{spec}': there is no such network; expected {string.Join("; or ", Names)}."
            + NearestNetwork.Hint(spec.Architecture, Families));
    }
}
