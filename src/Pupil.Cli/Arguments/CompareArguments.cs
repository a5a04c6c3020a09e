using System.CommandLine;
using System.Globalization;
using Pupil.Cli.Hosting;
using Pupil.Distillation;
using Pupil.Distillation.Methods;
using Pupil.Experiments.Recipes;
using Pupil.Images.Recognition;

namespace Pupil.Cli.Arguments;

/// <summary>The argument and options of <c>pupil compare</c> that name what is compared.</summary>
internal sealed class CompareArguments
{
    private const int LongestName = 80;

    private readonly Argument<string[]> _what = new("what")
    {
        Description = $"A comparison: a file, or a built-in one ({string.Join(", ", ComparisonBook.Names)}). Or recipes, whose methods "
            + "are compared.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly Option<string?> _methods = new("--methods")
    {
        Description = "For recipes: the methods, for example kd,ctkd. Default: the recipe's own method and kd. Known: "
            + $"{string.Join(", ", MethodCatalogue.Names)}.",
        HelpName = "NAME,NAME…",
    };

    private readonly Option<int[]?> _seeds = new("--seeds")
    {
        Description = "The seeds, for example 0,1,2,3,4. Default: the comparison's; for recipes 0,1,2.",
        HelpName = "N,N…",
        CustomParser = result => ParseSeeds(result.Tokens.Single().Value, result.AddError),
    };

    private readonly Option<string?> _contrasts = new("--contrasts")
    {
        Description = "The differences of rows that the comparison is made for, for example \"ctkd - kd,kd - alone\". Name them before the "
            + "first result; later ones count as exploratory.",
        HelpName = "ROW - ROW,…",
    };

    private readonly Option<string[]> _overrides = new("--set")
    {
        Description = "Replaces a value in all recipes, before the rows' own: --set training.epochs=3. May be repeated.",
        HelpName = "PATH=VALUE",
        AllowMultipleArgumentsPerToken = false,
        DefaultValueFactory = _ => [],
    };

    private readonly Option<string?> _data = new("--data")
    {
        Description = "Path of the data set: short for --set data.source.path=PATH. Without a comparison or recipe: a folder of pictures, "
            + "archive, CSV file, packed file or known data set; the quick recipe for such data runs.",
        HelpName = "PATH",
    };

    private readonly Option<bool> _skipBroken = new("--skip-broken")
    {
        Description = "Short for --set data.source.skipBroken=true: leave broken pictures out; count and list them.",
    };

    private readonly bool _isSearch;

    /// <summary>Adds the argument and options to a command.</summary>
    /// <param name="command">The command.</param>
    /// <param name="isSearch">
    /// Whether seeds and values are those of a search, and not of the comparison; recipes then have their own method alone.
    /// </param>
    public CompareArguments(Command command, bool isSearch = false)
    {
        _isSearch = isSearch;
        // The parser takes an unknown option as a value of the argument.
        _what.Validators.Add(result =>
        {
            if (result.Tokens.FirstOrDefault(token => token.Value.StartsWith('-')) is { } option)
                result.AddError(Suggestion.UnknownOption(option.Value, command));
        });
        command.Arguments.Add(_what);
        foreach (var option in new Option[] { _methods, _seeds, _contrasts, _overrides, _data, _skipBroken })
        {
            if (!isSearch || option != _contrasts)
                command.Options.Add(option);
        }
    }

    /// <summary>Whether any of them is on the command line.</summary>
    public bool AreGiven(ParseResult parsed) =>
        parsed.GetValue(_what) is { Length: > 0 }
            || new Option[] { _methods, _seeds, _contrasts, _overrides, _data, _skipBroken }
                .Any(option => parsed.GetResult(option) is { Implicit: false });

    /// <summary>The seeds on the command line; null without any.</summary>
    public int[]? SeedsIn(ParseResult parsed) => parsed.GetValue(_seeds) is { Length: > 0 } given ? given : null; // empty where missing

    /// <summary>The values on the command line that replace those of the recipes, apart from the images.</summary>
    public IReadOnlyList<string> SetIn(ParseResult parsed) => parsed.GetValue(_overrides)!;

    /// <summary>Reads the comparison; without any, the one on the built-in data set.</summary>
    public ComparisonPlan Read(ParseResult parsed)
    {
        var (places, set) = Given(parsed);
        string[]? methods = Names(parsed.GetValue(_methods));
        if (places.Count == 0)
            places.Add(methods is null && !_isSearch ? ComparisonBook.Demo : RecipeBook.Demo);
        int[]? seeds = _isSearch ? null : SeedsIn(parsed);
        if (!_isSearch)
            set.AddRange(SetIn(parsed));
        Contrast[] contrasts = [.. Names(parsed.GetValue(_contrasts))?.Select(rows => new Contrast { Rows = rows }) ?? []];
        if (places.FirstOrDefault(ComparisonBook.IsComparison) is not { } comparison)
            return OfRecipes(places, methods, seeds, set, contrasts);
        if (places.Count > 1)
            throw new UserErrorException($"{comparison}: is a comparison, which stands alone; give one comparison, or recipes.");
        if (methods is not null)
        {
            throw new UserErrorException($"--methods: {comparison} has rows of its own; leave it out, choose rows with --only, "
                + "or name recipes.");
        }
        return ComparisonBook.Read(comparison, found => found with
        {
            Seeds = seeds ?? found.Seeds,
            Set = [.. found.Set, .. set],
            Contrasts = [.. found.Contrasts, .. contrasts.ExceptBy(found.Contrasts.Select(one => one.Rows), one => one.Rows)],
        });

        static string[]? Names(string? list) =>
            list?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
    }

    private (List<string> Places, List<string> Set) Given(ParseResult parsed)
    {
        var places = parsed.GetValue(_what)!.ToList();
        var set = new List<string>();
        if (parsed.GetValue(_data) is string data)
        {
            if (places.Count > 0)
            {
                set.Add($"data.source.path={data}");
            }
            else
            {
                var (name, source) = RecipeBook.QuickFor(DataRecognition.SourceOf(data));
                places.Add(name);
                set.AddRange(source is null ? [] : [source]);
            }
        }
        if (parsed.GetValue(_skipBroken))
            set.Add("data.source.skipBroken=true");
        return (places, set);
    }

    private ComparisonPlan OfRecipes(
        List<string> places, string[]? methods, int[]? seeds, List<string> set, Contrast[] contrasts)
    {
        var recipes = places.Select(place => RecipeBook.Read(place, set)).ToList();
        MethodOptions[] others = _isSearch ? [] : [new KdOptions()], usual = [.. recipes.Select(recipe => recipe.Method), .. others];
        methods ??= [.. usual.Select(method => method.MethodName).Distinct()];
        if (methods.Length == 0)
        {
            throw new UserErrorException("--methods: found no name, expected some of "
                + $"{string.Join(", ", MethodCatalogue.Names)}, for example kd,ctkd.");
        }
        string name = $"{string.Join('-', recipes.Select(recipe => recipe.Name))}-compared";
        var comparison = new Comparison
        {
            Name = name.Length > LongestName ? name[..LongestName] : name,
            Recipes = places,
            Set = set,
            Contrasts = contrasts,
            Rows = [.. methods.Select(method => new ComparisonRow { Name = method })],
        };
        return ComparisonBook.Plan(seeds is null ? comparison : comparison with { Seeds = seeds });
    }

    private static int[]? ParseSeeds(string text, Action<string> addError)
    {
        var seeds = new List<int>();
        foreach (string part in text.Split(',', StringSplitOptions.TrimEntries))
        {
            if (!int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int seed))
            {
                addError($"--seeds: found '{text}', expected whole numbers of 0 and more with commas between them, for example 0,1,2.");
                return null;
            }
            seeds.Add(seed);
        }
        return [.. seeds];
    }
}
