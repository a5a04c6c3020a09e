using System.Globalization;
using Pupil.Distillation;
using Pupil.Tests.References;
using static TorchSharp.torch;

namespace Pupil.Tests.Distillation.Methods;

/// <summary>The inputs of one case of one term in method-references.json, all of which ask for a gradient.</summary>
internal sealed class EquationCase
{
    private readonly Dictionary<string, Tensor> _inputs = [];
    private readonly string _name;

    /// <summary>Reads them.</summary>
    /// <param name="name">TERM/CASE.</param>
    /// <param name="type">The type of their numbers.</param>
    /// <param name="inputs">Lines of <c>argument = stored tensor</c>; null: those that the file has.</param>
    public EquationCase(string name, ScalarType type, IReadOnlyList<string>? inputs = null)
    {
        (_name, Type) = (name, type);
        foreach (string[] line in (inputs ?? ReferenceNumbers.Words($"{name}/inputs")).Select(line => line.Split(" = ")))
            _inputs.Add(line[0], line[0] == "labels" ? tensor(ReferenceNumbers.Integers(line[1])) : Tensors.Reference(line[1]).to(type).requires_grad_());
    }

    public ScalarType Type { get; }

    public IReadOnlyDictionary<string, Tensor> Inputs => _inputs;

    /// <summary>Whose weights are among the inputs; kept from the garbage collector, which would dispose of them.</summary>
    public Learner? Learner { get; set; }

    public Tensor this[string argument] => _inputs[argument];

    public Tensor Student => this["student"];

    public Tensor Teacher => this["teacher"];

    public Tensor Labels => this["labels"];

    /// <summary>The temperature of the case, or of its term.</summary>
    public double Temperature => double.Parse(Option("temperature"), CultureInfo.InvariantCulture);

    /// <summary>What the file says after <c>name = </c>.</summary>
    public string Option(string name) =>
        ReferenceNumbers.Words($"{_name}/options").Single(line => line.StartsWith($"{name} = ", StringComparison.Ordinal))[(name.Length + 3)..];

    /// <summary>Has a module's weight take an input's numbers and place.</summary>
    public void Fill(string argument, Tensor weight)
    {
        using (no_grad())
            weight.copy_(_inputs[argument].reshape(weight.shape));
        _inputs[argument] = weight;
    }
}
