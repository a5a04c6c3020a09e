using System.CommandLine;
using System.Globalization;
using System.Text.RegularExpressions;
using Pupil.Experiments.Planning;

namespace Pupil.Cli.Arguments;

/// <summary>The options of the commands that choose a recipe from the data.</summary>
internal sealed partial class PlanArguments
{
    private const string BudgetName = "--budget", QualityName = "--quality";

    private readonly Option<Quality> _quality = new(QualityName)
    {
        Description = "Without a recipe: the size of the networks. Its time, unless --budget gives another: "
            + string.Join(", ", Enum.GetValues<Quality>().Select(quality =>
                $"{quality.ToString().ToLowerInvariant()} {PlanOptions.DefaultTime(quality).TotalMinutes:0} minutes")) + ".",
        HelpName = "quick|good|best",
        DefaultValueFactory = _ => Quality.Good,
    };

    private readonly Option<TimeSpan?> _budget = new(BudgetName)
    {
        Description = "Without a recipe: the time that choosing the settings and training may take, such as 90s, 10m or 1h30m.",
        HelpName = "TIME",
        CustomParser = result =>
        {
            string text = result.Tokens.Single().Value;
            if (Parse(text) is { } time)
                return time;
            result.AddError($"{BudgetName}: found '{text}', expected a time from 10s to 30 days, such as 90s, 10m or 1h30m.");
            return null;
        },
    };

    public PlanArguments(Command command)
    {
        command.Options.Add(_budget);
        command.Options.Add(_quality);
    }

    /// <summary>Whether any of them is on the command line.</summary>
    public bool AreGiven(ParseResult parsed) =>
        new Option[] { _budget, _quality }.Any(option => parsed.GetResult(option) is { Implicit: false });

    /// <summary>Adds the options' values.</summary>
    public PlanOptions Complete(PlanOptions options, ParseResult parsed) =>
        options with { Quality = parsed.GetValue(_quality), Budget = parsed.GetValue(_budget) };

    /// <summary>Reads a time such as <c>10m</c> or <c>1h30m</c>; null for another text, and for a time out of range.</summary>
    internal static TimeSpan? Parse(string text)
    {
        if (Time().Match(text) is not { Success: true, Length: > 0 } match)
            return null;
        double seconds = 3600 * Part(match, "h") + 60 * Part(match, "m") + Part(match, "s");
        return seconds is >= 10 and <= 30 * 86_400 ? TimeSpan.FromSeconds(seconds) : null;
    }

    private static double Part(Match match, string unit) =>
        match.Groups[unit] is { Success: true } group ? double.Parse(group.ValueSpan, CultureInfo.InvariantCulture) : 0;

    private const string Number = @"[0-9]{1,8}(?:\.[0-9]{1,3})?";

    [GeneratedRegex($@"^(?:(?<h>{Number})h)?(?:(?<m>{Number})m)?(?:(?<s>{Number})s)?\z")]
    private static partial Regex Time();
}
