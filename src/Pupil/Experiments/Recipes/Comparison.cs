using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
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

    /// <summary>Values that replace those of every recipe, before those of the rows, such as <c>training.epochs=30</c>.</summary>
    [Description("Values that replace those of every recipe, before those of the rows, such as \"training.epochs=30\".")]
    public IReadOnlyList<string> Set { get; init; } = [];

    /// <summary>The rows. <see cref="Alone"/>, the student without a teacher, is added as the first row if it is missing.</summary>
    [Description("The rows to compare. The student without a teacher (alone) is added as the first row if it is missing."), MinLength(1)]
    public required IReadOnlyList<ComparisonRow> Rows { get; init; }
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
