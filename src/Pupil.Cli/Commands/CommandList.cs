using System.CommandLine;
using Pupil.Cli.Commands.Data;

namespace Pupil.Cli.Commands;

/// <summary>A command of the tool in the help of the root.</summary>
/// <param name="Group">The heading above it.</param>
/// <param name="Name">The name on the command line.</param>
/// <param name="Summary">One line, at most <see cref="LongestSummary"/> characters.</param>
/// <param name="Create">Builds the command with its options and its own help.</param>
internal sealed record ListedCommand(string Group, string Name, string Summary, Func<Command> Create)
{
    /// <summary>The columns beside the name on a terminal of 80 columns.</summary>
    public const int LongestSummary = 67;
}

/// <summary>All commands of the tool, in the order of the root's help.</summary>
internal static class CommandList
{
    private const string Start = "Start here", Images = "Data", Outcome = "Results", Networks = "Models";

    public static IReadOnlyList<ListedCommand> All { get; } =
    [
        new(Start, "distill", "train a student under its teachers; without a recipe: the demo", DistillCommand.Create),
        new(Start, "train", "train the same student without a teacher, or an expert alone", TrainCommand.Create),
        new(Start, "compare", "run methods × seeds × recipes as one job with one table", CompareCommand.Create),
        new(Start, "search", "choose values of a recipe by the held-out images", SearchCommand.Create),
        new(Start, "recipe", "list, print and check recipes; print the methods and the schema", RecipeCommand.Create),
        new(Images, "data", "download, inspect, preview and convert image sets", DataCommand.Create),
        new(Images, "label", "label pictures by an expert, as a list to train on", LabelCommand.Create),
        new(Outcome, "evaluate", "measure the accuracy of a student file or ONNX model", EvaluateCommand.Create),
        new(Outcome, "report", "write runs or a comparison as one HTML page", ReportCommand.Create),
        new(Outcome, "watch", "show that page in the browser during a run", WatchCommand.Create),
        new(Outcome, "info", "summarise this machine, a run, several seeds or a network", InfoCommand.Create),
        new(Networks, "import", "turn PyTorch weights into an expert", ImportCommand.Create),
        new(Networks, "export", "write a student as one ONNX file, or with PyTorch's names", ExportCommand.Create),
        new(Networks, "predict", "classify pictures with an exported model", PredictCommand.Create),
        new(Networks, "measure", "measure size, latency and memory; limits for a build", MeasureCommand.Create),
        new(Networks, "describe", "print or draw a network, or how a recipe joins its networks", DescribeCommand.Create),
    ];
}
