using System.Collections;
using System.Globalization;
using System.Reflection;
using Pupil.Training;

namespace Pupil.Experiments.Runs;

/// <summary>
/// What the form of a record leaves open. JSON may say null within a list, a number that is too large for what it counts, a share of 300 %: such a
/// record is damaged, whoever wrote it.
/// </summary>
internal static class RecordCheck
{
    // Losses are 32-bit numbers; their squares over seeds still fit in 64 bits.
    private const double Largest = float.MaxValue;
    private const double Rounding = 1e-6;

    /// <summary>The first thing that is wrong with a record, with its place in it; null: nothing.</summary>
    public static string? FaultIn(object record) => FaultIn(record, "");

    /// <summary>What is wrong with an epoch's record that follows another.</summary>
    public static string? FaultIn(EpochRecord record, EpochRecord? before) => FaultIn(record)
        ?? (record.Epoch <= (before?.Epoch ?? 0) ? $"epoch: found {record.Epoch} after {before?.Epoch ?? 0}" : null);

    /// <summary>Why a summary is not one of a recipe's run; null: it is.</summary>
    public static string? FaultBetween(RunSummary summary, Recipes.Recipe recipe)
    {
        if (summary.Seed != recipe.Seed)
            return string.Create(CultureInfo.InvariantCulture, $"is of seed {summary.Seed}, the recipe of seed {recipe.Seed}");
        if (summary.Method != recipe.Method.MethodName)
            return $"is of method '{summary.Method}', the recipe of '{recipe.Method.MethodName}'";
        return recipe.Students.Select(student => student.Name).Except(summary.Networks.Select(result => result.Network.Name)).FirstOrDefault() is { } missing
            ? $"says nothing of '{missing}'" : null;
    }

    /// <summary>Why a summary cannot be taken together with that of another seed; null: it can.</summary>
    public static string? FaultBetween(RunSummary summary, RunSummary first) =>
        summary.Networks.Select(Kind).SequenceEqual(first.Networks.Select(Kind)) ? null
            : $"is of networks {string.Join(", ", summary.Networks.Select(Kind))}, the run of seed {first.Seed} of {string.Join(", ", first.Networks.Select(Kind))}";

    private static string Kind(NetworkResult result) => $"{result.Network.Name} ({result.Network.Architecture})";

    private static string? FaultIn(object? value, string place) => value switch
    {
        null => $"{place}: found null",
        string => null,
        double number when !double.IsFinite(number) || Math.Abs(number) > Largest => FormattableString.Invariant($"{place}: found {number}"),
        IDictionary entries => First(entries.Keys.Cast<object>(), key => FaultIn(entries[key], $"{place}.{key}")),
        IEnumerable elements => First(elements.Cast<object?>().Select((element, i) => (element, i)), at => FaultIn(at.element, $"{place}[{at.i}]")),
        _ when value.GetType().Assembly != typeof(RecordCheck).Assembly || value is Enum => null,
        _ => FaultWithin(value, place) ?? FaultOf(value, place),
    };

    private static string? FaultWithin(object record, string place) => First(Properties(record.GetType()), property =>
        property.GetValue(record) is { } value ? FaultIn(value, $"{place}{(place.Length > 0 ? "." : "")}{char.ToLowerInvariant(property.Name[0])}{property.Name[1..]}") : null);

    // The rest are worked out of these; null where these may be null was looked at when they were read.
    private static IEnumerable<PropertyInfo> Properties(Type type) => type.GetProperties().Where(property => property.CanWrite);

    private static string? FaultOf(object record, string place) => record switch
    {
        Accuracy accuracy => Share(accuracy.Top1, "top1") ?? Share(accuracy.Top5, "top5") ?? Least(accuracy.CrossEntropy, 0, "crossEntropy") ?? Least(accuracy.Images, 1, "images"),
        StageFocus focus => Share(focus.InBox, "inBox") ?? Share(focus.Hits, "hits") ?? Share(focus.BoxArea, "boxArea") ?? Least(focus.Images, 1, "images"),
        Networks.NetworkCost cost => Least(cost.Parameters, 0, "parameters") ?? Least(cost.MultiplyAdds, 0, "multiplyAdds"),
        RunSummary summary => Least(summary.Networks.Count, 1, "networks") ?? Least(summary.Epochs, 1, "epochs") ?? Least(summary.Images.Train, 1, "images.train")
            ?? (summary.TrainingSeconds > 0 ? null : FormattableString.Invariant($"trainingSeconds: found {summary.TrainingSeconds}"))
            ?? (summary.Networks.GroupBy(result => result.Network.Name).FirstOrDefault(same => same.Count() > 1) is { } twice ? $"networks: found '{twice.Key}' twice" : null),
        _ => null,
    } is { } fault ? $"{(place.Length > 0 ? $"{place}." : "")}{fault}" : null;

    // Means of shares may be off by rounding.
    private static string? Share(double value, string name) => value is >= -Rounding and <= 1 + Rounding ? null : FormattableString.Invariant($"{name}: found {value}, expected a share from 0 to 1");

    private static string? Least(double value, double least, string name) =>
        value >= least ? null : FormattableString.Invariant($"{name}: found {value}, expected at least {least}");

    private static string? First<T>(IEnumerable<T> all, Func<T, string?> fault) => all.Select(fault).FirstOrDefault(found => found is not null);
}
