using Pupil.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace Pupil.Distillation;

/// <summary>
/// One student in a method's hands: its network, what the method trains beside it for the lessons' sake (adapters, regressors, projections), and
/// what it remembers (memory banks). All of it is kept in checkpoints, none of it is part of the student's file.
/// </summary>
public sealed class Learner : IDisposable
{
    private readonly string _prefix;
    private readonly Dictionary<string, nn.Module> _modules;
    private readonly Dictionary<string, Tensor> _memories;

    /// <summary>A student without anything beside it.</summary>
    /// <param name="name">Its name in the records.</param>
    /// <param name="network">Its network, on the run's device.</param>
    public Learner(string name, Network network) : this(name, network, "", [], []) { }

    private Learner(string name, Network network, string prefix, Dictionary<string, nn.Module> modules, Dictionary<string, Tensor> memories) =>
        (Name, Network, _prefix, _modules, _memories) = (name, network, prefix, modules, memories);

    /// <summary>Its name in the records.</summary>
    public string Name { get; }

    /// <summary>The network.</summary>
    public Network Network { get; }

    /// <summary>Makes every output of the network also carry the stages' <see cref="Feature.PreActivation"/>.</summary>
    /// <exception cref="UserErrorException">Its stages do not end in a ReLU.</exception>
    public void ShowPreActivations()
    {
        if (Network is not ConvolutionalNetwork network)
            throw new UserErrorException($"{Network.Spec}: has no ReLU at the ends of its stages, whose inputs the method reads; choose a convolutional student, or another method.");
        network.ShowsPreActivations = true;
    }

    /// <summary>What is trained beside it, by name.</summary>
    public IReadOnlyDictionary<string, nn.Module> Modules => _modules;

    /// <summary>What is remembered, by name.</summary>
    public IReadOnlyDictionary<string, Tensor> Memories => _memories;

    /// <summary>Has something trained beside the network; it is moved to its device, and disposed of with the learner.</summary>
    /// <param name="name">Its name, each once for a student and method.</param>
    /// <param name="module">The module, with starting weights from torch's random state, which follows from the run's seed while students enrol.</param>
    public void Train(string name, nn.Module module) => _modules.Add(_prefix + name, module.to(Device));

    /// <summary>Remembers a tensor, which the method changes in place.</summary>
    /// <param name="name">Its name, each once for a student and method.</param>
    /// <param name="memory">The tensor; it is moved to the network's device, and outlives the dispose scope around.</param>
    public void Remember(string name, Tensor memory) => _memories.Add(_prefix + name, memory.to(Device).DetachFromDisposeScope());

    /// <summary>What is trained beside the network under this name.</summary>
    public T Module<T>(string name) where T : nn.Module => (T)_modules[_prefix + name];

    /// <summary>What is remembered under this name.</summary>
    public Tensor Memory(string name) => _memories[_prefix + name];

    /// <summary>The same student for a part of a combination, whose names are kept apart from those of the other parts.</summary>
    internal Learner For(string part) => new(Name, Network, $"{_prefix}{part}.", _modules, _memories);

    /// <summary>Lets go of what is beside the network; the network stays.</summary>
    public void Dispose()
    {
        foreach (var module in _modules.Values)
            module.Dispose();
        foreach (var memory in _memories.Values)
            memory.Dispose();
    }

    private Device Device => Network.Device;
}
