using System.CommandLine;
using Pupil.Cli.Arguments;
using Pupil.Cli.Display;
using Pupil.Cli.Hosting;
using Pupil.Experiments.Recipes;
using Pupil.Experiments.Runs;
using Pupil.Images;
using Pupil.Interop.Students;
using Pupil.Networks;
using Pupil.Reporting.Descriptions;

namespace Pupil.Cli.Commands;

/// <summary><c>pupil describe</c>: prints a network part by part, or how a recipe joins its networks.</summary>
internal static class DescribeCommand
{
    public static Command Create()
    {
        var command = new Command("describe",
            """
            Describes a network (by name, or from a student file): stages, shapes,
            parameters, multiply-adds. For an ONNX model of any origin also its inputs
            and outputs, and the tensors that a method can use when it is the expert. For
            a recipe also how students and teachers are joined: which outputs each term
            of the loss compares, which network it trains, and where its gradient stops.
            As text; with --svg also as a drawing.

            Examples:
              pupil describe wrn-16-1 --size 32 --classes 10
              pupil describe smoke --svg ctkd.svg
              pupil describe cifar10/paper --set method=reviewkd
              pupil describe pictures/quick --data my-pictures
              pupil describe runs/mine/students/student.safetensors
              pupil describe resnet50.onnx
            """);
        var what = new Argument<string>("what") { Description = "Name of a network, student file, ONNX model, or recipe." };
        var svg = new Option<string?>("--svg") { Description = "Also write a drawing to this file.", HelpName = "FILE" };
        var size = NumberOption.Whole("--size", "Height and width of the images. Default: 32; for a recipe, those of its data; "
            + "for an ONNX model, its own, or 224 where it takes any.", "PIXELS", 8, 4096);
        var channels = NumberOption.Whole(
            "--channels", "Channels of these images. Default: 3; for a recipe, those of its data.", "C", 1, 3);
        var classes = NumberOption.Whole("--classes", "Number of classes. Default: 10; for a recipe, that of its data; "
            + "for an ONNX model, that of its last layer.", "K", 2, 1_000_000);
        var overrides = new Option<string[]>("--set")
        {
            Description = "Replaces a value of the recipe, for example --set method=dkd.",
            HelpName = "PATH=VALUE",
            DefaultValueFactory = _ => [],
        };
        var data = new Option<string?>("--data")
        {
            Description = "Path of the recipe's data set: short for --set data.source.path=PATH.",
            HelpName = "PATH",
        };
        command.Arguments.Add(what);
        foreach (var option in new Option[] { svg, size, channels, classes, overrides, data })
            command.Options.Add(option);
        command.SetAction(parsed =>
        {
            string subject = parsed.GetValue(what)!;
            string? target = parsed.GetValue(svg);
            var given = (Size: parsed.GetValue(size), Channels: parsed.GetValue(channels), Classes: parsed.GetValue(classes));
            string[] dataPath = parsed.GetValue(data) is { } path ? [$"data.source.path={path}"] : [];
            string[] set = [.. dataPath, .. parsed.GetValue(overrides)!];
            if (RecipeOf(subject) is { } place)
            {
                var recipe = RecipeBook.Read(place, set);
                return Interruption.Run(stop =>
                {
                    var teaching = TeachingDescription.OfRecipe(recipe, FormOf(recipe, given.Size, given.Channels, given.Classes, stop));
                    DescriptionView.Show(teaching);
                    Draw(target, path => Description.WriteSvg(teaching, path));
                    return ExitCode.Done;
                });
            }
            if (set.Length > 0)
                throw new UserErrorException($"--set, --data: go with a recipe, but {subject} is a network; leave them out.");
            bool isOnnx = Path.GetExtension(subject).Equals(".onnx", StringComparison.OrdinalIgnoreCase);
            var network = isOnnx
                ? ModelOf(subject, given.Size, given.Channels, given.Classes)
                : NetworkOf(subject, given.Size, given.Channels, given.Classes);
            DescriptionView.Show(network);
            Draw(target, path => Description.WriteSvg(network, path));
            return ExitCode.Done;
        });
        return command;
    }

    private static void Draw(string? target, Action<string> write)
    {
        if (target is null)
            return;
        write(target);
        Output.Line($"Drawing: {target}");
    }

    // The place of the recipe; null for a network. No network's name has a slash or the extension of a recipe.
    private static string? RecipeOf(string subject)
    {
        if (new RunFolder(subject) is { Exists: true } run)
            return run.RecipeFile;
        bool isRecipe = RecipeBook.Names.Contains(subject) || Directory.Exists(subject)
            || Path.GetExtension(subject).ToLowerInvariant() is ".json" or ".jsonc";
        return isRecipe ? subject : null;
    }

    private static DescribedNetwork NetworkOf(string subject, int? size, int? channels, int? classes)
    {
        if (!File.Exists(subject) && (subject.Contains('/', StringComparison.Ordinal) || Path.GetExtension(subject) == ".safetensors"))
            throw new UserErrorException($"{subject}: there is no such file; expected a network's name, a student file or a recipe.");
        if (!File.Exists(subject))
        {
            var input = new ImageShape(channels ?? 3, size ?? 32, size ?? 32);
            return DescribedNetwork.FromSpec(new NetworkSpec { Architecture = subject }, input, classes ?? 10);
        }
        if ((size ?? channels ?? classes) is not null)
            throw new UserErrorException($"--size, --channels, --classes: the file {subject} has them; leave them out.");
        var card = StudentFile.ReadCard(subject);
        return DescribedNetwork.FromSpec(card.Network, card.Input, card.Classes.Count);
    }

    private static DescribedNetwork ModelOf(string subject, int? size, int? channels, int? classes)
    {
        if (channels is not null)
            throw new UserErrorException($"--channels: the file {subject} has them; leave it out.");
        var model = DescribedModel.FromFile(subject, size, classes);
        DescriptionView.Show(model);
        return model.Network;
    }

    private static DataForm FormOf(Recipe recipe, int? size, int? channels, int? classes, CancellationToken stop)
    {
        if (size is { } side && classes is { } count)
            return new DataForm(side, side, channels ?? 3, count);
        var known = recipe.Data.Source.KnownForm ?? Loaded();
        return new DataForm(size ?? known.Height, size ?? known.Width, channels ?? known.Channels, classes ?? known.Classes)
        {
            Labelling = known.Labelling,
        };

        DataForm Loaded()
        {
            var images = recipe.Data.Source.Load(new LoadContext { Progress = new LoadDisplay(), Stop = stop }).Train;
            return new DataForm(images.Height, images.Width, images.Channels, images.Classes.Count) { Labelling = images.Labelling };
        }
    }
}
