using System.CommandLine;
using Pupil.Cli.Display;
using Pupil.Recipes;
using Pupil.Runs;
using Pupil.Training;

namespace Pupil.Cli.Commands;

/// <summary><c>pupil evaluate</c>: how good a student file is.</summary>
internal static class EvaluateCommand
{
    public static Command Create()
    {
        var command = new Command("evaluate",
            """
            Measures a student file: top-1, top-5 and cross-entropy on a part of a recipe's images.

            Examples:
              pupil evaluate runs/smoke-20261123-101500/students/student.safetensors
              pupil evaluate student.safetensors --recipe cifar10/quick --data data/cifar-10-batches-bin --part held-out
            """);
        var file = new Argument<string>("file") { Description = "A student file (safetensors)." };
        var recipe = new Option<string?>("--recipe") { Description = "The recipe whose images are asked. Default: that of the run folder the file lies in.", HelpName = "RECIPE" };
        var data = new Option<string?>("--data") { Description = "Short for data.source.path: where the recipe's data set lies.", HelpName = "FOLDER" };
        var part = new Option<string>("--part") { Description = "Which images: test, held-out or train.", HelpName = "test|held-out|train", DefaultValueFactory = _ => "test" };
        part.AcceptOnlyFromAmong("test", "held-out", "train");
        command.Arguments.Add(file);
        foreach (var option in new Option[] { recipe, data, part })
            command.Options.Add(option);
        var compute = new ComputeOptions(command);
        command.SetAction(parsed =>
        {
            string path = parsed.GetValue(file)!;
            StudentFile.ReadCard(path);
            var source = RecipeFor(path, parsed.GetValue(recipe), parsed.GetValue(data) is string folder ? [$"data.source.path={folder}"] : []);
            Evaluate(path, source, parsed.GetValue(part)!, compute.Prepare(parsed));
            return ExitCode.Done;
        });
        return command;
    }

    private static Recipe RecipeFor(string file, string? recipe, IReadOnlyList<string> overrides)
    {
        if (recipe is not null)
            return RecipeBook.Read(recipe, overrides);
        var folder = new RunFolder(Path.Combine(Path.GetDirectoryName(Path.GetFullPath(file))!, ".."));
        return folder.Exists
            ? RecipeBook.Read(folder.RecipeFile, overrides)
            : throw new UserErrorException($"{file}: does not lie in a run folder; say by --recipe which images to ask.");
    }

    private static void Evaluate(string file, Recipe recipe, string part, TorchSharp.torch.Device device)
    {
        var (network, card) = StudentFile.Read(file, device);
        var data = recipe.Data.Prepare();
        var images = part switch
        {
            "held-out" => data.HeldOut ?? throw new UserErrorException($"--part held-out: recipe '{recipe.Name}' holds nothing out; use test or train."),
            "train" => data.Train,
            _ => data.Test,
        };
        if (images.Set.Classes.Count != card.Classes.Count)
            throw new UserErrorException($"{file}: knows {card.Classes.Count} classes, the images have {images.Set.Classes.Count}; choose the recipe it was trained by.");
        data.CheckInput(file, card.Input);
        var accuracy = Evaluation.Measure(network, data.ForEvaluation(images, card.Normalization, device));
        Output.Line($"{card.Network} of {file}, weights of epoch {card.Epoch}");
        Output.Line($"{images.Set.Name}, {accuracy.Images:N0} images: top-1 {Output.Percent(accuracy.Top1)}, top-5 {Output.Percent(accuracy.Top5)}, cross-entropy {accuracy.CrossEntropy:0.0000}");
    }
}
