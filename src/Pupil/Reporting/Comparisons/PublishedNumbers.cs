using System.Reflection;
using System.Text.Json;
using Pupil.Experiments.Recipes;
using Pupil.Images.Formats.Cifar;
using Pupil.Images.Formats.Svhn;
using Pupil.Settings;
using static System.FormattableString;

namespace Pupil.Reporting.Comparisons;

/// <summary>The unit of a published table's values.</summary>
internal enum PublishedMeasure
{
    /// <summary>Correctly classified images, in percent.</summary>
    Accuracy,

    /// <summary>Wrongly classified images, in percent.</summary>
    Error,
}

/// <summary>Numbers that were published together, for one data set and one protocol.</summary>
internal sealed record PublishedTable
{
    /// <summary>The paper or repository.</summary>
    public required string Source { get; init; }

    /// <summary>The data set, by its name in <see cref="PublishedNumbers.DataOf"/>.</summary>
    public required string Data { get; init; }

    /// <summary>The unit of the values.</summary>
    public required PublishedMeasure Measure { get; init; }

    /// <summary>The protocol in words: schedule, batch size, tested epoch, seeds.</summary>
    public required string Protocol { get; init; }

    /// <summary>Epochs; null where not stated.</summary>
    public int? Epochs { get; init; }

    /// <summary>Images in a batch; null where not stated.</summary>
    public int? BatchSize { get; init; }

    /// <summary>Training images; null where not stated.</summary>
    public int? TrainImages { get; init; }

    /// <summary>The numbers for each pair of networks.</summary>
    public required IReadOnlyList<PublishedPair> Pairs { get; init; }
}

/// <summary>The numbers of one pair of networks.</summary>
internal sealed record PublishedPair
{
    /// <summary>The teacher, by its name in recipes; null for a student alone.</summary>
    public string? Expert { get; init; }

    /// <summary>The student, by its name in recipes.</summary>
    public required string Student { get; init; }

    /// <summary>Percentages by method; <c>supervised</c> is the student alone, <c>expert</c> the teacher alone.</summary>
    public required IReadOnlyDictionary<string, double> Values { get; init; }

    /// <summary>Deviations over runs, in percentage points, where published.</summary>
    public IReadOnlyDictionary<string, double> Deviations { get; init; } = new Dictionary<string, double>();

    /// <summary>Methods whose value could not be checked against its source.</summary>
    public IReadOnlyList<string> Unverified { get; init; } = [];

    /// <summary>Notes on the values of methods.</summary>
    public IReadOnlyDictionary<string, string> Notes { get; init; } = new Dictionary<string, string>();
}

/// <summary>One published number.</summary>
/// <param name="Accuracy">Test accuracy, 0…1.</param>
/// <param name="Deviation">Its deviation over runs, 0…1, where published.</param>
/// <param name="IsVerified">Whether it was checked against its source.</param>
/// <param name="Note">A note, or null.</param>
/// <param name="Table">The table that contains it.</param>
internal sealed record PublishedNumber(double Accuracy, double? Deviation, bool IsVerified, string? Note, PublishedTable Table);

/// <summary>
/// Published accuracies for comparison with runs of the same data set, pair and method, each with its protocol and source. None is
/// from the collaborative teaching paper, whose numbers were not available.
/// </summary>
internal static class PublishedNumbers
{
    private const string Resource = "published-numbers.jsonc", Alone = "supervised", Expert = "expert";

    private static readonly JsonSerializerOptions WithComments =
        new(SettingsJson.Options) { ReadCommentHandling = JsonCommentHandling.Skip };

    private static readonly Lazy<IReadOnlyList<PublishedTable>> Read = new(() =>
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(Resource)!;
        return JsonSerializer.Deserialize<IReadOnlyList<PublishedTable>>(stream, WithComments)!;
    });

    /// <summary>All published tables.</summary>
    public static IReadOnlyList<PublishedTable> Tables => Read.Value;

    /// <summary>Returns the published tables' name for a recipe's data set; null for a data set that they do not contain.</summary>
    public static string? DataOf(DataOptions data) => data.Source switch
    {
        Cifar10Source => "cifar10",
        Cifar100Source { Labels: Cifar100Labels.Fine } => "cifar100",
        SvhnSource => "svhn",
        _ => null,
    };

    /// <summary>Returns a method's numbers for one pair of networks.</summary>
    /// <param name="data">The data set.</param>
    /// <param name="expert">The teacher.</param>
    /// <param name="student">The student.</param>
    /// <param name="method">The method, by its name in recipes.</param>
    public static IReadOnlyList<PublishedNumber> OfPair(string data, string expert, string student, string method) =>
        Where(data, (pair, key) => key == method && pair.Expert == expert && pair.Student == student);

    /// <summary>Returns the numbers of a network alone, from any pair.</summary>
    /// <param name="data">The data set.</param>
    /// <param name="network">The network.</param>
    public static IReadOnlyList<PublishedNumber> OfAlone(string data, string network) =>
        [.. Where(data, (pair, key) => (key == Alone && pair.Student == network) || (key == Expert && pair.Expert == network))
            .DistinctBy(number => (number.Table, number.Accuracy))];

    private static IReadOnlyList<PublishedNumber> Where(string data, Func<PublishedPair, string, bool> fits) =>
    [
        .. from table in Tables
           where table.Data == data
           from pair in table.Pairs
           from entry in pair.Values
           where fits(pair, entry.Key)
           select new PublishedNumber(
               (table.Measure == PublishedMeasure.Accuracy ? entry.Value : 100 - entry.Value) / 100,
               pair.Deviations.TryGetValue(entry.Key, out double deviation) ? deviation / 100 : null,
               !pair.Unverified.Contains(entry.Key), pair.Notes.GetValueOrDefault(entry.Key), table),
    ];
}

/// <summary>Writes published numbers into cells, each with a letter that refers to its source and protocol.</summary>
internal sealed class PublishedNotes
{
    private readonly OrderedDictionary<string, string> _marks = [];

    /// <summary>The notes that the cells so far refer to.</summary>
    public IEnumerable<TextNote> Notes => _marks.Select(entry => new TextNote(entry.Key, entry.Value));

    /// <summary>Makes a cell with numbers.</summary>
    /// <param name="numbers">The numbers.</param>
    /// <param name="own">The protocol of the runs; null if unknown.</param>
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

    // A value that is not stated counts as different.
    private static string Other(PublishedTable table, OwnProtocol? own)
    {
        if (own is null)
            return "";
        (string What, string One, int Own, int? There)[] all =
        [
                ("training images", "training image", own.TrainImages, table.TrainImages),
                ("epochs", "epoch", own.Epochs, table.Epochs),
                ("images a batch", "image a batch", own.BatchSize, table.BatchSize),
            ];
        string[] others = [.. all.Where(value => value.There != value.Own)
                .Select(value => (value, Name: value.Own == 1 ? value.One : value.What))
                .Select(entry => Invariant($"{entry.value.Own:N0} {entry.Name} (published: {Stated(entry.value.There)})"))];
        return others.Length == 0
            ? " The same number of training images and epochs, and the same batch size, are used here."
            : $" Another protocol: here {string.Join(", ", others)}.";

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
