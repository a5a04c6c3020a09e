using System.Reflection;
using System.Text.Json;
using Pupil.Experiments.Recipes;
using Pupil.Images.Formats.Cifar;
using Pupil.Images.Formats.Svhn;
using Pupil.Settings;
using static System.FormattableString;

namespace Pupil.Reporting.Comparisons;

/// <summary>What a published table counts.</summary>
public enum PublishedMeasure
{
    /// <summary>Images that are right, in percent.</summary>
    Accuracy,

    /// <summary>Images that are wrong, in percent.</summary>
    Error,
}

/// <summary>Numbers that were published together, for one data set and by one protocol.</summary>
public sealed record PublishedTable
{
    /// <summary>The paper or repository.</summary>
    public required string Source { get; init; }

    /// <summary>The data set, by its name in recipes.</summary>
    public required string Data { get; init; }

    /// <summary>What the values count.</summary>
    public required PublishedMeasure Measure { get; init; }

    /// <summary>How they came about, in words: schedule, batch, which epoch, seeds.</summary>
    public required string Protocol { get; init; }

    /// <summary>Epochs; null where not stated.</summary>
    public int? Epochs { get; init; }

    /// <summary>Images in a step; null where not stated.</summary>
    public int? BatchSize { get; init; }

    /// <summary>Training images; null where not stated.</summary>
    public int? TrainImages { get; init; }

    /// <summary>The numbers by pair of networks.</summary>
    public required IReadOnlyList<PublishedPair> Pairs { get; init; }
}

/// <summary>The numbers of one pair of networks.</summary>
public sealed record PublishedPair
{
    /// <summary>The teacher, by its name in recipes; null for a student alone.</summary>
    public string? Expert { get; init; }

    /// <summary>The student, by its name in recipes.</summary>
    public required string Student { get; init; }

    /// <summary>Percent by method; <c>supervised</c> is the student alone, <c>expert</c> the teacher alone.</summary>
    public required IReadOnlyDictionary<string, double> Values { get; init; }

    /// <summary>Deviations over runs, in points, where they are published.</summary>
    public IReadOnlyDictionary<string, double> Deviations { get; init; } = new Dictionary<string, double>();

    /// <summary>Methods whose value could not be checked against its source.</summary>
    public IReadOnlyList<string> Unverified { get; init; } = [];

    /// <summary>What must be known of a method's value.</summary>
    public IReadOnlyDictionary<string, string> Notes { get; init; } = new Dictionary<string, string>();
}

/// <summary>One published number.</summary>
/// <param name="Accuracy">Test accuracy, 0…1.</param>
/// <param name="Deviation">Its deviation over runs, 0…1, where published.</param>
/// <param name="IsVerified">Whether it was checked against its source.</param>
/// <param name="Note">What must be known of it, or null.</param>
/// <param name="Table">Where it stands.</param>
public sealed record PublishedNumber(double Accuracy, double? Deviation, bool IsVerified, string? Note, PublishedTable Table);

/// <summary>
/// Numbers that others published, to stand beside ours of the same data set, pair and method, each with its protocol and source. None is the
/// collaborative teaching paper's: its own could not be had.
/// </summary>
public static class PublishedNumbers
{
    private const string Resource = "published-numbers.jsonc", Alone = "supervised", Expert = "expert";

    private static readonly JsonSerializerOptions WithComments = new(SettingsJson.Options) { ReadCommentHandling = JsonCommentHandling.Skip };

    private static readonly Lazy<IReadOnlyList<PublishedTable>> Read = new(() =>
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(Resource)!;
        return JsonSerializer.Deserialize<IReadOnlyList<PublishedTable>>(stream, WithComments)!;
    });

    /// <summary>All of them.</summary>
    public static IReadOnlyList<PublishedTable> Tables => Read.Value;

    /// <summary>The name by which the tables call a recipe's data set; null for one that nobody else has.</summary>
    public static string? DataOf(DataOptions data) => data.Source switch
    {
        Cifar10Source => "cifar10",
        Cifar100Source { Labels: Cifar100Labels.Fine } => "cifar100",
        SvhnSource => "svhn",
        _ => null,
    };

    /// <summary>A method's numbers for one pair of networks.</summary>
    /// <param name="data">The data set.</param>
    /// <param name="expert">The teacher.</param>
    /// <param name="student">The student.</param>
    /// <param name="method">The method, by its name in recipes.</param>
    public static IReadOnlyList<PublishedNumber> OfPair(string data, string expert, string student, string method) =>
        Where(data, (pair, key) => key == method && pair.Expert == expert && pair.Student == student);

    /// <summary>The numbers of a network alone, whichever pair it belongs to.</summary>
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
