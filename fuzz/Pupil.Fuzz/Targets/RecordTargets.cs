using Pupil.Experiments.Comparisons;
using Pupil.Experiments.Exhibits;
using Pupil.Experiments.Recipes;
using Pupil.Experiments.Runs;
using Pupil.Reporting.Comparisons;
using Pupil.Training;

namespace Pupil.Fuzz.Targets;

/// <summary>The records in the folders of runs, experts and comparisons.</summary>
internal static class RecordTargets
{
    private static readonly Lazy<ComparisonPlan> Plan = new(() => ComparisonBook.Read(ComparisonBook.Demo));

    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        new("environment", "environment.json of a run", (input, folder) => Run(folder, "environment.json", input).ReadEnvironments()),
        new("epochs", "epochs.jsonl of a run", (input, folder) => Run(folder, "epochs.jsonl", input).ReadEpochs()),
        new("summary", "run.json of a run", (input, folder) => Run(folder, "run.json", input).ReadSummary()),
        new("plan", "plan.json of a run", (input, folder) => Run(folder, "plan.json", input).ReadPlan()),
        new("cell", "run.json of a comparison's cell, up to the comparison's table", ReadCell),
        new("training-state", "the state in a checkpoint", (input, _) =>
            Checkpoint.ReadState("checkpoint", Texts.Of(input)).FaultFor(epochs: 3, steps: 8)),
        new("exhibit", "exhibit.safetensors of a run", (input, folder) => Exhibit.Read(folder.Write("exhibit.safetensors", input))),
        new("path-point", "a file in path/ of a run", (input, folder) =>
        {
            folder.Write("step-000000001.safetensors", input);
            ProbePath.Read(folder.FullPath);
        }),
    ];

    private static RunFolder Run(ScratchFolder folder, string name, byte[] content)
    {
        folder.Write(name, content);
        return new RunFolder(folder.FullPath);
    }

    private static void ReadCell(byte[] input, ScratchFolder folder)
    {
        var comparison = new ComparisonFolder(folder.FullPath);
        string cell = comparison.FolderOf(Plan.Value.Cells[0]).Path;
        Directory.CreateDirectory(cell);
        folder.Write(Path.Combine(cell, "run.json"), input);
        var table = new ComparisonTableReader(comparison, Plan.Value).Read();
        TableNumbers.Rows(table);
        MarkdownText.Write(table.ToText());
        if (table.Cells[0].Damage is { } damage)
            throw new UserErrorException(damage);
    }
}
