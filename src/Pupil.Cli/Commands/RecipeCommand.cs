using System.CommandLine;
using Pupil.Cli.Arguments;
using Pupil.Cli.Display;
using Pupil.Cli.Hosting;
using Pupil.Experiments.Recipes;
using Pupil.Settings;

namespace Pupil.Cli.Commands;

/// <summary><c>pupil recipe</c>: lists, prints and checks recipes; prints the methods and the schema.</summary>
internal static class RecipeCommand
{
    public static Command Create() => new("recipe", "Lists, prints and checks recipes; prints the methods and the schema.")
    {
        Show(),
        List(),
        Schema(),
        Methods(),
    };

    private static Command Show()
    {
        var command = new Command("show",
            """
            Prints the complete recipe that would run: every value, after its preset and
            --set.

            Examples:
              pupil recipe show cifar10/paper
              pupil recipe show my.jsonc --set preset=released-code
            """);
        var source = new Option<bool>("--source")
        {
            Description = "Print a built-in recipe or comparison as it was written, with its comments: a start for your own.",
        };
        var recipe = new RecipeArguments(command);
        command.Options.Add(source);
        command.SetAction(parsed =>
        {
            Output.Raw(parsed.GetValue(source) ? recipe.Source(parsed) : SettingsWriter.Write(recipe.Read(parsed)));
            return ExitCode.Done;
        });
        return command;
    }

    private static Command List()
    {
        var command = new Command("list", "Lists the built-in recipes, and the comparisons for 'pupil compare'.");
        command.SetAction(_ =>
        {
            foreach (string name in RecipeBook.Names)
                Output.Line($"{name,-32}{RecipeBook.Read(name).About}");
            Output.Line("");
            foreach (string name in ComparisonBook.Names)
                Output.Line($"{name,-32}{ComparisonBook.Read(name).Comparison.About}");
            return ExitCode.Done;
        });
        return command;
    }

    private static Command Methods()
    {
        var command = new Command("methods",
            """
            Prints all methods as Markdown: the loss of a student, what the method needs,
            its options with their defaults, and the paper.

            Example:
              pupil recipe methods | less
            """);
        command.SetAction(_ =>
        {
            Output.Raw(MethodGuide.Markdown());
            return ExitCode.Done;
        });
        return command;
    }

    private static Command Schema()
    {
        var command = new Command("schema",
            """
            Prints the JSON schema of recipes, or of comparisons: an editor completes and
            checks them with it.

            Example:
              pupil recipe schema > recipe.schema.json     (then "$schema": "recipe.schema.json" in the recipe)
            """);
        var comparison = new Option<bool>("--comparison") { Description = "The schema of the files for 'pupil compare'." };
        command.Options.Add(comparison);
        command.SetAction(parsed =>
        {
            Output.Raw(parsed.GetValue(comparison) ? SettingsSchema.TextFor<Comparison>() : SettingsSchema.TextFor<Recipe>());
            return ExitCode.Done;
        });
        return command;
    }
}
