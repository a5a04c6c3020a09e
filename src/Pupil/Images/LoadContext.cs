namespace Pupil.Images;

/// <summary>The context of loading a data set; it does not change the images.</summary>
public sealed record LoadContext
{
    /// <summary>The folder of decoded pictures; null: <c>$PUPIL_CACHE</c>, else <c>pupil/images</c> in the user's cache folder.</summary>
    public string? CacheFolder { get; init; }

    /// <summary>Receives the progress, from any thread; the last report of an activity has all items done.</summary>
    public IProgress<LoadProgress>? Progress { get; init; }

    /// <summary>Requests a stop.</summary>
    public CancellationToken Stop { get; init; }
}

/// <summary>The progress of loading a data set.</summary>
/// <param name="Activity">The activity, such as <c>decoding pictures</c>.</param>
/// <param name="Done">The number of finished items.</param>
/// <param name="Total">The number of all items.</param>
public sealed record LoadProgress(string Activity, long Done, long Total);
