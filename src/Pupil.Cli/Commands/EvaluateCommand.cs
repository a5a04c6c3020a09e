using System.CommandLine;
using Pupil.Cli.Display;
using Pupil.Data;
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
        var part = new Option<string>("--part") { Description = "Which images: test, held-out or train.", HelpName = "test|held-out|train", DefaultValueFactory = _ => "test" };
        part.AcceptOnlyFromAmong("test", "held-out", "train");
        command.Arguments.Add(file);
        var images = new StudentImages(command);
        command.Options.Add(part);
        var compute = new ComputeOptions(command);
        command.SetAction(parsed =>
        {
            string path = parsed.GetValue(file)!;
            StudentFile.ReadCard(path);
            var asked = images.Read(parsed, path);
            return Interruption.Run(stop =>
            {
                Evaluate(path, asked, parsed.GetValue(part)!, compute.Prepare(parsed), stop);
                return ExitCode.Done;
            });
        });
        return command;
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
