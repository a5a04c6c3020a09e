using Pupil.Core;
using Pupil.Experiments.Recipes;
using Pupil.Experiments.Runs;
using Pupil.Training;
using Spectre.Console;

namespace Pupil.Cli.Display;

/// <summary>Prints the results of a run as a table and a few lines.</summary>
internal static class RunTable
{
    private const int FewImages = 1000;

    /// <summary>Prints a run folder, finished or not.</summary>
    /// <exception cref="UserErrorException">The folder holds no run.</exception>
    public static void Show(RunFolder folder)
    {
        var recipe = folder.ReadRecipe();
        if (folder.ReadSummary() is { } summary)
        {
            Show(folder, recipe, summary);
            return;
        }
        var epochs = folder.ReadEpochs();
        string place = Output.PathFromHere(folder.Path);
        Output.Line($"Run '{recipe.Name}' in {place} is not finished: {epochs.Count} of {recipe.AllEpochs} epochs.");
        Output.Line($"Resume with: pupil distill --resume {place}");
    }

    /// <summary>Prints the results of a finished run.</summary>
    public static void Show(RunFolder folder, RunSummary summary) => Show(folder, folder.ReadRecipe(), summary);

    private static void Show(RunFolder folder, Recipe recipe, RunSummary summary)
    {
        string part = recipe.Data.MeasuredName;
        Output.Line("");
        Output.Console.Write(Results(summary, part));
        var lines = Origins(summary).Concat(Intervals(summary, part)).Concat(Balanced(summary, part)).Concat(LabelSets(summary, part))
            .Concat(Comparisons(summary, part));
        foreach (string line in lines)
            Output.Line(line);
        Output.Line($"Time: {Output.Time(summary.TrainingSeconds)} of training, {Output.Time(summary.EvaluationSeconds)} of evaluation; "
            + $"peak memory {summary.PeakMemory / 1e9:0.0} GB.");
        Output.Line($"Run folder: {Output.PathFromHere(folder.Path)}");
        foreach (var student in summary.Networks.Where(result => result.Network.Role == NetworkRole.Student))
            Output.Line($"Student file: {Output.PathFromHere(folder.StudentFile(student.Network.Name))}");
    }

    private static IEnumerable<string> Origins(RunSummary summary) =>
        from result in summary.Networks
        where result.Network.Weights is not null
        select $"{result.Network.Name} started from trained weights: {result.Network.Weights}.";

    private static Table Results(RunSummary summary, string part)
    {
        string what = $"{summary.Name}: {summary.Method} on {summary.Data}, seed {summary.Seed}, "
            + $"{summary.Epochs} epochs of {summary.Images.Train:N0} images{(summary.StoppedEarly ? ", stopped early" : "")}";
        string name = summary.Networks[0].Last.Test.ScoreName, score = name == "accuracy" ? "" : $" {name}";
        var table = new Table { Title = new TableTitle(Markup.Escape(what)) }.Border(TableBorder.Rounded)
            .AddColumn("network").AddColumn("")
            .AddColumn(Right("parameters")).AddColumn(Right("multiply-adds"))
            .AddColumn(Right($"{part}{score}, last epoch")).AddColumn(Right($"{part}{score}, best on held-out"));
        foreach (var result in summary.Networks)
        {
            string best = result.Best is { } found ? $"{Output.Percent(found.Test.Score)} (epoch {found.Epoch})" : "–";
            AddRow(table, result.Network, result.Network.Name, Output.Percent(result.Last.Test.Score), best);
        }
        if (summary.Expert is { } expert)
            AddRow(table, expert.Network, "expert", expert.Test is { } test ? $"{Output.Percent(test.Score)}{OfTest(part)}" : "–", "–");
        return table;
    }

    // An expert is measured on the test images always: it chooses nothing.
    private static string OfTest(string part) => part == "test" ? "" : " (test)";

    private static void AddRow(Table table, RunNetwork network, string name, string last, string best)
    {
        string taught = network.Role == NetworkRole.Control ? ", not taught" : "";
        string[] cells =
        [
            name, $"{network.Architecture}{taught}", ShortNumber.Format(network.Cost.Parameters),
            ShortNumber.Format(network.Cost.MultiplyAdds), last, best,
        ];
        table.AddRow(cells.Select(cell => new Text(cell)));
    }

    // A taught student beside one of the same network without a teacher: one seed is an example, not a finding.
    private static IEnumerable<string> Comparisons(RunSummary summary, string part) =>
        from student in summary.Networks
        where student.Network.Role == NetworkRole.Student
        from alone in summary.Networks
        where alone.Network.Role == NetworkRole.Control && alone.Network.Architecture == student.Network.Architecture
        let difference = 100 * (Final(student) - Final(alone))
        select $"Taught, {student.Network.Name} gets {difference:+0.00;−0.00} points{OfScore(student)} against the same network alone "
            + $"(one seed{Interval(student, alone, summary.Images.Test, part)}).";

    private static string OfScore(NetworkResult result) => IsShare(result) ? "" : " of mAP";

    // The intervals are those of shares of images, which mAP is not.
    private static bool IsShare(NetworkResult result) => result.Last.Test.LabelSets is null;

    private static string Interval(NetworkResult student, NetworkResult alone, int images, string part)
    {
        if (!IsShare(student))
            return ": an example, not a finding";
        var interval = ShareInterval.OfDifference(Final(student), Final(alone), images);
        return $"; 95 % interval by the choice of {images:N0} {part} images alone: "
            + $"{100 * interval.Low:+0.0;−0.0} to {100 * interval.High:+0.0;−0.0}";
    }

    // With few images, the accuracy's own interval is wider than most differences.
    private static IEnumerable<string> Intervals(RunSummary summary, string part) =>
        from student in summary.Networks
        where student.Network.Role == NetworkRole.Student && summary.Images.Test < FewImages && IsShare(student)
        let interval = ShareInterval.Of(Final(student), summary.Images.Test)
        select $"Accuracy of {student.Network.Name}: {Output.Percent(interval.Low)} to {Output.Percent(interval.High)} "
            + $"(95 % interval of {summary.Images.Test:N0} {part} images).";

    private static IEnumerable<string> LabelSets(RunSummary summary, string part) =>
        from result in summary.Networks
        where result.Network.Role == NetworkRole.Student
        let test = Chosen(result).Test
        where test.LabelSets is not null
        select $"{result.Network.Name}: F1 {Output.Percent(test.LabelSets!.MicroF1)} (micro) and {Output.Percent(test.LabelSets.MacroF1)} "
            + $"(macro), all labels right for {Output.Percent(test.Top1)} of the {part} images, "
            + (result.Best is null ? "at thresholds of 50 %." : "at the thresholds of the held-out images.");

    // Where classes are uneven, the accuracy alone says little about small ones.
    private static IEnumerable<string> Balanced(RunSummary summary, string part) =>
        from result in summary.Networks
        let test = Chosen(result).Test
        where test.IsUneven && test.Balanced is not null
        let images = test.Classes!.Where(each => each.Images > 0).Select(each => each.Images).ToList()
        select $"Balanced accuracy of {result.Network.Name}: {Output.Percent(test.Balanced!.Value)} "
            + $"(mean over classes, which have {images.Min():N0} to {images.Max():N0} {part} images).";

    private static double Final(NetworkResult result) => Chosen(result).Test.Score;

    private static EpochResult Chosen(NetworkResult result) => result.Best ?? result.Last;

    private static TableColumn Right(string title) => new TableColumn(title).RightAligned();
}
