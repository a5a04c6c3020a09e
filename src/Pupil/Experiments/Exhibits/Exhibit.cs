using System.Text.Json;
using System.Text.Json.Serialization;
using Pupil.Core;
using Pupil.Images;
using Pupil.Settings;
using static TorchSharp.torch;

namespace Pupil.Experiments.Exhibits;

/// <summary>An image of the test split as the networks receive it.</summary>
/// <param name="Index">Its index in the test split.</param>
/// <param name="Label">The number of its label among <see cref="Exhibit.Names"/>.</param>
/// <param name="Pixels">H·W·C bytes: rows, columns, channels.</param>
/// <param name="Box">The bounding box of its object; null if unknown.</param>
internal sealed record ExhibitPicture(int Index, int Label, byte[] Pixels, BoundingBox? Box);

/// <summary>The predictions of a network for every image of the test split, with the weights of the last epoch.</summary>
/// <param name="Classes">
/// The class with the largest logit, for each image; with several labels, the combination of all with a probability of at least 0.5.
/// </param>
/// <param name="Probabilities">
/// The probability of that class, 0…1; of a combination, the product of the probabilities that each class is present or absent in it.
/// </param>
internal sealed record Answers(int[] Classes, float[] Probabilities);

/// <summary>The attention maps of one stage of a network.</summary>
/// <param name="Height">H of the maps.</param>
/// <param name="Width">W of the maps.</param>
/// <param name="Maps">For each of the first pictures, H·W numbers that sum to 1; a map of zeros sums to 0.</param>
internal sealed record StageAttention(int Height, int Width, float[][] Maps);

/// <summary>
/// The part of a run that can be viewed later without its images or networks. It holds all predictions for the test split, and the
/// attention maps of a few pictures. One safetensors file.
/// </summary>
internal sealed record Exhibit
{
    private const string CardKey = "pupil.exhibit", VersionKey = "pupil.version", Version = "1";
    private const int LongestSide = 4096;
    private const string LabelsName = "labels";
    private const string PixelsName = "pictures/pixels", IndicesName = "pictures/indices", BoxesName = "pictures/boxes";

    /// <summary>The class names.</summary>
    public required IReadOnlyList<string> Classes { get; init; }

    /// <summary>
    /// With several labels an image, the combinations of classes that occur as labels or predictions, which <see cref="Labels"/> and
    /// <see cref="Answers"/> number; null with one label.
    /// </summary>
    public IReadOnlyList<string>? Combinations { get; init; }

    /// <summary>The names that labels and predictions number: the classes, or their combinations.</summary>
    public IReadOnlyList<string> Names => Combinations ?? Classes;

    /// <summary>H of the pictures, in pixels.</summary>
    public required int Height { get; init; }

    /// <summary>W of the pictures, in pixels.</summary>
    public required int Width { get; init; }

    /// <summary>C of the pictures, 1 or 3.</summary>
    public required int Channels { get; init; }

    /// <summary>The number of the label of every image of the test split, among <see cref="Names"/>.</summary>
    public required int[] Labels { get; init; }

    /// <summary>The pictures: first those with attention maps, then the students' most confident mistakes and
    /// disagreements with experts.</summary>
    public required IReadOnlyList<ExhibitPicture> Pictures { get; init; }

    /// <summary>The predictions, by network.</summary>
    public required IReadOnlyDictionary<string, Answers> Answers { get; init; }

    /// <summary>The attention maps by network and stage, stages in the order of computation.</summary>
    public required IReadOnlyDictionary<string, IReadOnlyDictionary<string, StageAttention>> Attention { get; init; }

    /// <summary>Returns the <see cref="Pictures"/> that a network misclassifies, the most confident mistakes first.</summary>
    public IEnumerable<ExhibitPicture> Mistakes(string network) =>
        from picture in Pictures
        where Answers[network].Classes[picture.Index] != picture.Label
        orderby Answers[network].Probabilities[picture.Index] descending, picture.Index
        select picture;

    /// <summary>
    /// Returns the <see cref="Pictures"/> that one network gets right and another wrong, the most confident pairs of predictions first.
    /// </summary>
    public IEnumerable<ExhibitPicture> Gained(string right, string wrong)
    {
        var pictures = Pictures.ToDictionary(picture => picture.Index);
        return Agreement.Gained(Labels, Answers[right], Answers[wrong]).Where(pictures.ContainsKey).Select(place => pictures[place]);
    }

    internal void Write(string path)
    {
        int count = Pictures.Count;
        using var scope = NewDisposeScope();
        var tensors = new Dictionary<string, Tensor>
        {
            [LabelsName] = tensor(Labels),
            [IndicesName] = tensor(Pictures.Select(picture => picture.Index).ToArray()),
            [PixelsName] = tensor(Pictures.SelectMany(picture => picture.Pixels).ToArray(), [count, Height, Width, Channels]),
            [BoxesName] = tensor(Pictures.SelectMany(picture => Edges(picture.Box)).ToArray(), [count, 4]),
        };
        foreach (var (name, answers) in Answers)
        {
            tensors.Add($"answers/{name}", tensor(answers.Classes));
            tensors.Add($"probabilities/{name}", tensor(answers.Probabilities));
        }
        foreach (var (name, stages) in Attention)
        {
            foreach (var (stage, seen) in stages)
                tensors.Add($"attention/{name}/{stage}", MapsOf(seen));
        }
        var stageNames = Attention.ToDictionary(network => network.Key, network => (IReadOnlyList<string>)[.. network.Value.Keys]);
        var card = new ExhibitCard(Classes, [.. Answers.Keys], stageNames) { Combinations = Combinations };
        var metadata = new Dictionary<string, string>
        {
            [VersionKey] = Version,
            [CardKey] = JsonSerializer.Serialize(card, SettingsJson.Compact),
        };
        SafeTensors.Write(path, tensors, metadata);

        static int[] Edges(BoundingBox? box) => box is { } edges ? [edges.Left, edges.Top, edges.Right, edges.Bottom] : [0, 0, 0, 0];
        static Tensor MapsOf(StageAttention stage) =>
            tensor(stage.Maps.SelectMany(map => map).ToArray(), [stage.Maps.Length, stage.Height, stage.Width]);
    }

    /// <summary>Reads a file.</summary>
    /// <exception cref="UserErrorException">The file is damaged, or of another version.</exception>
    internal static Exhibit Read(string path)
    {
        using var file = SafeTensors.Read(path);
        if (file.Metadata.GetValueOrDefault(VersionKey) is var version && version != Version)
        {
            throw new UserErrorException($"{path}: is of version '{version}', expected '{Version}'; use the Pupil that wrote it, or "
                + "a newer one.");
        }
        try
        {
            return Checked(file.Tensors, JsonSerializer.Deserialize<ExhibitCard>(file.Metadata[CardKey], SettingsJson.Compact)!);
        }
        catch (Exception error) when (IsDamage(error))
        {
            throw new UserErrorException($"{path}: cannot be read ({error.Message}); the file is damaged, delete it.", error);
        }
    }

    private static bool IsDamage(Exception error) => error is KeyNotFoundException or JsonException or ArgumentException
        or IndexOutOfRangeException or NullReferenceException or OverflowException;

    private static Exhibit Checked(IReadOnlyDictionary<string, Tensor> tensors, ExhibitCard card)
    {
        var exhibit = FromTensors(tensors, card);
        return exhibit.Fault() is { } fault ? throw new ArgumentException(fault) : exhibit;
    }

    // Refuses every number that a page cannot show, whatever the file holds.
    private string? Fault()
    {
        int classes = Names.Count;
        if (Classes.Count == 0 || classes == 0 || Classes.Concat(Names).Any(name => name is null)
            || Labels.Any(label => label < 0 || label >= classes))
            return "its labels do not fit its classes";
        if (Height is < 1 or > LongestSide || Width is < 1 or > LongestSide || Channels is not (1 or 3))
            return $"its pictures have {Height}×{Width} pixels in {Channels} channels";
        if (Answers.Values.Any(answers => !Fits(answers, classes)))
            return "its answers do not fit its images";
        foreach (var (network, stages) in Attention)
        {
            if (stages.Keys.FirstOrDefault(stage => !Fits(stages[stage])) is { } wrong)
                return $"the attention of {network}, {wrong}, is not one share for each position";
        }
        if (Pictures.Any(picture => picture.Pixels.Length != Height * Width * Channels))
            return "its pictures are incomplete";
        return Attention.Values.SelectMany(stages => stages.Values).DistinctBy(seen => seen.Maps.Length).Count() > 1
            ? "its networks have attention for different pictures" : null;
    }

    private bool Fits(Answers answers, int classes) =>
        answers.Classes.Length == Labels.Length && answers.Probabilities.Length == Labels.Length
        && answers.Classes.All(answer => answer >= 0 && answer < classes) && answers.Probabilities.All(IsShare);

    private bool Fits(StageAttention seen) =>
        seen is { Height: >= 1, Width: >= 1 } && seen.Maps.Length > 0 && seen.Maps.Length <= Pictures.Count
        && seen.Maps.All(map => map.Length == seen.Height * seen.Width && map.All(IsShare));

    private static bool IsShare(float value) => value is >= 0 and <= 1.001f;

    private static Exhibit FromTensors(IReadOnlyDictionary<string, Tensor> tensors, ExhibitCard card)
    {
        int[] labels = Numbers<int>(tensors[LabelsName]);
        int[] indices = Numbers<int>(tensors[IndicesName]), boxes = Numbers<int>(tensors[BoxesName]);
        long[] shape = tensors[PixelsName].shape;
        byte[][] pixels = [.. Numbers<byte>(tensors[PixelsName]).Chunk((int)(shape[1] * shape[2] * shape[3]))];
        return new()
        {
            Classes = card.Classes,
            Combinations = card.Combinations,
            Height = (int)shape[1],
            Width = (int)shape[2],
            Channels = (int)shape[3],
            Labels = labels,
            Pictures = [.. indices.Select((index, i) => new ExhibitPicture(index, labels[index], pixels[i], Box(boxes.AsSpan(4 * i, 4))))],
            Answers = card.Networks.ToDictionary(name => name,
                name => new Answers(Numbers<int>(tensors[$"answers/{name}"]), Numbers<float>(tensors[$"probabilities/{name}"]))),
            Attention = card.Stages.ToDictionary(network => network.Key, network => (IReadOnlyDictionary<string, StageAttention>)
                network.Value.ToDictionary(stage => stage, stage => Seen(tensors[$"attention/{network.Key}/{stage}"]))),
        };

        static BoundingBox? Box(ReadOnlySpan<int> edges) => edges[0] < edges[2] ? new(edges[0], edges[1], edges[2], edges[3]) : null;
        static StageAttention Seen(Tensor maps) =>
            new((int)maps.shape[1], (int)maps.shape[2], [.. Numbers<float>(maps).Chunk((int)(maps.shape[1] * maps.shape[2]))]);
    }

    // The bytes of another type would be read as numbers of this one.
    private static T[] Numbers<T>(Tensor values) where T : unmanaged
    {
        var type = default(T) switch { int => ScalarType.Int32, byte => ScalarType.Byte, _ => ScalarType.Float32 };
        return values.dtype == type
            ? values.data<T>().ToArray()
            : throw new ArgumentException($"found numbers of type {values.dtype}, expected {type}");
    }

    private sealed record ExhibitCard(
        IReadOnlyList<string> Classes, IReadOnlyList<string> Networks, IReadOnlyDictionary<string, IReadOnlyList<string>> Stages)
    {
        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public IReadOnlyList<string>? Combinations { get; init; }
    }
}
