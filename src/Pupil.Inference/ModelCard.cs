using System.Text.Json;
using System.Text.Json.Serialization;
using Pupil.Inference.Pictures;

namespace Pupil.Inference;

/// <summary>The tuning of a model's weights in simulated 8 bits. Accuracies are those of the test images, 0…1.</summary>
/// <param name="Teacher">The teacher, in words.</param>
/// <param name="Epochs">The number of epochs.</param>
/// <param name="StudentTop1">The accuracy of the student in float32.</param>
/// <param name="CalibratedTop1">The accuracy of the model in int8 without tuning.</param>
/// <param name="TunedTop1">The accuracy of the model.</param>
public sealed record ModelTuning(string Teacher, int Epochs, double StudentTop1, double CalibratedTop1, double TunedTop1);

/// <summary>The description of an exported model, in the metadata of its file.</summary>
public sealed record ModelCard
{
    /// <summary>The metadata key of the card, which is stored as JSON.</summary>
    internal const string Key = "pupil.model";

    /// <summary>The version of a card of a model with one label a picture.</summary>
    internal const int FirstVersion = 1;

    /// <summary>
    /// The version of a card with <see cref="SeveralLabels"/>, which an older Pupil must not read: it would take the logits for those of a
    /// softmax.
    /// </summary>
    internal const int CurrentVersion = 2;

    internal static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        RespectNullableAnnotations = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower) },
    };

    /// <summary>The card's version.</summary>
    public int Version { get; init; } = FirstVersion;

    /// <summary>The network's name.</summary>
    public required string Network { get; init; }

    /// <summary>The class names, in the order of its outputs.</summary>
    public required IReadOnlyList<string> Classes { get; init; }

    /// <summary>C of the images, 1 or 3.</summary>
    public required int Channels { get; init; }

    /// <summary>Height of the network's images, in pixels.</summary>
    public required int Height { get; init; }

    /// <summary>Width of the network's images, in pixels.</summary>
    public required int Width { get; init; }

    /// <summary>The mean of each channel, 0…1 with white = 1.</summary>
    public required double[] Mean { get; init; }

    /// <summary>The deviation of each channel, in the same unit.</summary>
    public required double[] Deviation { get; init; }

    /// <summary>How a picture becomes a square.</summary>
    public PictureFit Fit { get; init; }

    /// <summary>The side of that square, in pixels, before it gets the size of the network's images.</summary>
    public required int Size { get; init; }

    /// <summary>Whether the centre of the square is cut out; otherwise the square is scaled.</summary>
    public bool CutsMiddle { get; init; }

    /// <summary>
    /// Whether the model contains this preprocessing and takes N×H×W×C bytes of any height and width. Otherwise it takes normalized
    /// N×C×H×W numbers.
    /// </summary>
    public bool TakesPictures { get; init; }

    /// <summary>Whether the output is probabilities; otherwise logits.</summary>
    public bool GivesProbabilities { get; init; }

    /// <summary>
    /// Whether a picture has any number of labels, each with a probability of its own, σ(logit). Otherwise it has one, and the
    /// probabilities of all classes, softmax(logits), sum to 1.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool SeveralLabels { get; init; }

    /// <summary>
    /// With several labels a picture, the K probabilities from which on a picture has a class, 0…1; null: 0.5 for each. They have the
    /// highest F1 on images that the network was not trained on.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<double>? Thresholds { get; init; }

    /// <summary>The number format of the weights: <c>float32</c>, <c>float16</c> or <c>int8</c>.</summary>
    public string Precision { get; init; } = "float32";

    /// <summary>The number of trained parameters; 0 if unknown.</summary>
    public long Parameters { get; init; }

    /// <summary>Multiply-adds of convolutions and classifier for one image; 0 if unknown.</summary>
    public long MultiplyAdds { get; init; }

    /// <summary>Test accuracy, measured before the export, 0…1; null if not measured, and with several labels a picture.</summary>
    public double? TestTop1 { get; init; }

    /// <summary>
    /// The mean average precision on the test images with several labels a picture, measured before the export, 0…1; null if
    /// not measured.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? TestMeanAveragePrecision { get; init; }

    /// <summary>
    /// The temperature of its probabilities, softmax(logits / temperature), fitted on images that it was not trained on; null: 1. Contained
    /// in the model if <see cref="GivesProbabilities"/>.
    /// </summary>
    public double? Temperature { get; init; }

    /// <summary>The expected calibration error of the test images without the temperature, 15 bins, 0…1; null if not measured.</summary>
    public double? CalibrationErrorBefore { get; init; }

    /// <summary>The expected calibration error of the test images with the temperature, 15 bins, 0…1; null if not measured.</summary>
    public double? CalibrationError { get; init; }

    /// <summary>
    /// The largest probability at which a picture still counts as one of none of the classes, 0…1; null: every picture counts as one of a
    /// class.
    /// </summary>
    public double? RejectionThreshold { get; init; }

    /// <summary>The stated share of other pictures that the threshold accepts as one of a class, 0…1; null without a threshold.</summary>
    public double? FalseAccept { get; init; }

    /// <summary>The share of the test images that the threshold rejects, 0…1; null without a threshold.</summary>
    public double? FalseReject { get; init; }

    /// <summary>How its weights were tuned for int8; null if they were not.</summary>
    public ModelTuning? Tuning { get; init; }

    /// <summary>SHA-256 of the recipe of its training; empty if unknown.</summary>
    public string RecipeHash { get; init; } = "";

    /// <summary>Returns the probability from which on a picture has a class, with several labels a picture.</summary>
    internal double ThresholdOf(int label) => Thresholds?[label] ?? 0.5;

    /// <summary>Returns the card as JSON.</summary>
    internal string ToJson() => JsonSerializer.Serialize(this, Json);

    /// <summary>Reads a card.</summary>
    /// <param name="metadata">The model's metadata.</param>
    /// <param name="path">The file, for messages.</param>
    /// <exception cref="UserErrorException">There is no card, or one that cannot be read.</exception>
    internal static ModelCard FromMetadata(IReadOnlyDictionary<string, string> metadata, string path)
    {
        if (!metadata.TryGetValue(Key, out string? text))
        {
            throw new UserErrorException($"{path}: found no '{Key}' in its metadata, expected a model that Pupil exported.")
            {
                Cause = new ModelWithoutCard(),
            };
        }
        try
        {
            var card = JsonSerializer.Deserialize<ModelCard>(text, Json) ?? throw new JsonException("null");
            if (card.Version is < FirstVersion or > CurrentVersion)
            {
                throw new UserErrorException(
                    $"{path}: found card version {card.Version}, expected {FirstVersion} or {CurrentVersion}; "
                    + "use the Pupil that wrote it, or a newer one.");
            }
            return card.IsValid ? card : throw new JsonException("invalid values");
        }
        catch (JsonException error)
        {
            throw new UserErrorException($"{path}: its '{Key}' metadata cannot be read ({error.Message}); export it again.", error);
        }
    }

    private bool IsValid
    {
        get
        {
            bool isNormal = Mean.Length == Channels && Deviation.Length == Channels && Deviation.All(deviation => deviation > 0)
                && Mean.Concat(Deviation).All(double.IsFinite);
            bool isPlaced = IsSide(Height) && IsSide(Width) && IsSide(Size) && Enum.IsDefined(Fit)
                && (!CutsMiddle || Math.Max(Height, Width) <= Size);
            // The serializer does not check the items of lists for null.
            bool isTuned = Tuning is null
                || Tuning.Epochs > 0 && new double?[] { Tuning.StudentTop1, Tuning.CalibratedTop1, Tuning.TunedTop1 }.All(IsShare);
            bool isCalibrated = Temperature is null or (>= 1e-3 and <= 1e3)
                && new[] { CalibrationErrorBefore, CalibrationError, RejectionThreshold, FalseAccept, FalseReject }.All(IsShare);
            bool isDeciding = IsShare(TestMeanAveragePrecision)
                && (Thresholds is null || (Thresholds.Count == Classes.Count && Thresholds.All(least => IsShare(least))));
            return isNormal && isPlaced && isCalibrated && isTuned && isDeciding && Channels is 1 or 3 && Classes.Count > 1
                && !Classes.Contains(null!);

            static bool IsShare(double? share) => share is null or (>= 0 and <= 1);

            static bool IsSide(int pixels) => pixels is > 0 and <= 4096;
        }
    }
}
