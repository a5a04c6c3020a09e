using System.Collections;
using System.Globalization;
using System.Reflection;
using Pupil.Training;

namespace Pupil.Experiments.Runs;

/// <summary>
/// Checks the values of a record that its JSON form leaves open: null in a list, a number too large for what it counts, a share of 300 %.
/// A record with such a value is damaged.
/// </summary>
internal static class RecordCheck
{
    // Losses are 32-bit numbers; their squares over seeds still fit in 64 bits.
    private const double Largest = float.MaxValue;
    private const double Rounding = 1e-6;
    private const int MostThreads = 4096;

    /// <summary>Returns the first wrong value of a record with its path; null for a sound record.</summary>
    public static string? FaultIn(object record) => FaultIn(record, "");

    /// <summary>Returns the fault of an epoch's record that follows another; null for a sound record.</summary>
    public static string? FaultIn(EpochRecord record, EpochRecord? before) => FaultIn(record)
        ?? (record.Epoch <= (before?.Epoch ?? 0) ? $"epoch: found {record.Epoch} after {before?.Epoch ?? 0}" : null);

    /// <summary>Returns why a summary does not belong to a recipe's run; null if it does.</summary>
    public static string? FaultBetween(RunSummary summary, Recipes.Recipe recipe)
    {
        if (summary.Seed != recipe.Seed)
            return string.Create(CultureInfo.InvariantCulture, $"has seed {summary.Seed}, the recipe has seed {recipe.Seed}");
        if (summary.Method != recipe.Method.MethodName)
            return $"has method '{summary.Method}', the recipe has '{recipe.Method.MethodName}'";
        if (summary.Epochs > recipe.Training.Epochs)
            return string.Create(CultureInfo.InvariantCulture, $"has {summary.Epochs} epochs, the recipe has {recipe.Training.Epochs}");
        var results = summary.Networks.Select(result => result.Network.Name);
        string? missing = recipe.Students.Select(student => student.Name).Except(results).FirstOrDefault();
        return missing is null ? null : $"has no result of '{missing}'";
    }

    /// <summary>Returns why a summary cannot be grouped with that of another seed; null if it can.</summary>
    public static string? FaultBetween(RunSummary summary, RunSummary first) =>
        summary.Networks.Select(Kind).SequenceEqual(first.Networks.Select(Kind)) ? null
            : $"has networks {KindsIn(summary)}, the run of seed {first.Seed} has {KindsIn(first)}";

    private static string KindsIn(RunSummary summary) => string.Join(", ", summary.Networks.Select(Kind));

    // Seeds that start from different weights are different experiments.
    private static string Kind(NetworkResult result) => $"{result.Network.Name} ({result.Network.Architecture}"
        + (result.Network.Weights is { } weights ? $" from {weights.File} with digest {weights.FileHash})" : ")");

    private static string? FaultIn(object? value, string place) => value switch
    {
        null => $"{place}: found null",
        string => null,
        double number when !double.IsFinite(number) || Math.Abs(number) > Largest =>
            FormattableString.Invariant($"{place}: found {number}"),
        IDictionary entries => First(entries.Keys.Cast<object>(), key => FaultIn(entries[key], $"{place}.{key}")),
        IEnumerable elements => FaultInList([.. elements.Cast<object?>()], place),
        _ when value.GetType().Assembly != typeof(RecordCheck).Assembly || value is Enum => null,
        _ => FaultWithin(value, place) ?? FaultOf(value, place),
    };

    private static string? FaultInList(IEnumerable<object?> elements, string place) =>
        First(elements.Index(), at => FaultIn(at.Item, $"{place}[{at.Index}]"));

    private static string? FaultWithin(object record, string place) => First(Properties(record.GetType()), property =>
    {
        string name = $"{char.ToLowerInvariant(property.Name[0])}{property.Name[1..]}";
        return property.GetValue(record) is { } value ? FaultIn(value, place.Length > 0 ? $"{place}.{name}" : name) : null;
    });

    // Other properties are computed from these; values that must not be null were checked on reading.
    private static IEnumerable<PropertyInfo> Properties(Type type) => type.GetProperties().Where(property => property.CanWrite);

    private static string? FaultOf(object record, string place) => record switch
    {
        Accuracy accuracy => Share(accuracy.Top1, "top1") ?? (accuracy.Top5 is { } top5 ? Share(top5, "top5") : null)
            ?? Least(accuracy.CrossEntropy, 0, "crossEntropy") ?? Least(accuracy.Images, 1, "images")
            ?? (accuracy.Balanced is { } balanced ? Share(balanced, "balanced") : null),
        LabelSetScores of => Share(of.MeanAveragePrecision, "meanAveragePrecision") ?? Share(of.MicroF1, "microF1")
            ?? Share(of.MacroF1, "macroF1"),
        ClassAccuracy of => Least(of.Images, 0, "images") ?? Least(of.Right, 0, "right") ?? Most(of.Right, of.Images, "right")
            ?? (of.AveragePrecision is { } precision ? Share(precision, "averagePrecision") : null),
        StageFocus focus => Share(focus.InBox, "inBox") ?? Share(focus.Hits, "hits") ?? Share(focus.BoxArea, "boxArea")
            ?? Least(focus.Images, 1, "images"),
        Networks.NetworkCost cost => Least(cost.Parameters, 0, "parameters") ?? Least(cost.MultiplyAdds, 0, "multiplyAdds"),
        Interop.Students.Calibration calibration => calibration.IsValid ? null : "found a value out of range",
        RunSummary summary => FaultOf(summary),
        RunEnvironment environment => Least(environment.Threads, 1, "threads") ?? Most(environment.Threads, MostThreads, "threads"),
        _ => null,
    } is { } fault ? $"{(place.Length > 0 ? $"{place}." : "")}{fault}" : null;

    private static string? FaultOf(RunSummary summary)
    {
        string? tooFew = Least(summary.Networks.Count, 1, "networks") ?? Least(summary.Epochs, 1, "epochs")
            ?? Least(summary.Images.Train, 1, "images.train");
        if (tooFew is not null)
            return tooFew;
        if (!(summary.TrainingSeconds > 0))
            return FormattableString.Invariant($"trainingSeconds: found {summary.TrainingSeconds}");
        var twice = summary.Networks.GroupBy(result => result.Network.Name).FirstOrDefault(same => same.Count() > 1);
        return twice is null ? null : $"networks: found '{twice.Key}' twice";
    }

    // Rounding may bring a mean of shares outside 0…1.
    private static string? Share(double value, string name) => value is >= -Rounding and <= 1 + Rounding
        ? null : FormattableString.Invariant($"{name}: found {value}, expected a share from 0 to 1");

    private static string? Least(double value, double least, string name) =>
        value >= least ? null : FormattableString.Invariant($"{name}: found {value}, expected at least {least}");

    private static string? Most(double value, double most, string name) =>
        value <= most ? null : FormattableString.Invariant($"{name}: found {value}, expected at most {most}");

    private static string? First<T>(IEnumerable<T> all, Func<T, string?> fault) =>
        all.Select(fault).FirstOrDefault(found => found is not null);
}
