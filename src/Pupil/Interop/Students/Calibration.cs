using System.Text.Json.Serialization;

namespace Pupil.Interop.Students;

/// <summary>
/// The temperature of a network's probabilities, softmax(logits / temperature), fitted on images that it was not trained on (Guo et al.
/// 2017), and what that does to the test images.
/// </summary>
/// <param name="Temperature">The temperature, 0.01…100; above 1 for a network that is too sure.</param>
/// <param name="ErrorBefore">The expected calibration error of the test images with temperature 1, 15 bins, 0…1.</param>
/// <param name="ErrorAfter">The same with the temperature, 0…1.</param>
/// <param name="Images">The number of images on which the temperature was fitted.</param>
public sealed record Calibration(double Temperature, double ErrorBefore, double ErrorAfter, int Images)
{
    /// <summary>The lowest and the highest temperature.</summary>
    internal const double Coldest = 0.01, Hottest = 100;

    /// <summary>Whether all values are in their ranges.</summary>
    [JsonIgnore]
    internal bool IsValid => Temperature is >= Coldest and <= Hottest && ErrorBefore is >= 0 and <= 1 && ErrorAfter is >= 0 and <= 1
        && Images > 0;
}
