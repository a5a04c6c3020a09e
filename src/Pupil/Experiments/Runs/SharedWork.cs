using Pupil.Distillation;
using Pupil.Experiments.Recipes;
using Pupil.Images;
using Pupil.Networks;
using Pupil.Settings;
using Pupil.Training.Computing;
using Pupil.Training.Together;

namespace Pupil.Experiments.Runs;

/// <summary>
/// What runs in one process that train in lock-step have in common: images, batches, experts, and networks that their methods train beside
/// the students in the same way. Their results are those of separate runs. For one thread.
/// </summary>
internal sealed class SharedWork : IDisposable
{
    private readonly Dictionary<string, (Expert Teacher, ExpertResult Result)> _experts = [];
    private readonly Dictionary<string, (Network Network, RunShare Trainer)> _companions = [];
    private readonly List<Network> _owned = [];
    private readonly List<RunShare> _members = [];
    private StepCache? _cache;

    /// <summary>Returns a text that is the same for runs with the same batches and precision.</summary>
    public static string KeyOf(Recipe recipe)
    {
        var training = recipe.Training;
        // A method whose main training has labelled images alone has other batches.
        int? phase = recipe.Data.Unlabelled is not null && recipe.Method.LearnsInFirstPhaseOnly ? recipe.Method.EpochsBefore : null;
        // The expert's answers are labels.
        string expert = recipe.Data.Labels == LabelOrigin.Expert ? SettingsWriter.Write(recipe.Expert!) : "";
        return phase + expert + SettingsWriter.Write(new Recipe
        {
            Seed = recipe.Seed,
            Data = recipe.Data,
            Training = new()
            {
                BatchSize = training.BatchSize,
                Precision = training.Precision,
                Sampling = training.Sampling,
                ClassWeights = training.ClassWeights,
                LabelSmoothing = training.LabelSmoothing,
            },
        });
    }

    /// <summary>The images, once the first run has loaded them.</summary>
    public PreparedData? Data { get; set; }

    /// <summary>Adds a run.</summary>
    /// <param name="folder">Its folder.</param>
    /// <param name="recipe">Its recipe.</param>
    /// <param name="batches">Makes its training batches; those of the first run serve all.</param>
    /// <param name="alone">Computes what the runs do not share.</param>
    public RunShare Join(RunFolder folder, Recipe recipe, Func<IBatchSource> batches, Execution alone)
    {
        _cache ??= new StepCache(batches());
        var member = new RunShare(this, folder, recipe, new LockstepExecution(_cache, alone));
        _members.Add(member);
        return member;
    }

    /// <summary>Returns an expert that is loaded and measured once.</summary>
    /// <param name="key">What determines expert and result.</param>
    /// <param name="load">Loads and measures it.</param>
    public (Expert Teacher, ExpertResult Result) ExpertOf(string key, Func<(Expert Teacher, ExpertResult Result)> load)
    {
        if (!_experts.TryGetValue(key, out var known))
            _experts.Add(key, known = load());
        return known;
    }

    /// <summary>
    /// Takes a run out that ended before its last step, and returns the folders of the runs with a network that it trained.
    /// </summary>
    /// <param name="folder">Its folder.</param>
    public IReadOnlyList<RunFolder> Withdraw(RunFolder folder)
    {
        var left = _companions.Where(entry => entry.Value.Trainer.Folder.Path == folder.Path).ToList();
        foreach (var (key, _) in left)
            _companions.Remove(key);
        return [.. _members.Where(member => left.Any(entry => member.Follows(entry.Value.Network))).Select(member => member.Folder)];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _cache?.Dispose();
        foreach (var (teacher, _) in _experts.Values)
            teacher.Dispose();
        foreach (var network in _owned)
            network.Dispose();
    }

    /// <summary>Returns the network that another run trains for all, or null.</summary>
    internal Network? CompanionOf(string key) => _companions.TryGetValue(key, out var found) ? found.Network : null;

    /// <summary>Lets a run train a network for all runs with the same key.</summary>
    internal void Offer(string key, Network network, RunShare trainer)
    {
        _companions.Add(key, (network, trainer));
        _owned.Add(network);
        _cache!.SetTrainer(network, trainer.Execution);
    }

    /// <summary>Whether a network lives until all runs have ended.</summary>
    internal bool Owns(Network network) => _owned.Contains(network);
}
