using System.CommandLine;
using Pupil.Cli.Arguments;
using Pupil.Cli.Display;
using Pupil.Cli.Hosting;
using Pupil.Core;
using Pupil.Experiments.Recipes;
using Pupil.Images;
using Pupil.Images.Transforms;
using Pupil.Interop.PyTorch;
using Pupil.Interop.Students;
using Pupil.Networks;
using Pupil.Networks.Families;
using Pupil.Training;
using TorchSharp;

namespace Pupil.Cli.Commands;

/// <summary><c>pupil import</c>: writes a PyTorch network as a student file, to be an expert.</summary>
internal static class ImportCommand
{
    public static Command Create()
    {
        var command = new Command("import",
            """
            Converts weights from PyTorch (a file of torch.save, old or new, a whole
            model or checkpoint, TorchScript, safetensors or .npz) into a file that a
            recipe names as expert.file. Names and shapes of the weights determine the
            network. No code in the file is executed. Then measures the network on the
            test images of the recipe.

            Examples:
              pupil import resnet56-4bfd9763.th --recipe cifar10/quick --normalization imagenet --out resnet-56.safetensors
              pupil import best.pth --key model_ema --network wrn-40-2 --recipe cifar100/quick
              pupil distill cifar10/quick --set expert.file=resnet-56.safetensors
            """);
        var file = new Argument<string>("file") { Description = "A file of torch.save (.pt, .pth, .th …), safetensors or .npz." };
        var key = new Option<string?>("--key")
        {
            Description = "The entry of the file that holds the weights, such as state_dict or checkpoint.model. Default: the "
                + "usual one (state_dict, model …), else the file itself; which one is said where there are several.",
            HelpName = "NAME",
        };
        var name = new Option<string?>("--network") { Description = "The network. Default: determined by the weights.", HelpName = "NAME" };
        var normalization = new NormalizationOption("Default: the recipe's.");
        var target = new Option<string?>("--out", "-o")
        {
            Description = "The file to write. Default: the same name with .safetensors, in this folder.",
            HelpName = "FILE",
        };
        command.Arguments.Add(file);
        // The recipe's own argument would come before the file.
        var recipe = new Option<string>("--recipe")
        {
            Description = "The recipe with its classes and the test images to measure it on.",
            HelpName = "RECIPE",
            Required = true,
        };
        var data = new Option<string?>("--data")
        {
            Description = "Path of the recipe's data set: short for --set data.source.path=PATH.",
            HelpName = "PATH",
        };
        var overrides = new Option<string[]>("--set")
        {
            Description = "Replaces a value of the recipe.",
            HelpName = "PATH=VALUE",
            DefaultValueFactory = _ => [],
        };
        foreach (var option in new Option[] { recipe, data, overrides, key, name, normalization.Option, target })
            command.Options.Add(option);
        var compute = new ComputeOptions(command);
        command.SetAction(parsed =>
        {
            string source = parsed.GetValue(file)!;
            var own = normalization.Read(parsed);
            string[] dataPath = parsed.GetValue(data) is { } path ? [$"data.source.path={path}"] : [];
            string[] set = [.. dataPath, .. parsed.GetValue(overrides)!];
            var asked = RecipeBook.Read(parsed.GetValue(recipe)!, set);
            string written = parsed.GetValue(target) ?? $"{Path.GetFileNameWithoutExtension(source)}.safetensors";
            if (Path.GetFullPath(written) == Path.GetFullPath(source))
                throw new UserErrorException($"{source}: would be overwritten; give another name by --out.");
            return Interruption.Run(stop =>
            {
                Import(source, parsed.GetValue(key), parsed.GetValue(name), asked, own, written, compute.Prepare(parsed), stop);
                return ExitCode.Done;
            });
        });
        return command;
    }

    private static void Import(string source, string? key, string? name, Recipe recipe, Normalization? normalization, string target,
        torch.Device device, CancellationToken stop)
    {
        using var scope = torch.NewDisposeScope();
        var file = ForeignWeights.Read(source, key);
        var weights = file.Weights;
        var spec = name is not null ? new NetworkSpec { Architecture = name } : ForeignWeights.NetworkOf(weights)
            ?? throw new UserErrorException($"{source}: its weights fit no known network ({string.Join(", ", weights.Keys.Take(4))} …); "
                + "name the network by --network.");
        var data = recipe.Data.Prepare(new LoadContext { Progress = new LoadDisplay(), Stop = stop });
        using var network = NetworkCatalogue.Build(spec, data.InputShape, data.Splits.Train.Classes.Count);
        ForeignWeights.Load(network, weights, source);
        network.to(device);
        var own = normalization ?? data.Normalization;
        own.Check(data.InputShape.Channels);
        var accuracy = Evaluation.Measure(network, data.ForEvaluation(data.Test, own, device));
        StudentFile.Write(target, network, new StudentCard
        {
            Network = spec,
            Input = data.InputShape,
            Classes = data.Splits.Train.Classes,
            Normalization = own,
            Name = Path.GetFileNameWithoutExtension(source),
            Labelling = data.Splits.Train.Labelling,
            TestTop1 = accuracy.LabelSets is null ? accuracy.Top1 : null,
            TestMeanAveragePrecision = accuracy.LabelSets?.MeanAveragePrecision,
        });
        Output.Line($"{spec}: {ShortNumber.Format(NetworkCost.OfNetwork(network).Parameters)} parameters from {source}");
        if (file.Choice is { } choice)
            Output.Aside($"Read: {choice} (--key names another).");
        Output.Line(Texts.AccuracyOn(data.Test.Set.Name, accuracy));
        if (accuracy.LabelSets is null && accuracy.Top1 < 2.0 / network.Classes)
            Output.Aside("That is near chance: other classes, their order, or --normalization?");
        Output.Line($"File: {target}");
    }
}
