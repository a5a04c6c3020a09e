using System.CommandLine;
using Pupil.Distillation.Methods;
using Pupil.Experiments.Recipes;
using Pupil.Images.Formats.Pictures;
using Pupil.Images.Recognition;
using Pupil.Settings;

namespace Pupil.Cli.Commands.Data;

/// <summary>The argument and options by which a command gets a data set: a path whose format is recognised, or a recipe's data.</summary>
internal sealed class DataArguments
{
    private readonly Argument<string?> _path = new("path")
    {
        Description = "A folder, archive (.zip, .tar.gz), CSV file or packed file; or 'shapes', the built-in set.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<string?> _recipe = new("--recipe", "-r")
    {
        Description = "Take the data of this recipe (source, input size, augmentation); the path is then their place.",
        HelpName = "RECIPE",
    };

    private readonly Option<string[]> _overrides = new("--set")
    {
        Description = "Replaces a value, for example --set data.source.size=32. May be repeated.",
        HelpName = "PATH=VALUE",
        AllowMultipleArgumentsPerToken = false,
        DefaultValueFactory = _ => [],
    };

    private readonly Option<bool> _skipBroken = new("--skip-broken") { Description = "Leave broken pictures out; count and list them." };

    public DataArguments(Command command)
    {
        command.Arguments.Add(_path);
        foreach (var option in new Option[] { _recipe, _overrides, _skipBroken })
            command.Options.Add(option);
    }

    /// <summary>Reads the images' options.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="skipBroken">Whether broken pictures are left out without --skip-broken as well.</param>
    public DataOptions Read(ParseResult parsed, bool skipBroken = false)
    {
        string? path = parsed.GetValue(_path), recipe = parsed.GetValue(_recipe);
        var overrides = new List<string>(parsed.GetValue(_overrides)!);
        if (recipe is not null)
        {
            if (path is not null)
                overrides.Add($"data.source.path={path}");
            var read = RecipeBook.Read(recipe, overrides).Data;
            bool skips = skipBroken || parsed.GetValue(_skipBroken);
            return skips && read.Source is PictureSource pictures ? read with { Source = pictures with { SkipBroken = true } } : read;
        }
        if (path is null)
            throw new UserErrorException("Give a path (a folder, archive, CSV file or packed file), 'shapes', or --recipe RECIPE.");
        var source = DataRecognition.SourceOf(path);
        if (source is PictureSource found)
            source = found with { SkipBroken = skipBroken || parsed.GetValue(_skipBroken) };
        else if (parsed.GetValue(_skipBroken))
            throw new UserErrorException($"--skip-broken: {path} holds no picture files that could be left out one by one.");
        string text = SettingsWriter.Write(new Recipe { Method = new SupervisedOptions(), Data = new DataOptions { Source = source } });
        return RecipeBook.Parse(text, path, overrides).Data;
    }
}
