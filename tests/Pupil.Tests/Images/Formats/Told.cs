using Pupil.Images;

namespace Pupil.Tests.Images.Formats;

/// <summary>Records the progress reports of a source synchronously and in order.</summary>
internal sealed class Told : IProgress<LoadProgress>
{
    public List<LoadProgress> Reports { get; } = [];

    /// <summary>An action on each report; null for none.</summary>
    public Action<LoadProgress>? At { get; init; }

    public void Report(LoadProgress value)
    {
        Reports.Add(value);
        At?.Invoke(value);
    }
}
