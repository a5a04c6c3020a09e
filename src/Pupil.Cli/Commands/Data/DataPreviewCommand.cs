using System.CommandLine;
using Pupil.Cli.Arguments;
using Pupil.Cli.ContactSheets;
using Pupil.Cli.Display;
using Pupil.Cli.Hosting;
using Pupil.Experiments.Recipes;
using Pupil.Images;
using Pupil.Images.Transforms;

namespace Pupil.Cli.Commands.Data;

/// <summary><c>pupil data preview</c>: draws a contact sheet of a data set.</summary>
internal static class DataPreviewCommand
{
    private const int MostImages = 2000, MostVersions = 20;

    public static Command Create()
    {
        var command = new Command("preview",
            """
            Draws a contact sheet (PNG): images as stored, with their labels and boxes,
            and beside each one the input of the network in the first epochs, after
            augmentation. Look at it before you train.

            Examples:
              pupil data preview my-pictures
              pupil data preview my-pictures --set 'data.augmentation.policy={"name":"trivial-augment"}' --images 40 --versions 5
              pupil data preview --recipe tiny-imagenet/released-code data --part test --out test.png
            """);
        var arguments = new DataArguments(command);
        var target = new Option<string>("--out", "-o")
        {
            Description = "The file to write.",
            HelpName = "FILE.png",
            DefaultValueFactory = _ => "preview.png",
        };
        var part = new Option<string>("--part")
        {
            Description = "The part: train, validation or test (which is never augmented).",
            HelpName = "train|validation|test",
            DefaultValueFactory = _ => "train",
        };
        part.AcceptOnlyFromAmong("train", "validation", "test");
        var images = NumberOption.Whole("--images", "Number of images, in proportion to the classes.", "N", 1, MostImages, 30);
        var versions = NumberOption.Whole(
            "--versions", "Number of augmented versions of each image; 0 for none.", "N", 0, MostVersions, 3);
        var seed = NumberOption.Whole("--seed", "Seed of the choice of images and of their augmentation.", "N", 0, int.MaxValue, 0);
        foreach (var option in new Option[] { target, part, images, versions, seed })
            command.Options.Add(option);
        command.SetAction(parsed => Interruption.Run(stop =>
        {
            string file = parsed.GetValue(target)!;
            if (!file.EndsWith(".png", StringComparison.OrdinalIgnoreCase))
                throw new UserErrorException($"--out {file}: expected a name that ends in .png.");
            var options = arguments.Read(parsed);
            var splits = options.Source.Load(new LoadContext { Progress = new LoadDisplay(), Stop = stop });
            string name = parsed.GetValue(part)!;
            var found = splits.Parts.FirstOrDefault(entry => entry.Part == name).Images
                ?? throw new UserErrorException($"--part {name}: {splits.Name} has only "
                    + $"{string.Join(" and ", splits.Parts.Select(entry => entry.Part))}.");
            var augmentation = name == "train" ? options.Augmentation : Augmentation.None;
            int given = parsed.GetValue(versions)!.Value, shown = name == "train" ? given : Math.Min(1, given);
            var tiles = DataPreview.Tiles(ImageSubset.All(found), parsed.GetValue(images)!.Value, shown, options.Input, augmentation,
                parsed.GetValue(seed)!.Value);
            string subtitle = Subtitle(found, tiles.Count, shown > 0 ? options : null);
            ContactSheet.WritePng(new ContactSheetContent($"{splits.Name}, {name}", subtitle, tiles), file);
            Output.Line($"{file}: {tiles.Count:N0} of {found.Count:N0} images.{Texts.LeftOut(splits)}");
            return ExitCode.Done;
        }));
        return command;
    }

    private static string Subtitle(ImageSet images, int shown, DataOptions? seen)
    {
        string input = seen?.Input is { } given ? $" (network input {given.Size}×{given.Size})" : "";
        string mixes = seen?.Augmentation.Mixing is null ? "" : "; mixing of images is not shown";
        return $"{shown:N0} of {images.Count:N0} images, {images.Classes.Count:N0} classes, "
            + $"{images.Height}×{images.Width} pixels{input}{mixes}";
    }
}
