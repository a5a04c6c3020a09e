using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Pupil.Distillation;
using Pupil.Distillation.Methods;
using Pupil.Settings;

namespace Pupil.Experiments.Recipes;

/// <summary>
/// A comparison: rows (methods, or settings of one) × seeds × recipes (data sets and pairs of networks), under one protocol. Every
/// combination is a cell with a run of its own. See <see cref="ComparisonBook"/>.
/// </summary>
public sealed record Comparison
{
    /// <summary>The name of the row without a teacher, which every comparison has.</summary>
    public const string Alone = "alone";

    /// <summary>The name of the comparison and of its folder: letters, digits, dots, underscores, dashes.</summary>
    [Description("The name of the comparison and of its folder."), RegularExpression("^[A-Za-z0-9][A-Za-z0-9._-]{0,80}$")]
    public required string Name { get; init; }

    /// <summary>The purpose of the comparison, in a sentence.</summary>
    [Description("The purpose of the comparison, in a sentence.")]
    public string About { get; init; } = "";

    /// <summary>
    /// Recipe files, relative to the comparison's file, or names of recipes that come with Pupil: one per data set and pair of networks.
    /// Students that are not taught are left out, since the row <c>alone</c> measures them.
    /// </summary>
    [Description("Recipe files, relative to this file, or names of recipes that come with Pupil: one per data set and pair of networks.")]
    [MinLength(1)]
    public required IReadOnlyList<string> Recipes { get; init; }

    /// <summary>The seeds of every row. Default 0, 1, 2.</summary>
    [Description("The seeds of every row."), MinLength(1), Range(0, int.MaxValue)]
    public IReadOnlyList<int> Seeds { get; init; } = [0, 1, 2];

    /// <summary>
    /// The seeds that were added after results were seen. Set by Pupil where they are added to a folder with trained cells. Null for none.
    /// </summary>
    [Description("The seeds that were added after results were seen; set by itself where they are added to a folder with trained cells.")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<int>? LaterSeeds { get; init; }

    /// <summary>
    /// Whether each seed draws its own parts (training images, held-out images, and with them the images of a trained expert), or all seeds
    /// share those of the recipe. Null: each seed draws its own, except in a folder that an earlier version began.
    /// </summary>
    [Description("Whether each seed draws its own training and held-out images (per-seed), or all seeds have the same ones (fixed); "
        + "null: per-seed, except in the folder of a comparison that was begun without.")]
    public SeedParts? Parts { get; init; }

    /// <summary>
    /// The differences that the comparison is made for, named before its first result. They have a table of their own, with the
    /// probability corrected for their number (Holm 1979); all other differences are exploratory.
    /// </summary>
    [Description("The differences that the comparison is made for, such as \"ctkd - kd\", named before its first result; "
        + "all others are exploratory.")]
    public IReadOnlyList<Contrast> Contrasts { get; init; } = [];

    /// <summary>
    /// Values that <c>pupil search</c> tries in every row, such as <c>training.optimizer.learningRate=0.05,0.1,0.2</c>; a comparison leaves
    /// them out. See <see cref="TriedValues"/>.
    /// </summary>
    [Description("Values that pupil search tries in every row, such as \"training.optimizer.learningRate=0.05,0.1,0.2\"; "
        + "a comparison leaves them out.")]
    public IReadOnlyList<string> Try { get; init; } = [];

    /// <summary>Values that replace those of every recipe, before those of the rows, such as <c>training.epochs=30</c>.</summary>
    [Description("Values that replace those of every recipe, before those of the rows, such as \"training.epochs=30\".")]
    public IReadOnlyList<string> Set { get; init; } = [];

    /// <summary>The rows. <see cref="Alone"/>, the student without a teacher, is added as the first row if it is missing.</summary>
    [Description("The rows to compare. The student without a teacher (alone) is added as the first row if it is missing."), MinLength(1)]
    public required IReadOnlyList<ComparisonRow> Rows { get; init; }
}

/// <summary>The parts of the data that the seeds of a comparison draw.</summary>
public enum SeedParts
{
    /// <summary>Each seed draws its training images and held-out images, so that intervals hold for other images too.</summary>
    PerSeed,

    /// <summary>All seeds have the images of the recipe's <see cref="DataOptions.SplitSeed"/>, and one expert.</summary>
    Fixed,
}

/// <summary>The difference of two rows.</summary>
[StringShorthand("rows")]
public sealed record Contrast
{
    private const string Less = " - ";

    /// <summary>The names of the two rows, <c>ROW - BASELINE</c>.</summary>
    [Description("The names of the two rows: \"ROW - BASELINE\"."), RegularExpression("^[^ ]+ - [^ ]+$"), Examples("ctkd - kd")]
    public required string Rows { get; init; }

    /// <summary>
    /// Whether it was chosen after results were seen. Set by Pupil where it is added to a folder with trained cells. Default false.
    /// </summary>
    [Description("Whether it was chosen after results were seen; set by itself where it is added to a folder with trained cells.")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Exploratory { get; init; }

    /// <summary>The name of the row.</summary>
    internal string Row => Rows.Split(Less)[0];

    /// <summary>The name of the row that is subtracted.</summary>
    internal string Baseline => Rows.Split(Less)[1];
}

/// <summary>
/// One row of a comparison. Without <see cref="Set"/>, it is the method of its name, or <c>alone</c>. A recipe with that method keeps its
/// own options; otherwise the method has its defaults.
/// </summary>
[StringShorthand("name")]
public sealed record ComparisonRow
{
    /// <summary>The name of the row in tables and folders: letters, digits, dots, underscores, dashes, plus and equals signs.</summary>
    [Description("The name of the row in tables and folders; without set, the name of a method.")]
    [RegularExpression("^[A-Za-z0-9][A-Za-z0-9._+=-]{0,60}$")]
    [Examples("kd", "ctkd", "gamma=0.1")]
    public required string Name { get; init; }

    /// <summary>The title of the row in tables; null for its name.</summary>
    [Description("The title of the row in tables; null for its name."), MinLength(1)]
    public string? Title { get; init; }

    /// <summary>
    /// Values of the recipe that make this row, such as <c>method.gamma=0.1</c>. Empty: the recipe as it is; null: the method of the row's
    /// name.
    /// </summary>
    [Description("Values of the recipe that make this row, such as \"method.gamma=0.1\"; empty: the recipe as it is; "
        + "null: the method of the row's name.")]
    public IReadOnlyList<string>? Set { get; init; }

    /// <summary>Values that <c>pupil search</c> tries in this row, beside those of <see cref="Comparison.Try"/>.</summary>
    [Description("Values that pupil search tries in this row, such as \"method.beta=100,1000,10000\"; a comparison leaves them out.")]
    public IReadOnlyList<string> Try { get; init; } = [];

    /// <summary>Returns the values that this row replaces in a recipe with the given method.</summary>
    internal IReadOnlyList<string> OverridesFor(MethodOptions own) =>
        Set ?? (Name == own.MethodName ? [] : [$"method={{\"name\":\"{MethodByName}\"}}"]);

    private string MethodByName => Name == Comparison.Alone ? new SupervisedOptions().MethodName : Name;

    /// <summary>Returns the error of a row that names a method that does not exist; otherwise null.</summary>
    internal string? WrongName()
    {
        if (Set is not null || Name == Comparison.Alone || MethodCatalogue.Names.Contains(Name))
            return null;
        string names = string.Join(", ", MethodCatalogue.Names);
        return $"found '{Name}', expected the name of a method ({names}), or a row with values of its own: "
            + $"{{ \"name\": \"{Name}\", \"set\": [\"method.…=…\"] }}.{NearestName.Hint(Name, MethodCatalogue.Names)}";
    }
}
