using Pupil.Core;
using Pupil.Experiments.Runs;
using Spectre.Console;

namespace Pupil.Cli.Display;

/// <summary>What came out of a run, as a table and a few lines.</summary>
internal static class RunTable
{
    /// <summary>Shows a run folder, finished or not.</summary>
    /// <exception cref="UserErrorException">It holds no run.</exception>
    public static void Show(RunFolder folder)
    {
        var recipe = folder.ReadRecipe();
        if (folder.ReadSummary() is { } summary)
        {
            Show(folder, summary);
            return;
        }
        var epochs = folder.ReadEpochs();
        Output.Line($"Run '{recipe.Name}' in {Output.PathFromHere(folder.Path)} is not finished: {epochs.Count} of {recipe.AllEpochs} epochs.");
        Output.Line($"Go on with: pupil distill --resume {Output.PathFromHere(folder.Path)}");
    }

    /// <summary>Shows what came out.</summary>
    public static void Show(RunFolder folder, RunSummary summary)
    {
        Output.Line("");
        Output.Console.Write(Results(summary));
        foreach (string line in Comparisons(summary))
            Output.Line(line);
        Output.Line($"Time: {Output.Time(summary.TrainingSeconds)} of training, {Output.Time(summary.EvaluationSeconds)} of measuring; peak memory {summary.PeakMemory / 1e9:0.0} GB.");
        Output.Line($"Run folder: {Output.PathFromHere(folder.Path)}");
        foreach (var student in summary.Networks.Where(result => result.Network.Role == NetworkRole.Student))
            Output.Line($"Student file: {Output.PathFromHere(folder.StudentFile(student.Network.Name))}");
    }

    private static Table Results(RunSummary summary)
    {
        string what = $"{summary.Name}: {summary.Method} on {summary.Data}, seed {summary.Seed}, {summary.Epochs} epochs of {summary.Images.Train:N0} images";
        var table = new Table { Title = new TableTitle(Markup.Escape(what)) }.Border(TableBorder.Rounded)
            .AddColumn("network").AddColumn("")
            .AddColumn(Right("parameters")).AddColumn(Right("multiply-adds"))
            .AddColumn(Right("test, last epoch")).AddColumn(Right("test, best on held-out"));
        foreach (var result in summary.Networks)
        {
            table.AddRow(new Text(result.Network.Name), new Text($"{result.Network.Architecture}{(result.Network.Role == NetworkRole.Control ? ", not taught" : "")}"),
                new Text(ShortNumber.Format(result.Network.Cost.Parameters)), new Text(ShortNumber.Format(result.Network.Cost.MultiplyAdds)),
                new Text(Output.Percent(result.Last.Test.Top1)),
                new Text(result.Best is { } best ? $"{Output.Percent(best.Test.Top1)} (epoch {best.Epoch})" : "–"));
        }
        if (summary.Expert is { } expert)
        {
            table.AddRow(new Text("expert"), new Text(expert.Network.Architecture), new Text(ShortNumber.Format(expert.Network.Cost.Parameters)),
                new Text(ShortNumber.Format(expert.Network.Cost.MultiplyAdds)), new Text(expert.Test is { } test ? Output.Percent(test.Top1) : "–"), new Text("–"));
        }
        return table;
    }

    // A taught student beside one of the same network that was not: one seed is an example, not a finding.
    private static IEnumerable<string> Comparisons(RunSummary summary) =>
        from student in summary.Networks
        where student.Network.Role == NetworkRole.Student
        from alone in summary.Networks
        where alone.Network.Role == NetworkRole.Control && alone.Network.Architecture == student.Network.Architecture
        let difference = 100 * (Final(student) - Final(alone))
        select $"Taught, {student.Network.Name} gets {difference:+0.00;−0.00} points against the same network alone (one seed of {summary.Images.Test:N0} test images: "
            + $"± {100 * StandardError(Final(student), Final(alone), summary.Images.Test):0.0} by chance of the images alone).";

    private static double Final(NetworkResult result) => (result.Best ?? result.Last).Test.Top1;

    // Of a difference of two shares, as if they were asked about different images: an upper bound for networks that err alike.
    private static double StandardError(double one, double other, int images) => Math.Sqrt((one * (1 - one) + other * (1 - other)) / images);

    private static TableColumn Right(string title) => new TableColumn(title).RightAligned();
}
