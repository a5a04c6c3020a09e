using System.CommandLine;
using Pupil.Cli.Arguments;
using Pupil.Distillation.Methods;
using Pupil.Experiments.Recipes;

namespace Pupil.Cli.Commands;

/// <summary><c>pupil train</c>: the recipe's students, or its expert, without a teacher.</summary>
internal static class TrainCommand
{
    public static Command Create()
    {
        var command = new Command("train",
            """
            Trains the recipe's students on the labels alone, without a teacher: what teaching is compared with. With --expert: trains the
            recipe's expert instead and keeps it, so that 'pupil distill' finds it ready.

            Examples:
              pupil train cifar10/quick --data data/cifar-10-batches-bin
              pupil train smoke --expert
            """);
        var options = new RunOptions(command);
        var expert = new Option<bool>("--expert") { Description = "Train the recipe's expert, and keep it among the experts. --out and --resume do not apply: it goes on where it stood." };
        command.Options.Add(expert);
        command.SetAction(parsed => parsed.GetValue(expert)
            ? options.MakeExpert(parsed)
            : options.Run(parsed, WithoutTeacher));
        return command;
    }

    // A network that learns alone beside the students to compare with would be a copy of one of them here.
    private static Recipe WithoutTeacher(Recipe recipe)
    {
        StudentOptions[] taught = [.. recipe.Students.Where(student => student.Taught)];
        return recipe with { Method = new SupervisedOptions(), Expert = null, Students = taught.Length > 0 ? taught : recipe.Students };
    }
}
