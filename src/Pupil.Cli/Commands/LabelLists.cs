using System.Globalization;
using nietras.SeparatedValues;
using Pupil.Cli.ContactSheets;
using Pupil.Cli.Display;
using Pupil.Core;
using Pupil.Experiments.Runs;
using Pupil.Images;

namespace Pupil.Cli.Commands;

/// <summary>Writes the answers of an expert: a list of the sure ones, and a list and a contact sheet of the doubtful ones.</summary>
/// <param name="set">The pictures, with the names of their files.</param>
/// <param name="pictures">The folder, archive or list of the pictures.</param>
/// <param name="target">The list to write; the other files are named after it.</param>
internal sealed class LabelLists(ImageSet set, string pictures, string target)
{
    private const int MostOnSheet = 200, MostClasses = 20;

    private readonly string _root = Path.GetExtension(pictures).Equals(".csv", StringComparison.OrdinalIgnoreCase)
        ? Path.GetDirectoryName(Path.GetFullPath(pictures))! : Path.GetFullPath(pictures);

    private readonly string _folder = Path.GetDirectoryName(Path.GetFullPath(target))!;

    /// <summary>Writes the files, and says what is in them.</summary>
    /// <param name="labels">The answers.</param>
    /// <param name="least">The least confidence of a sure one, 0…1.</param>
    /// <exception cref="UserErrorException">A file cannot be written.</exception>
    public void Write(IReadOnlyList<ExpertLabel> labels, double least)
    {
        var kept = labels.Where(label => label.Confidence >= least).ToList();
        WriteList(target, kept);
        Output.Line($"{kept.Count:N0} of {labels.Count:N0} pictures are labelled with a confidence of {least:0.##} or more: {target}");
        foreach (var (label, count) in kept.CountBy(TextOf).OrderByDescending(entry => entry.Value).Take(MostClasses))
            Output.Line($"  {count,7:N0}  {(label.Length == 0 ? "(none)" : label)}");
        if (kept.Count < labels.Count)
            WriteDoubtful([.. labels.Where(label => label.Confidence < least).OrderBy(label => label.Confidence)], least);
    }

    private void WriteDoubtful(IReadOnlyList<ExpertLabel> doubtful, double least)
    {
        string list = Path.ChangeExtension(target, ".doubtful.csv"), sheet = Path.ChangeExtension(target, ".doubtful.png");
        WriteList(list, doubtful);
        ContactTile[] tiles = [.. doubtful.Take(MostOnSheet).Select(TileOf)];
        bool areAll = tiles.Length == doubtful.Count;
        string which = areAll ? "" : $", the least sure {tiles.Length} of them";
        ContactSheet.WritePng(new ContactSheetContent("Doubtful pictures", $"{doubtful.Count:N0} pictures below a confidence of "
            + $"{least:0.##}{which}: the expert's guess, confidence, file.", tiles), sheet);
        Output.Line($"{doubtful.Count:N0} are doubtful: {list} has the expert's guesses, {sheet} shows "
            + $"{(areAll ? "them" : $"the least sure {tiles.Length}")}. Mend the list, and add its lines to the other.");
    }

    private void WriteList(string file, IEnumerable<ExpertLabel> labels)
    {
        using var writer = Sep.Writer(options => options with { Sep = new Sep(','), Escape = true }).ToText();
        foreach (var label in labels)
        {
            using var row = writer.NewRow();
            row["path"].Set(Path.GetRelativePath(_folder, Path.Combine(_root, FileOf(label))).Replace('\\', '/'));
            row["label"].Set(TextOf(label));
            row["confidence"].Set(label.Confidence.ToString("0.0000", CultureInfo.InvariantCulture));
        }
        string text = writer.ToString();
        AtomicFile.WriteText(file, text.Length > 0 ? text : "path,label,confidence\n");
    }

    private ContactTile TileOf(ExpertLabel label) => new(
        $"{TextOf(label)} {Output.Percent(label.Confidence)} {FileOf(label)}", TilePicture.Of(set, label.Index), null, []);

    private string FileOf(ExpertLabel label) => set.Files![label.Index];

    private string TextOf(ExpertLabel label) => string.Join(';', label.Labels.Select(number => set.Classes[number]));
}
