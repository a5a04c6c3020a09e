using Pupil.Experiments.Recipes;
using Pupil.Experiments.Runs;

namespace Pupil.Reporting.Content;

/// <summary>Runs that differ only in their seeds.</summary>
/// <param name="Label">The name in charts and tables.</param>
/// <param name="Runs">The runs, ordered by seed; at least one.</param>
internal sealed record ReportGroup(string Label, IReadOnlyList<ReportRun> Runs)
{
    /// <summary>The part of the report: the recipe's name in a comparison of several recipes, else empty.</summary>
    public string Part { get; init; } = "";

    /// <summary>The label, preceded by the part if there is one.</summary>
    public string FullLabel => Part.Length == 0 ? Label : $"{Part}: {Label}";

    /// <summary>The recipe of one of the runs; null where none can be read.</summary>
    public Recipe? Recipe => Runs.Select(run => run.Recipe).FirstOrDefault(recipe => recipe is not null);

    /// <summary>The summaries of the finished runs.</summary>
    public IReadOnlyList<RunSummary> Finished => [.. Runs.Select(run => run.Summary).OfType<RunSummary>()];

    /// <summary>The name of the scores, <c>accuracy</c> or <c>mAP</c>; <c>accuracy</c> before the first is measured.</summary>
    public string ScoreName => Runs.SelectMany(run => run.Epochs).SelectMany(epoch => epoch.HeldOut.Values.Concat(epoch.Test.Values))
        .Select(accuracy => accuracy.ScoreName).FirstOrDefault("accuracy");

    /// <summary>All trained networks: students first, in the recipe's order, then companions.</summary>
    public IReadOnlyList<string> Networks
    {
        get
        {
            string[] students = [.. Recipe?.Students.Select(student => student.Name) ?? []];
            var owners = Runs.SelectMany(run => run.Epochs)
                .SelectMany(epoch => epoch.Test.Keys.Concat(epoch.HeldOut.Keys).Concat(epoch.Terms.Keys.Select(name => name.Owner)));
            var finished = Finished.SelectMany(run => run.Networks).Select(result => result.Network.Name);
            return [.. students.Concat(owners).Concat(finished).Distinct().Where(name => !IsExpert(name))];
        }
    }

    /// <summary>Whether a network is a frozen expert.</summary>
    public bool IsExpert(string network) => Recipe is { } recipe
        ? recipe.ExpertsRead.Any(expert => expert.Name == network)
        : Finished.Any(run => run.OtherExperts.Append(run.Expert).Any(expert => expert?.Network.Name == network));

    /// <summary>Returns the role of a network.</summary>
    public NetworkRole RoleOf(string network) => IsExpert(network) ? NetworkRole.Expert
        : Recipe?.Students.FirstOrDefault(student => student.Name == network) switch
        {
            null => NetworkRole.Companion,
            { Taught: true } => NetworkRole.Student,
            _ => NetworkRole.Control,
        };

    /// <summary>Returns the name of a network in all charts and tables.</summary>
    /// <param name="network">The network.</param>
    /// <param name="alone">Whether this is the only group.</param>
    public string NameOf(string network, bool alone) => alone || IsExpert(network) ? network
        : RoleOf(network) == NetworkRole.Student && Recipe!.Students.Count(student => student.Taught) == 1 ? Label
        : $"{Label}: {network}";
}
