namespace Pupil.Images;

/// <summary>What surrounds the loading of a data set; nothing here changes what is loaded.</summary>
public sealed record LoadContext
{
    /// <summary>The folder where decoded pictures are kept; null: <c>$PUPIL_CACHE</c>, else <c>pupil/images</c> in the user's cache folder.</summary>
    public string? CacheFolder { get; init; }

    /// <summary>Is told how far the work is, from any thread; the last report of an activity is that all is done.</summary>
    public IProgress<LoadProgress>? Progress { get; init; }

    /// <summary>Asks to stop.</summary>
    public CancellationToken Stop { get; init; }
}

/// <summary>How far the loading of a data set is.</summary>
/// <param name="Activity">What is done, for example <c>decoding pictures</c>.</param>
/// <param name="Done">Items done.</param>
/// <param name="Total">Items in all.</param>
public sealed record LoadProgress(string Activity, long Done, long Total);
