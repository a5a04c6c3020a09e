using Pupil.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace Pupil.Distillation;

/// <summary>
/// A student with the modules (adapters, regressors, projections) and memories (memory banks) that the method keeps for it. Checkpoints
/// contain all of them, the student's file contains the network alone.
/// </summary>
public sealed class Learner : IDisposable
{
    private readonly string _prefix;
    private readonly Dictionary<string, nn.Module> _modules;
    private readonly Dictionary<string, Tensor> _memories;

    /// <summary>Creates a student without modules and memories.</summary>
    /// <param name="name">The student's name in the records.</param>
    /// <param name="network">The student's network, on the run's device.</param>
    public Learner(string name, Network network) : this(name, network, "", [], []) { }

    private Learner(
        string name, Network network, string prefix, Dictionary<string, nn.Module> modules, Dictionary<string, Tensor> memories) =>
        (Name, Network, _prefix, _modules, _memories) = (name, network, prefix, modules, memories);

    /// <summary>The student's name in the records.</summary>
    public string Name { get; }

    /// <summary>The student's network.</summary>
    public Network Network { get; }

    /// <summary>Makes every output of the network also carry the stages' <see cref="Feature.PreActivation"/>.</summary>
    /// <exception cref="UserErrorException">The network's stages do not end in a ReLU.</exception>
    public void ShowPreActivations()
    {
        if (Network is not ConvolutionalNetwork network)
            throw new UserErrorException($"{Network.Spec}: has no ReLU at the ends of its stages, but the method reads the inputs of "
                + "these ReLUs; choose a convolutional student, or another method.");
        network.ShowsPreActivations = true;
    }

    /// <summary>The modules that are trained beside the network, by name.</summary>
    public IReadOnlyDictionary<string, nn.Module> Modules => _modules;

    /// <summary>The tensors that the method keeps between steps, by name.</summary>
    public IReadOnlyDictionary<string, Tensor> Memories => _memories;

    /// <summary>
    /// Adds a module that is trained beside the network. It gets the network's device and type, and is disposed of with the learner.
    /// </summary>
    /// <param name="name">The module's name, unique for student and method.</param>
    /// <param name="module">
    /// The module. Its initial weights come from torch's random state, which follows from the run's seed during <see cref="Method.Enrol"/>.
    /// </param>
    public void Train(string name, nn.Module module)
    {
        Convolutions.LayOut(module);
        _modules.Add(_prefix + name, module.to(Type).to(Device));
    }

    /// <summary>Adds a tensor that is kept between steps and that the method changes in place.</summary>
    /// <param name="name">The tensor's name, unique for student and method.</param>
    /// <param name="memory">
    /// The tensor. It is moved to the network's device; real numbers get the network's type. It outlives the current dispose scope.
    /// </param>
    public void Remember(string name, Tensor memory) =>
        _memories.Add(_prefix + name, memory.to(memory.is_floating_point() ? Type : memory.dtype, Device).DetachFromDisposeScope());

    /// <summary>Returns the module of this name.</summary>
    public T Module<T>(string name) where T : nn.Module => (T)_modules[_prefix + name];

    /// <summary>Returns the kept tensor of this name.</summary>
    public Tensor Memory(string name) => _memories[_prefix + name];

    /// <summary>Returns the same student for a part of a combination, with a prefix to the names of modules and memories.</summary>
    internal Learner ForPart(string part) => new(Name, Network, $"{_prefix}{part}.", _modules, _memories);

    /// <summary>Disposes of modules and memories, not of the network.</summary>
    public void Dispose()
    {
        foreach (var module in _modules.Values)
            module.Dispose();
        foreach (var memory in _memories.Values)
            memory.Dispose();
    }

    private Device Device => Network.Device;

    private ScalarType Type => Network.parameters().First().dtype;
}
