using Pupil.Networks;
using TorchSharp.Modules;

namespace Pupil.Training;

/// <summary>
/// Fixes the bodies of networks in the first epochs of a training: their parameters get no gradient, and their batch-norms use and keep
/// the statistics of the file.
/// </summary>
internal sealed class FrozenBodies
{
    private readonly List<Body> _bodies;

    /// <summary>Finds the bodies that are fixed at first.</summary>
    /// <param name="networks">The networks of the training.</param>
    public FrozenBodies(IEnumerable<NamedNetwork> networks) => _bodies =
    [
        .. from named in networks
           let body = named.Body
           where body is { FrozenEpochs: > 0 }
           select new Body(named.Name, named.Network, body!),
    ];

    /// <summary>Fixes or releases the bodies for a step. Called after training mode is switched on, which changes batch-norms.</summary>
    /// <param name="epoch">1, 2, 3 …, with preliminary epochs.</param>
    public void Apply(int epoch)
    {
        foreach (var body in _bodies)
            body.Apply(epoch);
    }

    /// <summary>Whether a tensor keeps its value in an epoch.</summary>
    /// <param name="name">Its name, <c>network/tensor</c>.</param>
    /// <param name="epoch">1, 2, 3 …, with preliminary epochs.</param>
    public bool Fix(string name, int epoch) => _bodies.Exists(body => body.IsFixedIn(epoch) && body.Holds(name));

    private sealed class Body
    {
        private readonly string _prefix;
        private readonly PretrainedBody _body;
        private readonly Parameter[] _parameters;
        private readonly BatchNorm2d[] _norms;
        private bool _isFixed;

        public Body(string name, Network network, PretrainedBody body)
        {
            (_prefix, _body) = ($"{name}/", body);
            _parameters = [.. network.named_parameters().Where(entry => body.Holds(entry.name)).Select(entry => entry.parameter)];
            _norms = [.. network.named_modules().Where(entry => body.Holds($"{entry.name}.running_mean"))
                .Select(entry => entry.module).OfType<BatchNorm2d>()];
        }

        public bool IsFixedIn(int epoch) => epoch <= _body.FrozenEpochs;

        public bool Holds(string name) => name.StartsWith(_prefix, StringComparison.Ordinal) && _body.Holds(name[_prefix.Length..]);

        public void Apply(int epoch)
        {
            bool isFixed = IsFixedIn(epoch);
            if (isFixed)
            {
                foreach (var norm in _norms)
                    norm.eval();
            }
            if (isFixed == _isFixed)
                return;
            foreach (var parameter in _parameters)
                parameter.requires_grad = !isFixed;
            _isFixed = isFixed;
        }
    }
}
