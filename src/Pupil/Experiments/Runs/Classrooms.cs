using Pupil.Distillation;
using Pupil.Distillation.Methods;
using Pupil.Experiments.Recipes;
using Pupil.Interop.Pretrained;
using Pupil.Networks;
using Pupil.Networks.Families;
using Pupil.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Pupil.Experiments.Runs;

/// <summary>Builds the classrooms of a recipe: which students train with which method.</summary>
internal static class Classrooms
{
    /// <summary>Builds the students and methods: one classroom for taught students and one for the others, each if there are any.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="data">Its images.</param>
    /// <param name="device">The device to compute on.</param>
    /// <param name="experts">The experts that the method reads, by name.</param>
    /// <param name="origins">
    /// The weights that a checkpoint, which is loaded next, comes from, by the names of students; the files of others are loaded.
    /// </param>
    /// <param name="share">The run among those that train in lock-step; null: it trains by itself.</param>
    /// <exception cref="UserErrorException">The method does not fit the networks, or weights cannot be loaded.</exception>
    public static IReadOnlyList<Classroom> FromRecipe(Recipe recipe, PreparedData data, Device device,
        IReadOnlyDictionary<string, Expert> experts, IReadOnlyDictionary<string, WeightsOrigin>? origins = null,
        RunShare? share = null)
    {
        var shape = data.InputShape;
        int classes = data.Splits.Train.Classes.Count;
        var ownExpert = recipe.Expert is { } own ? experts.GetValueOrDefault(own.Name) : null;
        var context = new MethodContext(shape, classes, ownExpert, Companion)
        {
            Labelling = data.Splits.Train.Labelling,
            OtherExperts = experts,
            Seed = recipe.Seed,
            TrainingImages = data.Train,
        };
        var method = recipe.Method.CreateMethod(context);
        var withTeachers = new Classroom(method, Students(taught: true, method.SharedLayers));
        var alone = new Classroom(new Supervised(new SupervisedOptions()), Students(taught: false, null)) { IsTaught = false };
        return [.. new[] { withTeachers, alone }.Where(classroom => classroom.Students.Count > 0)];

        List<NamedNetwork> Students(bool taught, SharedLayers? shared) =>
            [.. recipe.Students.Where(student => student.Taught == taught).Select(student => Start(student, shared))];

        NamedNetwork Start(StudentOptions student, SharedLayers? shared)
        {
            var network = Build(student.Network, "student", shared);
            if (student.Weights is not { } weights)
                return new NamedNetwork(student.Name, network);
            if (shared is not null)
            {
                throw new UserErrorException($"{student.Name}: starts from weights, but the method lets it use convolutions of "
                    + $"{shared.Lender.Spec}, which is untrained; let them share no layers, or set weights to null.");
            }
            var origin = origins?.GetValueOrDefault(student.Name) ?? weights.LoadInto(network, data);
            return new NamedNetwork(student.Name, network)
            {
                Body = new PretrainedBody(origin, weights.BodyRate, weights.FrozenEpochs),
            };
        }

        Network Companion(NetworkSpec spec)
        {
            return share is null ? Own() : share.Companion(spec, Own);

            Network Own() => Build(spec, "companion");
        }

        // Students of one network start with the same weights, taught or not: only the teaching differs.
        Network Build(NetworkSpec spec, string role, SharedLayers? shared = null)
        {
            var network = NetworkCatalogue.Build(spec, shape, classes, recipe.Seed, role, shared);
            network.to(device);
            return network;
        }
    }
}
