using Pupil.Cli.Download;

namespace Pupil.Cli.Display;

/// <summary>The sentences of the tool about data sets and downloads.</summary>
internal static class DownloadTexts
{
    /// <summary>Prints the data sets that can be downloaded.</summary>
    public static void List(IEnumerable<KnownDataSet> sets)
    {
        foreach (var set in sets)
        {
            Output.Line($"{set.Name,-15}{(set.Bytes is long bytes ? Size(bytes) : "size unknown"),8}  {set.About}");
            Output.Line($"{"",25}{set.Terms}");
            Output.Line($"{"",25}{set.Page}");
        }
    }

    /// <summary>Returns an event as a sentence; null for events that only move a bar.</summary>
    public static string? Of(DownloadProgress progress) => progress switch
    {
        DownloadKept kept => $"{Output.PathFromHere(kept.Path)}: exists, and its checksum is right.",
        DownloadStarted { From: 0 } started => $"{started.File}: getting {Whole(started.Bytes)} from {started.Source}",
        DownloadStarted started => $"{started.File}: resuming after {Size(started.From)} of {Whole(started.Bytes)} from {started.Source}",
        DownloadStartedOver over => $"{over.File}: starting over: {over.Reason}.",
        DownloadRetrying retrying => $"{retrying.File}: {retrying.Reason}; trying again in {Output.Time(retrying.Wait.TotalSeconds)} "
            + $"({retrying.Retry} of {retrying.Retries}).",
        DownloadFinished finished => $"{Output.PathFromHere(finished.Path)}: {Size(finished.Bytes)}, and its checksum is right.",
        _ => null,
    };

    /// <summary>Formats a number of bytes: <c>4.5 kB</c>, <c>170.1 MB</c>, <c>1.58 GB</c>.</summary>
    public static string Size(long bytes) => bytes switch
    {
        >= 1_000_000_000 => $"{bytes / 1e9:0.00} GB",
        >= 1_000_000 => $"{bytes / 1e6:0.0} MB",
        >= 1_000 => $"{bytes / 1e3:0.0} kB",
        _ => $"{bytes} bytes",
    };

    private static string Whole(long? bytes) => bytes is long known ? Size(known) : "an unknown size";
}
