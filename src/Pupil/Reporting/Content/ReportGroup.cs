using Pupil.Experiments.Recipes;
using Pupil.Experiments.Runs;

namespace Pupil.Reporting.Content;

/// <summary>Runs that differ in nothing but their seeds.</summary>
/// <param name="Label">What charts and tables call them.</param>
/// <param name="Runs">The runs, by rising seed; at least one.</param>
public sealed record ReportGroup(string Label, IReadOnlyList<ReportRun> Runs)
{
    /// <summary>The part of the report that they belong to: their recipe's name in a comparison of several recipes; else empty.</summary>
    public string Part { get; init; } = "";

    /// <summary>The label, with the part before it if there is one.</summary>
    public string FullLabel => Part.Length == 0 ? Label : $"{Part}: {Label}";

    /// <summary>The recipe of one of them; null where none can be read.</summary>
    public Recipe? Recipe => Runs.Select(run => run.Recipe).FirstOrDefault(recipe => recipe is not null);

    /// <summary>What came out of those that are finished.</summary>
    public IReadOnlyList<RunSummary> Finished => [.. Runs.Select(run => run.Summary).OfType<RunSummary>()];

    /// <summary>Every network that learns: students first, in the recipe's order, then those that learn beside them.</summary>
    public IReadOnlyList<string> Networks
    {
        get
        {
            string[] students = [.. Recipe?.Students.Select(student => student.Name) ?? []];
            var seen = Runs.SelectMany(run => run.Epochs).SelectMany(epoch => epoch.Test.Keys.Concat(epoch.HeldOut.Keys).Concat(epoch.Terms.Keys.Select(name => name.Owner)));
            var finished = Finished.SelectMany(run => run.Networks).Select(result => result.Network.Name);
            return [.. students.Concat(seen).Concat(finished).Distinct().Where(name => !IsExpert(name))];
        }
    }

    /// <summary>Whether a network was there before, frozen.</summary>
    public bool IsExpert(string network) => Recipe is { } recipe
        ? recipe.ExpertsRead.Any(expert => expert.Name == network)
        : Finished.Any(run => run.OtherExperts.Append(run.Expert).Any(expert => expert?.Network.Name == network));

    /// <summary>What a network is for.</summary>
    public NetworkRole RoleOf(string network) => IsExpert(network) ? NetworkRole.Expert
        : Recipe?.Students.FirstOrDefault(student => student.Name == network) switch
        {
            null => NetworkRole.Companion,
            { Taught: true } => NetworkRole.Student,
            _ => NetworkRole.Control,
        };

    /// <summary>What all charts and tables call a network.</summary>
    /// <param name="network">The network.</param>
    /// <param name="alone">Whether this is the only group.</param>
    public string NameOf(string network, bool alone) => alone || IsExpert(network) ? network
        : RoleOf(network) == NetworkRole.Student && Recipe!.Students.Count(student => student.Taught) == 1 ? Label
        : $"{Label}: {network}";
}
