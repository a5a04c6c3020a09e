using Pupil.Distillation;
using Pupil.Experiments.Recipes;
using Pupil.Images.Transforms;
using Pupil.Networks;
using Pupil.Networks.Families;
using Pupil.Training;
using Pupil.Training.Computing;
using TorchSharp;

namespace Pupil.Experiments.Runs;

/// <summary>
/// The networks, method and steps of a training, with untrained networks in place of experts that are not trained yet.
/// What does not fit is refused before experts are trained, and the steps can be inspected and timed. The training is not changed by it.
/// </summary>
internal sealed class Rehearsal : IDisposable
{
    private readonly Dictionary<string, Expert> _experts = [];
    private readonly List<TrainingStep> _steps = [];
    private readonly torch.Device _device;

    /// <summary>Builds the networks and steps.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="data">Its images.</param>
    /// <param name="device">The device of the networks; null for the processor.</param>
    /// <exception cref="UserErrorException">The method does not fit the networks.</exception>
    public Rehearsal(Recipe recipe, PreparedData data, torch.Device? device = null)
    {
        _device = device ?? torch.CPU;
        try
        {
            foreach (var options in recipe.ExpertsRead)
            {
                var expert = StandIn(options, data, recipe.SnapshotsNeeded(options));
                _experts.Add(options.Name, expert);
                expert.Network.Require(recipe.PartsRead(options));
            }
            Classrooms = Runs.Classrooms.FromRecipe(recipe, data, _device, _experts);
            foreach (var classroom in Classrooms)
                _steps.Add(new TrainingStep([classroom], recipe.Seed, SingleProcess.In(recipe.Training.Precision, _device)));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The students with the method that trains them.</summary>
    public IReadOnlyList<Classroom> Classrooms { get; } = [];

    /// <summary>The experts by name.</summary>
    public IReadOnlyDictionary<string, Expert> Experts => _experts;

    /// <summary>The training step of each classroom, with its students.</summary>
    public IReadOnlyList<TrainingStep> Steps => _steps;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var step in _steps)
            step.Dispose();
        foreach (var network in Classrooms.SelectMany(classroom => classroom.Students.Select(student => student.Network)))
            network.Dispose();
        var companions = Classrooms.SelectMany(classroom => classroom.Method.Companions);
        foreach (var network in companions.Select(companion => companion.Module).OfType<Network>())
            network.Dispose();
        foreach (var expert in _experts.Values)
            expert.Dispose();
    }

    private Expert StandIn(ExpertOptions options, PreparedData data, int snapshots)
    {
        var (network, normalization) = One();
        return new Expert(network, normalization, data.Normalization)
        {
            Snapshots =
            [
                .. Enumerable.Range(0, snapshots).Select(_ => One())
                    .Select(one => new Expert(one.Network, one.Normalization, data.Normalization)),
            ],
        };

        (ITeacher Network, Normalization Normalization) One()
        {
            if (options.File is { } file)
            {
                var opened = ExpertFile.Open(options, file, data, _device);
                return (opened.Network, opened.Normalization);
            }
            int classes = data.Splits.Train.Classes.Count;
            var input = options.InputSize is int size ? new ImageShape(data.InputShape.Channels, size, size) : data.InputShape;
            var network = NetworkCatalogue.Build(options.Network, input, classes, options.Seed, Runs.Experts.NetworkName);
            network.to(_device);
            options.Weights?.LoadInto(network, data);
            return (FrozenNetwork.Freeze(network), data.Normalization);
        }
    }
}
