using System.CommandLine;
using Pupil.Cli.Arguments;
using Pupil.Cli.Display;
using Pupil.Cli.Hosting;
using Pupil.Experiments.Recipes;
using Pupil.Experiments.Runs;
using Pupil.Images;
using Pupil.Images.Transforms;
using Pupil.Interop.Onnx;
using Pupil.Interop.Students;
using Pupil.Training;
using Spectre.Console;
using TorchSharp;

namespace Pupil.Cli.Commands;

/// <summary><c>pupil evaluate</c>: measures the accuracy of a student file or ONNX model.</summary>
internal static class EvaluateCommand
{
    public static Command Create()
    {
        var command = new Command("evaluate",
            """
            Measures a student file, or an ONNX model of any origin: top-1, top-5 and
            balanced accuracy, cross-entropy, and the accuracy of each class, on one part
            of a recipe's images. With several labels a picture: mAP, F1, and the average
            precision of each class. Images of --data may have some of the classes, in any
            order: classes are matched by name. Without a test part, all pictures count
            that it was not trained on.

            Examples:
              pupil evaluate runs/smoke-20261123-101500/students/student.safetensors
              pupil evaluate runs/mine/students/student.safetensors --data other-pictures
              pupil evaluate student.safetensors --recipe cifar10/quick --data data --part held-out
              pupil evaluate resnet56.onnx --recipe cifar10/quick --normalization imagenet
            """);
        var file = new Argument<string>("file") { Description = "A student file (safetensors) or an ONNX model." };
        var part = new Option<string>("--part")
        {
            Description = "The part of the images: test, held-out or train. Default: test; of --data without a test part, all pictures "
                + "that the network was not trained on.",
            HelpName = "test|held-out|train",
        };
        part.AcceptOnlyFromAmong("test", "held-out", "train");
        command.Arguments.Add(file);
        var images = new StudentImages(command);
        var normalization = new NormalizationOption(
            "Only for an ONNX model. Default: that of expert.onnx in the recipe, or of a file that Pupil exported.");
        command.Options.Add(part);
        command.Options.Add(normalization.Option);
        var compute = new ComputeOptions(command);
        command.SetAction(parsed =>
        {
            string path = parsed.GetValue(file)!;
            var options = new ExpertOptions { File = path };
            var own = normalization.Read(parsed);
            var card = options.IsOnnx ? null : StudentFile.ReadCard(path);
            if (!options.IsOnnx && own is not null)
                throw new UserErrorException($"{normalization.Option.Name}: the file {path} has it; leave it out.");
            var recipe = images.Read(parsed, path);
            if (options.IsOnnx)
            {
                // The recipe's options of another model do not apply to this one.
                bool isSame = recipe.Expert?.File is { } known && Path.GetFullPath(known) == Path.GetFullPath(path);
                var onnx = isSame && recipe.Expert?.Onnx is { } found ? found : new();
                options = options with { Onnx = own is null ? onnx : onnx with { Normalization = own } };
            }
            var onnxFile = options.IsOnnx ? OnnxFile.Read(path) : null;
            var model = onnxFile?.Card;
            if (onnxFile is { Input: { Height: > 0 and var side } input } && input.Width == side)
                recipe = recipe with { Data = AtLeast(recipe.Data, side) };
            var classes = card?.Classes ?? model?.Classes;
            var labelling = card?.Labelling ?? (model?.SeveralLabels == true ? Labelling.Several : Labelling.One);
            var training = parsed.GetValue(part) is null && classes is not null ? images.ReadTraining(parsed, path) : null;
            return Interruption.Run(stop =>
            {
                var device = compute.Prepare(parsed);
                var context = new LoadContext { Progress = new LoadDisplay(), Stop = stop };
                var (data, measured) = training is null
                    ? OwnPart(recipe, parsed.GetValue(part), card?.Images ?? "", context)
                    : Others(recipe, training, classes!, labelling, card?.Images ?? "", context);
                Evaluate(path, options, data, measured, device);
                return ExitCode.Done;
            });
        });
        return command;
    }

    // A model sees pictures at its own size, not those of the recipe enlarged.
    private static DataOptions AtLeast(DataOptions data, int side) => data.Source.AtSize(side) is { } larger
        && data.Input?.Fit != InputFit.CentreCrop ? data with { Source = larger, Input = new InputOptions { Size = side } } : data;

    private static (PreparedData Data, ImageSubset Images) OwnPart(
        Recipe recipe, string? part, string fingerprint, LoadContext context)
    {
        // The student of a search was measured on held-out images.
        var data = (recipe.Data with { Measure = MeasuredPart.Test }).Prepare(context);
        if (data.Splits.IsTestDrawn && TrainingImages.DoubtAbout(data, fingerprint) is { } doubt)
            Output.Aside($"It may have been trained on some of these images: {doubt}.");
        return (data, part switch
        {
            "held-out" => data.HeldOut
                ?? throw new UserErrorException($"--part held-out: recipe '{recipe.Name}' holds nothing out; use test or train."),
            "train" => data.Train,
            _ => data.Test,
        });
    }

    private static (PreparedData Data, ImageSubset Images) Others(
        Recipe recipe, Recipe training, IReadOnlyList<string> classes, Labelling labelling, string fingerprint, LoadContext context)
    {
        var images = MeasuredImages.Load(
            recipe.Data, classes, () => TrainingImages.Load(training.Data, fingerprint, context), context, labelling);
        if (images.Data.Splits.IsTestDrawn)
        {
            Output.Line(images.TrainedOn == 0 ? "No test part: all images are measured."
                : $"No test part: all images are measured except {images.TrainedOn:N0} that it was trained on.");
        }
        if (images.Doubt is { } doubt)
            Output.Aside($"It may have been trained on some of these images: {doubt}.");
        if (images.AbsentClasses is { Count: > 0 } absent)
            Output.Line($"Without an image here: {Named(absent)}.");
        return (images.Data, images.Images);
    }

    private static void Evaluate(string file, ExpertOptions options, PreparedData data, ImageSubset images, torch.Device device)
    {
        var opened = ExpertFile.Open(options, file, data, device);
        var (network, _, classes) = opened;
        using var owned = network;
        if (!options.IsOnnx)
            data.CheckInput(file, network.Input);
        if (classes is not null && !images.Set.Classes.SequenceEqual(classes))
        {
            throw new UserErrorException($"{file}: has the classes {Named(classes)}, the images have {Named(images.Set.Classes)}; "
                + "expected the same in the same order.");
        }
        opened.CheckLabels(file, images.Set);
        if (!network.HasLogits)
        {
            throw new UserErrorException($"{file}: has no output of {images.Set.Classes.Count} numbers, one for each class of the "
                + "images; it can teach by its stages, but it has no accuracy to measure.");
        }
        var accuracy = opened.Measure(file, data, images, data.ViewOf(network.Input, options.Crop), device);
        Output.Line(options.IsOnnx ? file : $"{network.Name} of {file}, weights of epoch {StudentFile.ReadCard(file).Epoch}");
        Output.Line(Texts.AccuracyOn(images.Set.Name, accuracy));
        Output.Console.Write(ByClass(accuracy, images.Set.Classes));
        if (classes is null && accuracy.LabelSets is null && accuracy.Top1 < 2.0 / images.Set.Classes.Count)
            Output.Aside("That is near chance: other classes, their order, or the normalisation?");
    }

    private static Table ByClass(Accuracy accuracy, IReadOnlyList<string> names)
    {
        bool isOne = accuracy.LabelSets is null;
        var table = new Table().Border(TableBorder.Rounded).AddColumn("class").AddColumn(new TableColumn("images").RightAligned());
        if (!isOne)
            table.AddColumn(new TableColumn("average precision").RightAligned());
        table.AddColumn(new TableColumn(isOne ? "accuracy" : "recall").RightAligned());
        foreach (var (name, found) in names.Zip(accuracy.Classes ?? []))
        {
            string[] scores = isOne ? [Percent(found.Share)] : [Percent(found.AveragePrecision), Percent(found.Share)];
            table.AddRow([new Text(name), new Text($"{found.Images:N0}"), .. scores.Select(score => new Text(score))]);
        }
        return table;

        static string Percent(double? share) => share is double known ? Output.Percent(known) : "–";
    }

    private static string Named(IReadOnlyCollection<string> classes) =>
        $"{string.Join(", ", classes.Take(5).Select(name => $"'{name}'"))}{(classes.Count > 5 ? $" … ({classes.Count} in all)" : "")}";
}
