using System.ComponentModel;
using System.Text.Json.Serialization;
using Pupil.Images.Formats.Trees;
using Pupil.Settings;

namespace Pupil.Images.Formats.Cifar;

/// <summary>The kinds of labels of CIFAR-100.</summary>
public enum Cifar100Labels
{
    /// <summary>The 100 classes.</summary>
    Fine,

    /// <summary>The 20 superclasses of five classes each.</summary>
    Coarse,
}

/// <summary>
/// CIFAR-100 (Krizhevsky 2009) in its binary layout: <c>train.bin</c> and <c>test.bin</c> with records of 3,074 bytes. A record has
/// a coarse and a fine label byte, then 32×32 red, green and blue bytes. Read from a folder or from the published archive.
/// </summary>
[Variant("cifar100")]
public sealed record Cifar100Source : DataSource
{
    internal const string Folder = "cifar-100-binary", Archive = "cifar-100-binary.tar.gz", Known = "cifar100";
    internal const string Marker = "train.bin";
    private const int PublishedTrain = 50_000, PublishedTest = 10_000;

    /// <summary>The 100 class names in the order of the fine label numbers, as in the set's <c>fine_label_names.txt</c>.</summary>
    public static IReadOnlyList<string> FineNames { get; } =
    [
        "apple", "aquarium_fish", "baby", "bear", "beaver", "bed", "bee", "beetle", "bicycle", "bottle", "bowl", "boy", "bridge", "bus",
        "butterfly", "camel", "can", "castle", "caterpillar", "cattle", "chair", "chimpanzee", "clock", "cloud", "cockroach", "couch",
        "crab", "crocodile", "cup", "dinosaur", "dolphin", "elephant", "flatfish", "forest", "fox", "girl", "hamster", "house",
        "kangaroo", "keyboard", "lamp", "lawn_mower", "leopard", "lion", "lizard", "lobster", "man", "maple_tree", "motorcycle",
        "mountain", "mouse", "mushroom", "oak_tree", "orange", "orchid", "otter", "palm_tree", "pear", "pickup_truck", "pine_tree",
        "plain", "plate", "poppy", "porcupine", "possum", "rabbit", "raccoon", "ray", "road", "rocket", "rose", "sea", "seal", "shark",
        "shrew", "skunk", "skyscraper", "snail", "snake", "spider", "squirrel", "streetcar", "sunflower", "sweet_pepper", "table", "tank",
        "telephone", "television", "tiger", "tractor", "train", "trout", "tulip", "turtle", "wardrobe", "whale", "willow_tree", "wolf",
        "woman", "worm",
    ];

    /// <summary>The 20 superclass names in the order of the coarse label numbers, as in the set's <c>coarse_label_names.txt</c>.</summary>
    public static IReadOnlyList<string> CoarseNames { get; } =
    [
        "aquatic_mammals", "fish", "flowers", "food_containers", "fruit_and_vegetables", "household_electrical_devices",
        "household_furniture", "insects", "large_carnivores", "large_man-made_outdoor_things", "large_natural_outdoor_scenes",
        "large_omnivores_and_herbivores", "medium_mammals", "non-insect_invertebrates", "people", "reptiles", "small_mammals", "trees",
        "vehicles_1", "vehicles_2",
    ];

    /// <summary>The folder of the <c>.bin</c> files, the folder above it, or the archive. Default <c>data</c>.</summary>
    [Description("The folder that holds train.bin and test.bin, the folder above it, or cifar-100-binary.tar.gz.")]
    public string Path { get; init; } = "data";

    /// <summary>The labels used. Default the 100 fine ones.</summary>
    [Description("The labels used: fine (100 classes) or coarse (20 superclasses).")]
    public Cifar100Labels Labels { get; init; }

    /// <summary>Whether files with fewer records than the published 50,000 and 10,000 are accepted. Default false.</summary>
    [Description("Accept files that hold fewer records than the published 50,000 and 10,000 (whole ones, at least one).")]
    public bool AllowPartial { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override DataForm? KnownForm => new(32, 32, 3, Labels == Cifar100Labels.Fine ? FineNames.Count : CoarseNames.Count);

    /// <inheritdoc/>
    public override DataSplits Load(LoadContext? context = null)
    {
        using var tree = FileTree.Open(DataPlace.Find(Path, Marker, Folder, Archive, Known));
        bool fine = Labels == Cifar100Labels.Fine;
        var files = new CifarFiles(tree, labelBytes: 2, labelAt: fine ? 1 : 0, fine ? FineNames : CoarseNames, AllowPartial);
        CifarPart[] parts =
        [
            new("cifar100/train", ["train.bin"], PublishedTrain),
            new("cifar100/test", ["test.bin"], PublishedTest),
        ];
        var sets = files.Read(parts, context?.Stop ?? default);
        return new DataSplits(Known, sets[0], sets[1]);
    }
}
