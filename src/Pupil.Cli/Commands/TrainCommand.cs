using System.CommandLine;
using Pupil.Cli.Arguments;
using Pupil.Cli.Hosting;
using Pupil.Distillation.Methods;
using Pupil.Experiments.Recipes;

namespace Pupil.Cli.Commands;

/// <summary><c>pupil train</c>: trains the recipe's students, or its expert, without a teacher.</summary>
internal static class TrainCommand
{
    public static Command Create()
    {
        var command = new Command("train",
            """
            Trains the students of a recipe on the labels alone, without a teacher: the
            baseline of every method. With --expert: trains the expert of the recipe
            instead and keeps it for 'pupil distill'. With --data and without a recipe:
            chooses the settings from the data.

            Examples:
              pupil train cifar10/quick --data data/cifar-10-batches-bin
              pupil train smoke --expert
            """);
        var options = new RunOptions(command);
        var expert = new Option<bool>("--expert")
        {
            Description = "Train the recipe's expert and keep it with the others; resumes by itself. Without --out and --resume.",
        };
        command.Options.Add(expert);
        command.SetAction(parsed => ProcessesTogether.Run(() => parsed.GetValue(expert)
            ? options.MakeExpert(parsed)
            : options.Run(parsed, WithoutTeacher, teaches: false)));
        return command;
    }

    // A student for comparison would be a copy of another student here.
    private static Recipe WithoutTeacher(Recipe recipe)
    {
        StudentOptions[] taught = [.. recipe.Students.Where(student => student.Taught)];
        return recipe with { Method = new SupervisedOptions(), Expert = null, Students = taught.Length > 0 ? taught : recipe.Students };
    }
}
