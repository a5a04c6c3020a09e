using System.CommandLine;
using System.Globalization;

namespace Pupil.Cli.Arguments;

/// <summary>Makes options that take a number, read the same in every language of the system.</summary>
internal static class NumberOption
{
    /// <summary>An option that is a number within bounds.</summary>
    /// <param name="name">Its name, with its dashes.</param>
    /// <param name="description">What it is for.</param>
    /// <param name="helpName">What help calls the number.</param>
    /// <param name="least">The least that it may be.</param>
    /// <param name="most">The most.</param>
    /// <param name="otherwise">What it is if it is not given; null: nothing.</param>
    public static Option<int?> Create(string name, string description, string helpName, int least, int most, int? otherwise = null) => new(name)
    {
        Description = description,
        HelpName = helpName,
        DefaultValueFactory = _ => otherwise,
        CustomParser = result =>
        {
            string text = result.Tokens.Single().Value;
            if (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number) && number >= least && number <= most)
                return number;
            result.AddError($"{name}: found '{text}', expected a whole number from {least} to {most}.");
            return null;
        },
    };

    /// <summary>An option that is a number over zero, whole or not.</summary>
    /// <param name="name">Its name, with its dashes.</param>
    /// <param name="description">What it is for.</param>
    /// <param name="helpName">What help calls the number.</param>
    public static Option<double?> OverZero(string name, string description, string helpName) => new(name)
    {
        Description = description,
        HelpName = helpName,
        CustomParser = result =>
        {
            string text = result.Tokens.Single().Value;
            // No separators of thousands: 0,5 is nobody's 5.
            if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number) && number > 0)
                return number;
            result.AddError($"{name}: found '{text}', expected a number over 0, such as 0.5 or 20.");
            return null;
        },
    };
}
