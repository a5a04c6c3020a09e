using System.CommandLine;
using Pupil.Cli.Display;
using Pupil.Data;
using Pupil.Data.Sources;
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
              pupil evaluate runs/mine/students/student.safetensors --data other-pictures
              pupil evaluate student.safetensors --recipe cifar10/quick --data data --part held-out
            """);
        var file = new Argument<string>("file") { Description = "A student file (safetensors)." };
        var recipe = new Option<string?>("--recipe") { Description = "The recipe whose images are asked. Default: that of the run folder the file lies in.", HelpName = "RECIPE" };
        var data = new Option<string?>("--data")
        {
            Description = "Other images, prepared as the recipe says: a folder, archive, CSV file, packed file or known data set.",
            HelpName = "PATH",
        };
        var overrides = new Option<string[]>("--set") { Description = "Replaces a value of the recipe, for example --set data.testImages=1000.", HelpName = "PATH=VALUE", DefaultValueFactory = _ => [] };
        var skipBroken = new Option<bool>("--skip-broken") { Description = "Leave broken pictures out, counted and listed." };
        var part = new Option<string>("--part") { Description = "Which images: test, held-out or train.", HelpName = "test|held-out|train", DefaultValueFactory = _ => "test" };
        part.AcceptOnlyFromAmong("test", "held-out", "train");
        command.Arguments.Add(file);
        foreach (var option in new Option[] { recipe, data, overrides, skipBroken, part })
            command.Options.Add(option);
        var compute = new ComputeOptions(command);
        command.SetAction(parsed =>
        {
            string path = parsed.GetValue(file)!;
            StudentFile.ReadCard(path);
            var asked = RecipeFor(path, parsed.GetValue(recipe), parsed.GetValue(data), parsed.GetValue(overrides)!);
            if (parsed.GetValue(skipBroken) && asked.Data.Source is PictureSource pictures)
                asked = asked with { Data = asked.Data with { Source = pictures with { SkipBroken = true } } };
            return Interruption.Run(stop =>
            {
                Evaluate(path, asked, parsed.GetValue(part)!, compute.Prepare(parsed), stop);
                return ExitCode.Done;
            });
        });
        return command;
    }

    private static Recipe RecipeFor(string file, string? place, string? data, string[] overrides)
    {
        var folder = new RunFolder(Path.Combine(Path.GetDirectoryName(Path.GetFullPath(file))!, ".."));
        place ??= folder.Exists
            ? folder.RecipeFile
            : throw new UserErrorException($"{file}: does not lie in a run folder; say by --recipe which images to ask.");
        var recipe = RecipeBook.Read(place, overrides);
        if (data is null)
            return recipe;
        var source = DataRecognition.Of(data);
        if (source.GetType() == recipe.Data.Source.GetType())
            return RecipeBook.Read(place, [$"data.source.path={data}", .. overrides]);
        // Another format: what it is brought to is still for the recipe to say.
        if (source is PictureSource found && recipe.Data.Source is PictureSource known)
            source = found with { Size = known.Size, Fit = known.Fit, Grey = known.Grey, SkipBroken = known.SkipBroken };
        return recipe with { Data = recipe.Data with { Source = source } };
    }

    private static void Evaluate(string file, Recipe recipe, string part, TorchSharp.torch.Device device, CancellationToken stop)
    {
        var (network, card) = StudentFile.Read(file, device);
        var data = recipe.Data.Prepare(new LoadSetting { Progress = new LoadDisplay(), Stop = stop });
        var images = part switch
        {
            "held-out" => data.HeldOut ?? throw new UserErrorException($"--part held-out: recipe '{recipe.Name}' holds nothing out; use test or train."),
            "train" => data.Train,
            _ => data.Test,
        };
        if (!images.Set.Classes.SequenceEqual(card.Classes))
        {
            throw new UserErrorException($"{file}: knows the classes {Named(card.Classes)}, the images have {Named(images.Set.Classes)}; "
                + "expected the same in the same order.");
        }
        data.CheckInput(file, card.Input);
        var accuracy = Evaluation.Measure(network, data.ForEvaluation(images, card.Normalization, device));
        Output.Line($"{card.Network} of {file}, weights of epoch {card.Epoch}");
        Output.Line($"{images.Set.Name}, {accuracy.Images:N0} images: top-1 {Output.Percent(accuracy.Top1)}, top-5 {Output.Percent(accuracy.Top5)}, cross-entropy {accuracy.CrossEntropy:0.0000}");
    }

    private static string Named(IReadOnlyCollection<string> classes) =>
        $"{string.Join(", ", classes.Take(5).Select(name => $"'{name}'"))}{(classes.Count > 5 ? $" … ({classes.Count} in all)" : "")}";
}
