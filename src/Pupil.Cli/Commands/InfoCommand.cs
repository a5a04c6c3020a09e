using System.CommandLine;
using Pupil.Cli.Arguments;
using Pupil.Cli.Display;
using Pupil.Cli.Hosting;
using Pupil.Core;
using Pupil.Distillation.Methods;
using Pupil.Experiments.Comparisons;
using Pupil.Experiments.Recipes;
using Pupil.Experiments.Runs;
using Pupil.Images;
using Pupil.Interop.Students;
using Pupil.Networks;
using Pupil.Networks.Families;
using Pupil.Reporting.Comparisons;
using Pupil.Reporting.Descriptions;

namespace Pupil.Cli.Commands;

/// <summary><c>pupil info</c>: prints this machine, a network, a student file or runs.</summary>
internal static class InfoCommand
{
    public static Command Create()
    {
        var command = new Command("info",
            """
            Prints this machine and the networks, methods and recipes of Pupil (without
            an argument), or summarises a network by its name, a student file, a run
            folder, the folder of a comparison, or several runs.

            Examples:
              pupil info
              pupil info wrn-16-1 --size 32 --classes 10
              pupil info runs/smoke-20261123-101500
              pupil info runs/smoke-20261123-101500/students/student.safetensors
              pupil info runs/mine-seed0 runs/mine-seed1 runs/mine-seed2      (mean and deviation over seeds, as Markdown)
            """);
        var what = new Argument<string[]>("what")
        {
            Description = "Name of a network, student file, or run folders.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var size = NumberOption.Whole("--size", "Height and width of the images of a named network.", "PIXELS", 1, 4096, 32);
        var classes = NumberOption.Whole("--classes", "Number of classes of a named network.", "K", 2, 1_000_000, 10);
        command.Arguments.Add(what);
        command.Options.Add(size);
        command.Options.Add(classes);
        var compute = new ComputeOptions(command);
        command.SetAction(parsed =>
        {
            string[] subjects = parsed.GetValue(what)!;
            if (subjects is not [var subject])
            {
                if (subjects.Length > 1)
                {
                    ShowGroups([.. subjects.Select(folder => new RunFolder(folder))]);
                    return ExitCode.Done;
                }
                ShowMachine(RunEnvironment.Now(compute.Prepare(parsed)));
            }
            else if (new ComparisonFolder(subject) is { Exists: true } comparison)
            {
                ComparisonView.Show(ComparisonTable.FromFolder(comparison), comparison);
            }
            else if (Directory.Exists(subject))
            {
                RunTable.Show(new RunFolder(subject));
            }
            else if (File.Exists(subject))
            {
                ShowStudent(subject, StudentFile.ReadCard(subject));
            }
            else
            {
                if (subject.Contains('/', StringComparison.Ordinal) || subject.Contains('\\', StringComparison.Ordinal))
                {
                    throw new UserErrorException($"{subject}: there is no such file or folder; expected a student file, a run "
                        + "folder or a network's name.");
                }
                compute.Prepare(parsed);
                int side = parsed.GetValue(size)!.Value;
                var spec = new NetworkSpec { Architecture = subject };
                DescriptionView.Show(DescribedNetwork.FromSpec(spec, new ImageShape(3, side, side), parsed.GetValue(classes)!.Value));
            }
            return ExitCode.Done;
        });
        return command;
    }

    private static void ShowMachine(RunEnvironment machine)
    {
        Output.Line($"Pupil       {machine.Pupil}");
        Output.Line($"TorchSharp  {machine.TorchSharp}, libtorch {machine.LibTorch}");
        Output.Line($"Runtime     {machine.Runtime} on {machine.System}");
        Output.Line($"Processor   {machine.Processor}, {machine.Cores} cores, {machine.Threads} threads");
        Output.Line($"Device      {machine.Device}");
        Output.Line("");
        Output.Raw($"Networks    {string.Join("\n            ", NetworkCatalogue.Names)}\n");
        Output.Line($"Methods     {string.Join(", ", MethodCatalogue.Names)}");
        Output.Line($"Recipes     {string.Join(", ", RecipeBook.Names)}");
        Output.Line($"Comparisons {string.Join(", ", ComparisonBook.Names)}");
    }

    private static void ShowGroups(IReadOnlyList<RunFolder> folders)
    {
        var groups = RunGroup.FromFolders(folders);
        string part = string.Join(" or ", folders.Select(folder => folder.ReadRecipe().Data.MeasuredName).Distinct());
        Output.Line($"| method | network | seeds | {part}, last epoch | {part}, best on held-out | seconds of training |");
        Output.Line("|---|---|---|---|---|---|");
        foreach (var group in groups)
        {
            string network = $"{group.Network.Name} ({group.Network.Architecture})";
            string best = group.Best is { } spread ? Share(spread) : "–";
            Output.Line($"| {group.Method} | {network} | {string.Join(", ", group.Seeds)} | {Share(group.Last)} | "
                + $"{best} | {group.Seconds.Mean:0} |");
        }

        static string Share(Spread spread) => spread.Deviation is double deviation
            ? $"{100 * spread.Mean:0.00} ± {100 * deviation:0.00} %"
            : $"{100 * spread.Mean:0.00} %";
    }

    private static void ShowStudent(string path, StudentCard card)
    {
        Output.Line($"{path}");
        Output.Line($"network        {card.Network}, '{card.Name}' of its run, weights of epoch {card.Epoch}");
        bool isOne = card.Labelling == Labelling.One;
        double? score = isOne ? card.TestTop1 : card.TestMeanAveragePrecision;
        Output.Line($"test {(isOne ? "accuracy " : "mAP      ")} {(score is double known ? Output.Percent(known) : "not measured")}");
        Output.Line($"images         {card.Input.Channels} channels, {card.Input.Height}×{card.Input.Width} pixels");
        var (mean, deviation) = (card.Normalization.Mean, card.Normalization.Deviation);
        Output.Line($"normalisation  mean {Numbers(mean)}, deviation {Numbers(deviation)} (white is 1)");
        Output.Line($"classes        {card.Classes.Count}: {string.Join(", ", card.Classes)}");
        if (isOne)
            return;
        string thresholds = card.Thresholds is { } chosen
            ? string.Join(", ", chosen.Select(least => $"{least:0.00}")) : "0.5 for each class";
        Output.Line($"labels         several a picture; present from a probability of {thresholds}");
    }

    private static string Numbers(IEnumerable<double> values) => string.Join(" ", values.Select(value => $"{value:0.0000}"));
}
