using Pupil.Distillation;
using Pupil.Networks;
using Pupil.Recipes;
using Pupil.Training;
using TorchSharp;

namespace Pupil.Runs;

/// <summary>Builds all that a training will need, untrained networks in place of experts still to be made, so that what does not fit is refused before they are.</summary>
internal static class Rehearsal
{
    /// <summary>Builds it and throws it away; no number of the training changes by it.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="data">Its images.</param>
    /// <exception cref="UserErrorException">The method does not fit the networks.</exception>
    public static void Of(Recipe recipe, PreparedData data)
    {
        var experts = recipe.ExpertsAsked.ToDictionary(options => options.Name, options => StandIn(options, data, recipe.SnapshotsNeeded(options)));
        var classrooms = Classrooms.Of(recipe, data, torch.CPU, experts);
        try
        {
            foreach (var (method, students) in classrooms)
            {
                foreach (var student in students)
                    Trainer.Enrol(method, student, recipe.Seed).Dispose();
            }
        }
        finally
        {
            foreach (var network in classrooms.SelectMany(classroom => classroom.Students.Select(student => student.Network)))
                network.Dispose();
            foreach (var companion in classrooms.SelectMany(classroom => classroom.Method.Companions))
                companion.Module.Dispose();
            foreach (var expert in experts.Values)
                expert.Dispose();
        }
    }

    private static Expert StandIn(ExpertOptions options, PreparedData data, int snapshots) => new(Network(options, data), data.Normalization, data.Normalization)
    {
        Snapshots = [.. Enumerable.Range(0, snapshots).Select(_ => new Expert(Network(options, data), data.Normalization, data.Normalization))],
    };

    private static Network Network(ExpertOptions options, PreparedData data) => options.File is { } file
        ? StudentFile.Read(file, torch.CPU).Network
        : NetworkCatalogue.Build(options.Network, data.InputShape, data.Splits.Train.Classes.Count, options.Seed, Experts.NetworkName);
}
