using Pupil.Core;
using Pupil.Experiments.Runs;
using Pupil.Reporting.Content;
using Pupil.Training;

namespace Pupil.Reporting.Page;

/// <summary>The table of each class's accuracy, or average precision, on the test split.</summary>
internal static class ClassTable
{
    // A longer table is closed at first.
    private const int OpenClasses = 20;

    /// <summary>Makes a table with a row for each class; empty where no record has the classes.</summary>
    public static Html OfReport(ReportContent content)
    {
        bool alone = content.Groups.Count == 1;
        var networks = (from entry in content.Groups
                        from network in RunGroup.Over(entry.Finished)
                        let results = network.Results.Select(result => result.Last.Test).Where(test => test.Classes is not null).ToList()
                        where results.Count > 0
                        select (Name: entry.NameOf(network.Network.Name, alone), Results: results)).ToList();
        if (networks.Count == 0)
            return Html.Empty;
        var names = content.Groups.SelectMany(group => group.Runs).Select(run => run.Exhibit?.Classes)
            .FirstOrDefault(found => found is not null);
        var counted = networks[0].Results[0].Classes!;
        var rows = counted.Select((found, number) => Row(
            names is not null && number < names.Count ? names[number] : FormattableString.Invariant($"class {number}"),
            FormattableString.Invariant($"{found.Images}"),
            network => Mean(network, accuracy => number < accuracy.Classes!.Count ? ScoreOf(accuracy, number) : null)));
        var mean = Row("mean over the classes", FormattableString.Invariant($"{networks[0].Results[0].Images}"),
            network => Mean(network, accuracy => accuracy.LabelSets?.MeanAveragePrecision ?? accuracy.Balanced));
        string score = networks[0].Results[0].LabelSets is null ? "Accuracy" : "Average precision";
        var table = HtmlTable.OfRows($"{score} of each class in percent, test split, last epoch: mean ± sample deviation over the seeds",
            ["class", "test images", .. networks.Select(network => network.Name)], rows.Append(mean));
        return Html.Format($"""
            <details{Html.Markup(counted.Count <= OpenClasses ? " open" : "")}><summary>{counted.Count} classes</summary>
            {table}</details>

            """);

        IEnumerable<Html> Row(string name, string images, Func<IReadOnlyList<Accuracy>, Spread?> of) =>
            new[] { name, images }.Concat(networks.Select(network => ReportWords.Percent(of(network.Results))))
                .Select(text => Html.Format($"{text}"));
    }

    private static double? ScoreOf(Accuracy accuracy, int number) =>
        accuracy.LabelSets is null ? accuracy.Classes![number].Share : accuracy.Classes![number].AveragePrecision;

    private static Spread? Mean(IReadOnlyList<Accuracy> results, Func<Accuracy, double?> value) =>
        results.Select(value).OfType<double>().ToArray() is { Length: > 0 } found ? Spread.OfValues(found) : null;
}
