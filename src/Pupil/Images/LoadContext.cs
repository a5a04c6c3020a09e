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

    /// <summary>
    /// The classes of a network that the images measure and do not train; null for a whole data set. A source of pictures then returns
    /// only images to measure, labelled by these classes: its test part or, if it has none of its own, all its pictures.
    /// <see cref="DataSplits"/> has them as both parts.
    /// </summary>
    internal IReadOnlyList<string>? MeasuredClasses { get; init; }

    /// <summary>The number of labels of each image by which such a network was trained. Default one.</summary>
    internal Labelling MeasuredLabelling { get; init; }

    /// <summary>The environment variable that names the folder of decoded pictures.</summary>
    internal const string CacheVariable = "PUPIL_CACHE";

    /// <summary>Returns <see cref="CacheFolder"/>, or the folder that the environment gives.</summary>
    /// <param name="environment">Returns an environment variable; null where it is not set.</param>
    /// <exception cref="UserErrorException">There is neither a home folder nor the variable.</exception>
    internal string FolderOfCache(Func<string, string?> environment)
    {
        if (CacheFolder is { } given)
            return given;
        if (environment(CacheVariable) is { Length: > 0 } chosen)
            return Path.GetFullPath(chosen);
        // The XDG specification requires that a relative path be ignored.
        if (environment("XDG_CACHE_HOME") is { } cache && Path.IsPathFullyQualified(cache))
            return Path.Combine(cache, "pupil", "images");
        string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        return home.Length > 0
            ? Path.Combine(home, ".cache", "pupil", "images")
            : throw new UserErrorException("Found no home folder, expected one for the cache of decoded pictures; "
                + $"set {CacheVariable} to a folder.");
    }
}

/// <summary>The progress of loading a data set.</summary>
/// <param name="Activity">The activity, such as <c>decoding pictures</c>.</param>
/// <param name="Done">The number of finished items.</param>
/// <param name="Total">The number of all items.</param>
public sealed record LoadProgress(string Activity, long Done, long Total);
