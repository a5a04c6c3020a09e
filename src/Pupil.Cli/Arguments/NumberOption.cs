using System.CommandLine;
using System.Globalization;

namespace Pupil.Cli.Arguments;

/// <summary>Makes options that take a number, parsed alike for every language of the system.</summary>
internal static class NumberOption
{
    /// <summary>Makes an option that takes a whole number within bounds.</summary>
    /// <param name="name">The name of the option, with its dashes.</param>
    /// <param name="description">The description in the help.</param>
    /// <param name="helpName">The placeholder of the number in the help.</param>
    /// <param name="least">The smallest value.</param>
    /// <param name="most">The largest value.</param>
    /// <param name="otherwise">The default; null for none.</param>
    public static Option<int?> Whole(
        string name, string description, string helpName, int least, int most, int? otherwise = null) => new(name)
        {
            Description = description,
            HelpName = helpName,
            DefaultValueFactory = _ => otherwise,
            CustomParser = result =>
            {
                string text = result.Tokens.Single().Value;
                bool isNumber = int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number);
                if (isNumber && number >= least && number <= most)
                    return number;
                result.AddError($"{name}: found '{text}', expected a whole number from {least} to {most}.");
                return null;
            },
        };

    /// <summary>Makes an option that takes a number over 0, whole or not.</summary>
    /// <param name="name">The name of the option, with its dashes.</param>
    /// <param name="description">The description in the help.</param>
    /// <param name="helpName">The placeholder of the number in the help.</param>
    public static Option<double?> OverZero(string name, string description, string helpName) =>
        Number(name, description, helpName, number => number > 0, "a number over 0, such as 0.5 or 20");

    /// <summary>Makes an option that takes a share from 0 to 0.99.</summary>
    /// <param name="name">The name of the option, with its dashes.</param>
    /// <param name="description">The description in the help.</param>
    public static Option<double?> Share(string name, string description) =>
        Number(name, description, "SHARE", number => number is >= 0 and <= 0.99, "a share from 0 to 0.99, such as 0.05");

    private static Option<double?> Number(
        string name, string description, string helpName, Func<double, bool> isAllowed, string expected) => new(name)
        {
            Description = description,
            HelpName = helpName,
            CustomParser = result =>
            {
                string text = result.Tokens.Single().Value;
                // Without separators of thousands, since 0,5 does not mean 5.
                bool isNumber = double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number);
                if (isNumber && double.IsFinite(number) && isAllowed(number))
                    return number;
                result.AddError($"{name}: found '{text}', expected {expected}.");
                return null;
            },
        };
}
