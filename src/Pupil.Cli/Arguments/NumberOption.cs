using System.CommandLine;
using System.Globalization;

namespace Pupil.Cli.Arguments;

/// <summary>Makes options that take a whole number.</summary>
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
}
