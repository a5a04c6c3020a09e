using static System.FormattableString;

namespace Pupil.Reporting.Comparisons;

/// <summary>What tables call recipes, rows and networks: the title says what is the same for all, a label what sets its row apart.</summary>
internal static class ReportLabels
{
    /// <summary>A recipe: its data, its student, its training.</summary>
    public static string Of(RecipeReport recipe)
    {
        var settings = recipe.Rows[0].Settings;
        string architecture = settings.Students[0].Network.Architecture;
        var run = recipe.Rows.SelectMany(row => row.Runs).FirstOrDefault();
        var student = run?.Networks.FirstOrDefault(result => result.Network.Architecture == architecture)?.Network;
        string cost = student is null ? ""
            : Invariant($" ({student.Cost.Parameters:N0} parameters, {student.Cost.MultiplyAdds:N0} multiply-adds an image)");
        string images = run is null ? "" : Invariant($" of {run.Images.Train:N0} images");
        string data = run is null ? "" : $"{run.Data}, ";
        return $"{recipe.Name}: {data}student {architecture}{cost}, {Epochs(settings.Training.Epochs)}{images}, "
            + Invariant($"batch {settings.Training.BatchSize}");
    }

    /// <summary>A network of a row.</summary>
    /// <param name="row">The row.</param>
    /// <param name="network">The network.</param>
    /// <param name="first">The recipe's first row, which the title tells of.</param>
    public static string Of(RowReport row, NetworkReport network, RowReport first)
    {
        if (!network.IsStudent)
            return $"{network.Name} ({network.Group?.Network.Architecture})";
        var (own, usual) = (row.Settings, first.Settings);
        string architecture = own.Students.First(student => student.Name == network.Name).Network.Architecture;
        return row.Title + (own.Students.Count > 1 ? $": {network.Name}" : "")
            + (architecture == usual.Students[0].Network.Architecture ? "" : $" ({architecture})")
            + (own.Training.Epochs == usual.Training.Epochs ? "" : $", {Epochs(own.Training.Epochs)}")
            + (own.Training.BatchSize == usual.Training.BatchSize ? "" : Invariant($", batch {own.Training.BatchSize}"));
    }

    private static string Epochs(int count) => count == 1 ? "1 epoch" : Invariant($"{count} epochs");
}
