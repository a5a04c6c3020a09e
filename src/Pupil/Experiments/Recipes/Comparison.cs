using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Pupil.Distillation;
using Pupil.Distillation.Methods;
using Pupil.Settings;

namespace Pupil.Experiments.Recipes;

/// <summary>
/// Rows (methods, or settings of one) × seeds × recipes (data sets and pairs of networks), under one protocol. Every combination is a cell: a run
/// of its own. See <see cref="ComparisonBook"/>.
/// </summary>
public sealed record Comparison
{
    /// <summary>The name of the row without a teacher, which every comparison has.</summary>
    public const string Alone = "alone";

    /// <summary>The comparison's name: what its folder is called. Letters, digits, dots, dashes.</summary>
    [Description("The comparison's name: what its folder is called."), RegularExpression("^[A-Za-z0-9][A-Za-z0-9._-]{0,80}$")]
    public required string Name { get; init; }

    /// <summary>What it is for, in a sentence.</summary>
    [Description("What the comparison is for, in a sentence.")]
    public string About { get; init; } = "";

    /// <summary>
    /// Recipe files, seen from the comparison's own file, or names of recipes that come with Pupil: one for each data set and pair of networks.
    /// Their students that are not taught are left out: the row <c>alone</c> measures them.
    /// </summary>
    [Description("Recipe files, seen from this file, or names of recipes that come with Pupil: one for each data set and pair of networks.")]
    [MinLength(1)]
    public required IReadOnlyList<string> Recipes { get; init; }

    /// <summary>The seeds of every row. Default 0, 1, 2.</summary>
    [Description("The seeds of every row."), MinLength(1), Range(0, int.MaxValue)]
    public IReadOnlyList<int> Seeds { get; init; } = [0, 1, 2];

    /// <summary>Values that replace those of every recipe, before the rows' own: <c>training.epochs=30</c>.</summary>
    [Description("Values that replace those of every recipe, before the rows' own, for example \"training.epochs=30\".")]
    public IReadOnlyList<string> Set { get; init; } = [];

    /// <summary>
    /// What is compared. <see cref="Alone"/>, the student without a teacher, is put before them unless a row is that already.
    /// </summary>
    [Description("What is compared. The student without a teacher (alone) is put before them unless a row is that already."), MinLength(1)]
    public required IReadOnlyList<ComparisonRow> Rows { get; init; }
}

/// <summary>
/// One row of a comparison. Without <see cref="Set"/> it is the method of that name (or <c>alone</c>): the recipe's own, with all the recipe says
/// of it, where that is the one; else the method with its defaults.
/// </summary>
[StringShorthand("name")]
public sealed record ComparisonRow
{
    /// <summary>The row's name, in tables and folders. Letters, digits, dots, dashes, and plus and equals signs within.</summary>
    [Description("The row's name, in tables and folders; without set: the name of a method.")]
    [RegularExpression("^[A-Za-z0-9][A-Za-z0-9._+=-]{0,60}$")]
    [Examples("kd", "ctkd", "gamma=0.1")]
    public required string Name { get; init; }

    /// <summary>What tables call it; null: its name.</summary>
    [Description("What tables call it; null: its name."), MinLength(1)]
    public string? Title { get; init; }

    /// <summary>Values of the recipe that make this row, for example <c>method.gamma=0.1</c>; null: the row is the method of its name.</summary>
    [Description("Values of the recipe that make this row, such as \"method.gamma=0.1\"; empty: the recipe as it is; null: the method of the row's name.")]
    public IReadOnlyList<string>? Set { get; init; }

    /// <summary>What it replaces in a recipe whose own method has this name.</summary>
    internal IReadOnlyList<string> OverridesFor(MethodOptions own) =>
        Set ?? (Name == own.MethodName ? [] : [$"method={{\"name\":\"{MethodByName}\"}}"]);

    private string MethodByName => Name == Comparison.Alone ? new SupervisedOptions().MethodName : Name;

    /// <summary>What is wrong with a row that is a method by its name, or null.</summary>
    internal string? WrongName()
    {
        if (Set is not null || Name == Comparison.Alone || MethodCatalogue.Names.Contains(Name))
            return null;
        string meant = NearestName.Find(Name, MethodCatalogue.Names) is { } near ? $" Did you mean '{near}'?" : "";
        return $"found '{Name}', expected the name of a method ({string.Join(", ", MethodCatalogue.Names)}), or a row with values of its own: "
            + $"{{ \"name\": \"{Name}\", \"set\": [\"method.…=…\"] }}.{meant}";
    }
}
