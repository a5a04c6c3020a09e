using static System.FormattableString;

namespace Pupil.Reporting.Comparisons;

/// <summary>Writes published numbers into cells, each with a letter that leads to its source and protocol.</summary>
internal sealed class PublishedNotes
{
    private readonly OrderedDictionary<string, string> _marks = [];

    /// <summary>The notes that the cells so far point to.</summary>
    public IEnumerable<TextNote> Notes => _marks.Select(entry => new TextNote(entry.Key, entry.Value));

    /// <summary>A cell with numbers.</summary>
    /// <param name="numbers">The numbers.</param>
    /// <param name="own">By what ours was trained; null where that is not known.</param>
    public TextCell Cell(IReadOnlyList<PublishedNumber> numbers, OwnProtocol? own) => new(
        string.Join(", ", numbers.Select(number => $"{Text(number)}{(number.IsVerified ? "" : "?")} [{MarkOf(Note(number, own))}]")));

    private static string Text(PublishedNumber number) =>
        Invariant($"{100 * number.Accuracy:0.00}{(number.Deviation is double deviation ? Invariant($" ± {100 * deviation:0.00}") : "")}");

    private static string Note(PublishedNumber number, OwnProtocol? own)
    {
        var table = number.Table;
        string unverified = number.IsVerified ? "" : " Marked ?: unverified, not checked against its source.";
        string note = number.Note is null ? "" : $" {char.ToUpperInvariant(number.Note[0])}{number.Note[1..]}.";
        return $"{table.Source}: {table.Protocol}.{note}{unverified}{Other(table, own)}";
    }

    // What is not stated is not taken to be the same.
    private static string Other(PublishedTable table, OwnProtocol? own)
    {
        if (own is null)
            return "";
        (string What, int Own, int? There)[] all =
        [
            ("training images", own.TrainImages, table.TrainImages),
            ("epochs", own.Epochs, table.Epochs),
            ("images a batch", own.BatchSize, table.BatchSize),
        ];
        string[] others = [.. all.Where(value => value.There != value.Own)
            .Select(value => Invariant($"{value.Own:N0} {value.What} (there {Stated(value.There)})"))];
        return others.Length == 0
            ? " Training images, epochs and batch size are the same here."
            : $" Other protocol: here {string.Join(", ", others)}.";

        static string Stated(int? value) => value is int stated ? Invariant($"{stated:N0}") : "not stated";
    }

    private string MarkOf(string note)
    {
        if (!_marks.TryGetValue(note, out string? mark))
            _marks.Add(note, mark = Letters(_marks.Count));
        return mark;
    }

    // a … z, aa, ab …
    private static string Letters(int number) => (number < 26 ? "" : Letters(number / 26 - 1)) + (char)('a' + number % 26);
}
