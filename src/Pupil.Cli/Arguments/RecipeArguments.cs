using System.CommandLine;
using Pupil.Cli.Hosting;
using Pupil.Experiments.Planning;
using Pupil.Experiments.Recipes;
using Pupil.Images.Recognition;
using Pupil.Settings;

namespace Pupil.Cli.Arguments;

/// <summary>The argument and options that give a command its recipe.</summary>
internal sealed class RecipeArguments
{
    private readonly Argument<string> _recipe = new("recipe")
    {
        Description = $"A recipe file, or a built-in recipe: {string.Join(", ", RecipeBook.Names)}.",
        DefaultValueFactory = _ => RecipeBook.Demo,
    };

    private readonly Option<string[]> _overrides = new("--set")
    {
        Description = "Replaces a value of the recipe, for example --set training.epochs=3 or --set students[0].network=wrn-16-2. "
            + "May be repeated.",
        HelpName = "PATH=VALUE",
        AllowMultipleArgumentsPerToken = false,
        DefaultValueFactory = _ => [],
    };

    private readonly Option<int?> _seed = NumberOption.Whole("--seed", "Short for --set seed=N.", "N", 0, int.MaxValue);

    private readonly Option<string?> _data = new("--data")
    {
        Description = "Path of the data set: short for --set data.source.path=PATH. Without a recipe: a folder of pictures, archive, "
            + "CSV file, packed file or known data set, for which 'distill' and 'train' choose the settings.",
        HelpName = "PATH",
    };

    private readonly Option<bool> _skipBroken = new("--skip-broken")
    {
        Description = "Short for --set data.source.skipBroken=true: leave broken pictures out; count and list them.",
    };

    public RecipeArguments(Command command)
    {
        // The parser takes an unknown option as the recipe.
        _recipe.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: ['-', ..] and var option }])
                result.AddError(Suggestion.UnknownOption(option, command));
        });
        command.Arguments.Add(_recipe);
        command.Options.Add(_overrides);
        command.Options.Add(_seed);
        command.Options.Add(_data);
        command.Options.Add(_skipBroken);
    }

    /// <summary>Whether any of them is on the command line.</summary>
    public bool AreGiven(ParseResult parsed) =>
        parsed.GetResult(_recipe) is { Implicit: false }
            || new Option[] { _overrides, _seed, _data, _skipBroken }.Any(option => parsed.GetResult(option) is { Implicit: false });

    /// <summary>Reads the recipe; without one, but with data, the quick recipe for such data.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="weights">The options for trained weights; null where the command has none.</param>
    public Recipe Read(ParseResult parsed, WeightOptions? weights = null)
    {
        var overrides = new List<string>();
        string place = parsed.GetValue(_recipe)!;
        if (parsed.GetValue(_data) is string data)
        {
            if (parsed.GetResult(_recipe) is { Implicit: false })
            {
                overrides.Add($"data.source.path={data}");
            }
            else
            {
                (place, string? source) = RecipeBook.QuickFor(DataRecognition.SourceOf(data));
                overrides.AddRange(source is null ? [] : [source]);
            }
        }
        var given = Given(parsed);
        if (weights?.AreGiven(parsed) != true)
            return RecipeBook.Read(place, [.. overrides, .. given]);
        var (text, origin) = RecipeBook.Find(place);
        var students = RecipeBook.Parse(text, origin, [.. overrides, .. given], draft => weights.Complete(draft, parsed)).Students;
        return RecipeBook.Parse(text, origin, [.. overrides, .. weights.Overrides(parsed, students.Count), .. given]);
    }

    /// <summary>Returns what a recipe is chosen for: data without a recipe; otherwise null.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="weights">The options for trained weights.</param>
    public PlanOptions? ToPlan(ParseResult parsed, WeightOptions weights)
    {
        if (parsed.GetValue(_data) is not string data || parsed.GetResult(_recipe) is { Implicit: false })
            return null;
        string name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(data)));
        var allowed = name.Where(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '_' or '-').SkipWhile(letter =>
            !char.IsAsciiLetterOrDigit(letter)).Take(60);
        return new PlanOptions
        {
            Source = DataRecognition.SourceOf(data),
            Name = string.Concat(allowed) is { Length: > 0 } known ? known : "pictures",
            // The student without a teacher starts as the taught one does.
            Overrides = [.. weights.Overrides(parsed, students: 1), .. Given(parsed)],
        };
    }

    // --set comes last, so that it replaces what the short options set.
    private List<string> Given(ParseResult parsed)
    {
        var given = new List<string>();
        if (parsed.GetValue(_skipBroken))
            given.Add("data.source.skipBroken=true");
        if (parsed.GetValue(_seed) is int seed)
            given.Add($"seed={seed}");
        return [.. given, .. parsed.GetValue(_overrides)!];
    }

    /// <summary>Returns the text of a recipe or comparison that comes with Pupil.</summary>
    public string Source(ParseResult parsed)
    {
        string name = parsed.GetValue(_recipe)!;
        return RecipeBook.Names.Contains(name) ? RecipeBook.Text(name)
            : ComparisonBook.Names.Contains(name) ? ComparisonBook.Text(name)
            : throw DoesNotComeWithPupil(name);
    }

    private static UserErrorException DoesNotComeWithPupil(string name)
    {
        string[] known = [.. RecipeBook.Names, .. ComparisonBook.Names];
        return new($"{name}: does not come with Pupil; expected one of {string.Join(", ", known)}.{NearestName.Hint(name, known)}");
    }
}
