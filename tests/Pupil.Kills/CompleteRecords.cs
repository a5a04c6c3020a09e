namespace Pupil.Kills;

/// <summary>What is complete in a folder at a moment, and must not be lost or done again.</summary>
/// <param name="folder">The folder.</param>
/// <param name="epochs">The records of each training's epochs that are followed by another: their checkpoint was written.</param>
/// <param name="summaries">The contents of the summaries of finished trainings.</param>
/// <param name="files">All files that have their names.</param>
internal sealed class CompleteRecords(
    string folder, Dictionary<string, string[]> epochs, Dictionary<string, string> summaries, HashSet<string> files)
{
    /// <summary>Reads a folder.</summary>
    public static CompleteRecords In(string folder)
    {
        var files = FolderFiles.In(folder).ToHashSet(StringComparer.Ordinal);
        return new(folder,
            files.Where(file => Path.GetFileName(file) == "epochs.jsonl").ToDictionary(file => file, file => Earlier(folder, file)),
            files.Where(file => Path.GetFileName(file) == "run.json")
                .ToDictionary(file => file, file => File.ReadAllText(Path.Combine(folder, file))),
            [.. files.Where(file => !FolderFiles.MayGo(folder, file))]);
    }

    /// <summary>Returns what of it a later state of the folder lacks; null if nothing is lacking.</summary>
    public string? FaultIn(string later)
    {
        var now = In(later);
        if (files.FirstOrDefault(file => !now.Has(file)) is { } gone)
            return $"{gone} was there, and is gone";
        if (summaries.FirstOrDefault(old => now.Summary(old.Key) != old.Value).Key is { } summary)
            return $"{summary} was written again: finished work was repeated";
        return epochs.FirstOrDefault(old => !now.Epochs(old.Key).Take(old.Value.Length).SequenceEqual(old.Value)).Key is { } lost
            ? $"{lost} lost a record, or has another: an epoch with a checkpoint was trained again" : null;
    }

    private bool Has(string file) => File.Exists(Path.Combine(folder, file));

    private string? Summary(string file) => summaries.GetValueOrDefault(file);

    private string[] Epochs(string file) => File.Exists(Path.Combine(folder, file)) ? File.ReadAllLines(Path.Combine(folder, file)) : [];

    // The newest complete line may be older than its checkpoint, and is then dropped.
    private static string[] Earlier(string folder, string file)
    {
        string text = File.ReadAllText(Path.Combine(folder, file));
        string[] complete = text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return complete.Length == 0 ? [] : complete[..^1];
    }
}
