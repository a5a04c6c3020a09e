using System.CommandLine;
using Pupil.Cli.Arguments;
using Pupil.Cli.Hosting;

namespace Pupil.Cli.Commands;

/// <summary><c>pupil distill</c>: runs a recipe from its images to its students.</summary>
internal static class DistillCommand
{
    public static Command Create()
    {
        var command = new Command("distill",
            """
            Trains the students of a recipe under its teachers, by its method. Trains the
            expert first where the recipe describes one that does not exist yet. Without
            a recipe: the demo on the built-in data set, about two minutes on two cores.

            Examples:
              pupil distill
              pupil distill --data my-pictures                 (a folder for each class; or an archive, a CSV file, a known data set)
              pupil distill --data photos.csv                  (columns path and label; several labels a picture: beach;sunset)
              pupil distill --data my-pictures --budget 30m --quality best
              pupil distill --data my-pictures --student-weights mobilenet_v2.pth    (the student starts from trained weights)
              pupil distill cifar10/quick --data data --seed 1
              pupil distill my.jsonc --set method.gamma=0.1 --set training.epochs=30 --out runs/mine
              pupil distill --resume runs/mine
              mpirun -np 4 pupil distill my.jsonc              (four processes, on one or several machines, compute one training)
            """);
        var options = new RunOptions(command);
        command.SetAction(parsed => ProcessesTogether.Run(() => options.Run(parsed, recipe => recipe, teaches: true)));
        return command;
    }
}
