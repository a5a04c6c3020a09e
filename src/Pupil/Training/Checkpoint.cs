using System.Text.Json;
using Pupil.Core;
using Pupil.Networks;
using static TorchSharp.torch;

namespace Pupil.Training;

/// <summary>
/// A training's weights, statistics, averages, optimizer state and position in one safetensors file. It is written beside the old one and
/// renamed, so the file always holds one complete checkpoint.
/// </summary>
internal static class Checkpoint
{
    private const string StateKey = "state";
    private const string NetworkPrefix = "network/";
    private const string AveragePrefix = "average/";
    private const string MemoryPrefix = "memory/";
    private static readonly JsonSerializerOptions StateJson = new() { RespectNullableAnnotations = true };

    /// <summary>Writes the state of a training.</summary>
    public static void Write(string path, Trainer trainer, IReadOnlyDictionary<string, string> about)
    {
        var metadata = new Dictionary<string, string>(about) { [StateKey] = JsonSerializer.Serialize(trainer.State, StateJson) };
        SafeTensors.Write(path, Tensors(trainer), metadata);
    }

    /// <summary>Restores the state of a training from a file.</summary>
    /// <exception cref="UserErrorException">The file is damaged or of another training.</exception>
    public static void Read(string path, Trainer trainer)
    {
        using var file = SafeTensors.Read(path);
        var state = ReadState(path, file.Metadata.GetValueOrDefault(StateKey, "null"));
        if (state.FaultFor(trainer.Epochs, trainer.Steps) is { } fault)
        {
            throw new UserErrorException($"{path}: its training state has {fault}: the checkpoint is damaged or belongs to another recipe; "
                + "start anew in another folder.");
        }
        var targets = Tensors(trainer);
        if (file.Tensors.Keys.FirstOrDefault(name => !targets.ContainsKey(name)) is string extra)
        {
            throw new UserErrorException($"{path}: found tensor '{extra}', which this training does not have: the checkpoint belongs "
                + "to another recipe; start anew in another folder.");
        }
        using var noGradient = no_grad();
        foreach (var (name, target) in targets)
        {
            if (!file.Tensors.TryGetValue(name, out var source) || !source.shape.SequenceEqual(target.shape))
            {
                throw new UserErrorException($"{path}: tensor '{name}' is missing or of another shape: the checkpoint belongs to "
                    + "another recipe; start anew in another folder.");
            }
            target.copy_(source);
        }
        trainer.Restore(state);
    }

    /// <summary>Returns the epoch of the next step, and the number of steps done in it; those of the start without a file.</summary>
    /// <exception cref="UserErrorException">The file is damaged.</exception>
    public static (int Epoch, int StepsDone) PlaceIn(string path)
    {
        var state = File.Exists(path)
            ? ReadState(path, SafeTensors.ReadMetadata(path).GetValueOrDefault(StateKey, "null")) : new TrainingState();
        return (state.Epoch, state.StepsDone);
    }

    /// <summary>Reads the state from its text in a checkpoint.</summary>
    /// <exception cref="UserErrorException">The text is damaged.</exception>
    internal static TrainingState ReadState(string path, string text)
    {
        try
        {
            return JsonSerializer.Deserialize<TrainingState>(text, StateJson) ?? throw new JsonException("there is none");
        }
        catch (JsonException error)
        {
            throw new UserErrorException($"{path}: its training state cannot be read ({error.Message}); expected a checkpoint of Pupil: "
                + "start anew in another folder.", error);
        }
    }

    /// <summary>All tensors that change in a training, by their names in checkpoints.</summary>
    internal static Dictionary<string, Tensor> Tensors(Trainer trainer)
    {
        var tensors = new Dictionary<string, Tensor>();
        foreach (var network in trainer.Networks)
        {
            foreach (var (name, tensor) in network.Network.State())
                tensors.Add($"{NetworkPrefix}{network.Name}/{name}", tensor);
        }
        foreach (var (name, module) in trainer.Extras)
        {
            foreach (var (key, tensor) in module.WeightsAndStatistics())
                tensors.Add($"{NetworkPrefix}{name}/{key}", tensor);
        }
        foreach (var (name, tensor) in trainer.Memories)
            tensors.Add(MemoryPrefix + name, tensor);
        foreach (var (name, tensor) in trainer.OptimizerState)
            tensors.Add(name, tensor);
        foreach (var (name, tensor) in trainer.Averages)
            tensors.Add(AveragePrefix + name, tensor);
        return tensors;
    }
}
