using Pupil.Experiments.Recipes;
using Pupil.Images;
using Pupil.Networks;
using Pupil.Settings;
using Pupil.Training;
using Pupil.Training.Together;

namespace Pupil.Experiments.Runs;

/// <summary>One run among those that train in lock-step.</summary>
/// <param name="work">What the runs have in common.</param>
/// <param name="folder">The run's folder.</param>
/// <param name="recipe">Its recipe.</param>
/// <param name="execution">Computes its passes.</param>
internal sealed class RunShare(SharedWork work, RunFolder folder, Recipe recipe, LockstepExecution execution)
{
    private readonly List<Network> _followed = [];
    private readonly List<(string Key, Network Network)> _offers = [];

    /// <summary>The run's folder.</summary>
    public RunFolder Folder => folder;

    /// <summary>Computes the run's passes.</summary>
    public LockstepExecution Execution => execution;

    /// <summary>The run's training batches.</summary>
    public IBatchSource Batches => execution.Batches;

    /// <summary>
    /// Returns a network that the method trains beside the students: the one of another run that trains it in the same way from the same
    /// step on, or a new one.
    /// </summary>
    /// <param name="spec">The network.</param>
    /// <param name="build">Builds a new one.</param>
    public Network Companion(NetworkSpec spec, Func<Network> build)
    {
        if (KeyOf(spec) is not { } key)
            return build();
        if (work.CompanionOf(key) is { } known)
        {
            _followed.Add(known);
            return known;
        }
        var network = build();
        _offers.Add((key, network));
        return network;
    }

    /// <summary>Lets the other runs use the networks that this training trains.</summary>
    public void Begin(Trainer trainer)
    {
        execution.Trainer = trainer;
        foreach (var (key, network) in _offers)
            work.Offer(key, network, this);
    }

    /// <summary>Whether another run trains a network of this one.</summary>
    public bool Follows(Network network) => _followed.Contains(network);

    /// <summary>Whether a network of this run lives until all runs have ended.</summary>
    public bool Keeps(Network network) => work.Owns(network);

    // What determines the network at every step, beside batches and seed; null if that is not known before the training.
    private string? KeyOf(NetworkSpec spec)
    {
        var training = recipe.Training;
        bool isKnown = recipe.Method.TrainsIndependentNetworks && spec.Dropout == 0 && !training.RestartOnDivergence
            && training.EarlyStopping is null;
        return isKnown ? string.Join('\n', recipe.Method.EpochsBefore, Checkpoint.PlaceIn(folder.CheckpointFile),
            SettingsWriter.Write(spec), SettingsWriter.Write(training)) : null;
    }
}
