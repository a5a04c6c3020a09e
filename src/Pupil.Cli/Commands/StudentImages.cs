using System.CommandLine;
using Pupil.Experiments.Recipes;
using Pupil.Experiments.Runs;
using Pupil.Images.Formats.Pictures;
using Pupil.Images.Recognition;

namespace Pupil.Cli.Commands;

/// <summary>The options that choose the images for a student file.</summary>
internal sealed class StudentImages
{
    private readonly Option<string?> _recipe = new("--recipe")
    {
        Description = "The recipe of the images. Default: that of the file's run folder.",
        HelpName = "RECIPE",
    };

    private readonly Option<string?> _data = new("--data")
    {
        Description = "Other images, prepared as in the recipe: a folder, archive, CSV file, packed file or known data set.",
        HelpName = "PATH",
    };

    private readonly Option<string[]> _overrides = new("--set")
    {
        Description = "Replaces a value of the recipe, for example --set data.testImages=1000.",
        HelpName = "PATH=VALUE",
        DefaultValueFactory = _ => [],
    };

    private readonly Option<bool> _skipBroken = new("--skip-broken") { Description = "Leave broken pictures out; count and list them." };

    public StudentImages(Command command)
    {
        foreach (var option in new Option[] { _recipe, _data, _overrides, _skipBroken })
            command.Options.Add(option);
    }

    /// <summary>Returns the recipe with the images.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="file">The student file.</param>
    public Recipe Read(ParseResult parsed, string file) => Read(parsed, file, parsed.GetValue(_data));

    /// <summary>Returns the recipe of the training if other images are chosen; otherwise null.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="file">The student file.</param>
    public Recipe? ReadTraining(ParseResult parsed, string file) => parsed.GetValue(_data) is null ? null : Read(parsed, file, null);

    /// <summary>Returns the recipe with given images in place of its own.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="file">The student file.</param>
    /// <param name="data">The path of the images; null for the recipe's own.</param>
    public Recipe Read(ParseResult parsed, string file, string? data)
    {
        var recipe = RecipeFor(file, parsed.GetValue(_recipe), data, parsed.GetValue(_overrides)!);
        return parsed.GetValue(_skipBroken) && recipe.Data.Source is PictureSource pictures
            ? recipe with { Data = recipe.Data with { Source = pictures with { SkipBroken = true } } }
            : recipe;
    }

    private static Recipe RecipeFor(string file, string? place, string? data, string[] overrides)
    {
        var folder = RunFolder.OfStudent(file);
        place ??= folder.Exists
            ? folder.RecipeFile
            : throw new UserErrorException($"{file}: lies in no run folder; name the recipe of its images by --recipe.");
        var recipe = RecipeBook.Read(place, overrides);
        if (data is null)
            return recipe;
        var source = DataRecognition.SourceOf(data);
        if (source.GetType() == recipe.Data.Source.GetType())
            return RecipeBook.Read(place, [$"data.source.path={data}", .. overrides]);
        // Data of another format: the recipe's input size still applies.
        if (source is PictureSource found && recipe.Data.Source is PictureSource known)
        {
            source = found with
            {
                Size = known.Size,
                Fit = known.Fit,
                Grey = known.Grey,
                SkipBroken = known.SkipBroken,
                UnknownClasses = known.UnknownClasses,
            };
        }
        return recipe with { Data = recipe.Data with { Source = source } };
    }
}
