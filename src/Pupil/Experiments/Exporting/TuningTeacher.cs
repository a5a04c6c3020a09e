using Pupil.Distillation;
using Pupil.Experiments.Recipes;
using Pupil.Experiments.Runs;
using Pupil.Interop.Students;
using TorchSharp;

namespace Pupil.Experiments.Exporting;

/// <summary>The cause of an error: the file of the expert that taught a student is missing.</summary>
internal sealed record ExpertMissing : UserErrorCause;

/// <summary>The teacher of a tuning: the expert of the student's run, or else the student itself in float32.</summary>
/// <param name="Expert">The teacher; the receiver disposes of it.</param>
/// <param name="Name">Its name: <c>the run's expert resnet-20</c>, <c>the student in float32</c>.</param>
internal sealed record TuningTeacher(Expert Expert, string Name)
{
    /// <summary>
    /// Opens the teacher. The expert of the run teaches where the run has one that gives logits, unless the student was trained without
    /// teachers.
    /// </summary>
    /// <param name="student">The student file, in its run folder or elsewhere.</param>
    /// <param name="card">Its description.</param>
    /// <param name="recipe">The recipe of its run.</param>
    /// <param name="data">The images of the recipe.</param>
    /// <exception cref="UserErrorException">The file of the expert is missing, or does not fit the images.</exception>
    public static TuningTeacher Open(string student, StudentCard card, Recipe recipe, PreparedData data)
    {
        bool isTaught = recipe.Students.FirstOrDefault(own => own.Name == card.Name)?.Taught ?? true;
        if (isTaught && recipe is { Method.NeedsExpert: true, Expert: { } options })
        {
            string file = FileOf(options, RunFolder.OfStudent(student), recipe, data);
            var opened = ExpertFile.Open(options, file, data, torch.CPU);
            opened.CheckClasses(file, data.Splits.Train);
            if (opened.Network.HasLogits)
                return new(new Expert(opened.Network, opened.Normalization, card.Normalization), $"the run's expert {opened.Network.Name}");
            opened.Network.Dispose();
        }
        var (own, _) = StudentFile.Read(student, torch.CPU);
        return new(new Expert(own, card.Normalization, card.Normalization), "the student in float32");
    }

    private static string FileOf(ExpertOptions options, RunFolder run, Recipe recipe, PreparedData data)
    {
        string file = options.File ?? new Experts(run.ExpertsFolder)
            .FolderOf(Experts.RecipeOf(recipe, options), data).StudentFile(Experts.NetworkName);
        return File.Exists(file) ? file
            : throw new UserErrorException($"{file}: is missing; expected the expert that taught the student, to teach the tuning too. "
                + "Restore the file, or name another one in the recipe (expert.file).")
            {
                Cause = new ExpertMissing(),
            };
    }
}
