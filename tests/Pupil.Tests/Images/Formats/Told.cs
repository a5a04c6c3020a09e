using Pupil.Images;

namespace Pupil.Tests.Images.Formats;

/// <summary>Keeps what a source tells while it loads, at once and in order.</summary>
internal sealed class Told : IProgress<LoadProgress>
{
    public List<LoadProgress> Reports { get; } = [];

    /// <summary>What is done at each report.</summary>
    public Action<LoadProgress>? At { get; init; }

    public void Report(LoadProgress value)
    {
        Reports.Add(value);
        At?.Invoke(value);
    }
}
