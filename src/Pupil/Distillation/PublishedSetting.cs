using static System.FormattableString;

namespace Pupil.Distillation;

/// <summary>How weights act in another setting than the one that they were published for.</summary>
internal static class PublishedSetting
{
    private const int BatchSize = 64, Classes = 10;

    /// <summary>Returns a note on a term that is inversely proportional to the batch size; none at the published size.</summary>
    /// <param name="method">The name of the method.</param>
    /// <param name="weight">Its weight.</param>
    /// <param name="batchSize">The batch size.</param>
    public static IReadOnlyList<string> OfBatch(string method, double weight, int batchSize) => batchSize == BatchSize ? [] :
    [
        Invariant($"The term of {method} falls with the batch size: its weight {weight:#,0.####} acts here, with batches of {batchSize}, ")
            + Invariant($"about as {weight * BatchSize / batchSize:#,0.####} does with batches of {BatchSize}, for which the default was ")
            + "published.",
    ];

    /// <summary>Returns a note on a term that is a sum over the classes; none for ten, as in CIFAR-10.</summary>
    /// <param name="method">The name of the method.</param>
    /// <param name="gamma">Its weight γ.</param>
    /// <param name="classes">The number of classes.</param>
    /// <param name="isOfLogits">Whether the term compares logits; probabilities and divergences do not grow with the classes.</param>
    public static IReadOnlyList<string> OfClasses(string method, double gamma, int classes, bool isOfLogits) =>
        classes == Classes || !isOfLogits ? [] :
        [
            Invariant($"The path term of {method} is a sum over the classes: γ {gamma:0.####} with {classes} classes weighs about as ")
                + Invariant($"{gamma * classes / Classes:0.####} does with {Classes}, as in CIFAR-10."),
        ];
}
