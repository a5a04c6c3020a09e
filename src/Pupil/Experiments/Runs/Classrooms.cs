using Pupil.Distillation;
using Pupil.Distillation.Methods;
using Pupil.Experiments.Recipes;
using Pupil.Networks;
using Pupil.Networks.Families;
using Pupil.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Pupil.Experiments.Runs;

/// <summary>Who learns from whom in a recipe.</summary>
internal static class Classrooms
{
    /// <summary>Builds the students, the method and what it trains along: those who are taught, and those who are not, each if there are any.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="data">Its images.</param>
    /// <param name="device">Where to compute.</param>
    /// <param name="experts">The experts that the method asks, by name.</param>
    /// <exception cref="UserErrorException">The method does not fit the networks.</exception>
    public static IReadOnlyList<Classroom> Of(Recipe recipe, PreparedData data, Device device, IReadOnlyDictionary<string, Expert> experts)
    {
        var shape = data.InputShape;
        int classes = data.Splits.Train.Classes.Count;
        var setting = new MethodContext(shape, classes, recipe.Expert is { } own ? experts.GetValueOrDefault(own.Name) : null, spec => Build(spec, "companion"))
        {
            OtherExperts = experts,
            Seed = recipe.Seed,
            TrainingImages = data.Train,
        };
        var method = recipe.Method.CreateMethod(setting);
        Classroom[] both = [new(method, StudentsWho(taught: true, method.SharedLayers)), new(new Supervised(new SupervisedOptions()), StudentsWho(taught: false, null))];
        return [.. both.Where(classroom => classroom.Students.Count > 0)];

        List<NamedNetwork> StudentsWho(bool taught, SharedLayers? shared) =>
            [.. recipe.Students.Where(student => student.Taught == taught)
                .Select(student => new NamedNetwork(student.Name, Build(student.Network, "student", shared)))];

        // Students of one network start alike, taught or not: what sets them apart is the teaching.
        Network Build(NetworkSpec spec, string role, SharedLayers? shared = null)
        {
            var network = NetworkCatalogue.Build(spec, shape, classes, recipe.Seed, role, shared);
            network.to(device);
            return network;
        }
    }
}
