using System.Globalization;
using Pupil.Distillation;
using Pupil.Tests.References;
using static TorchSharp.torch;

namespace Pupil.Tests.Distillation.Methods;

/// <summary>The inputs of one case of one term in method-references.json, all of which require a gradient.</summary>
internal sealed class EquationCase
{
    private readonly Dictionary<string, Tensor> _inputs = [];
    private readonly string _name;

    /// <summary>Reads the inputs.</summary>
    /// <param name="name">TERM/CASE.</param>
    /// <param name="type">The type of the numbers.</param>
    /// <param name="inputs">Lines of <c>argument = stored tensor</c>; null: those of the file.</param>
    public EquationCase(string name, ScalarType type, IReadOnlyList<string>? inputs = null)
    {
        (_name, Type) = (name, type);
        foreach (string[] line in (inputs ?? ReferenceNumbers.Words($"{name}/inputs")).Select(line => line.Split(" = ")))
            _inputs.Add(line[0], line[0] == "labels" ? tensor(ReferenceNumbers.Integers(line[1]))
                : Tensors.Reference(line[1]).to(type).requires_grad_());
    }

    public ScalarType Type { get; }

    public IReadOnlyDictionary<string, Tensor> Inputs => _inputs;

    /// <summary>Modules whose weights are among the inputs; a reference keeps the garbage collector from disposing of them.</summary>
    public Learner? Learner { get; set; }

    public Tensor this[string argument] => _inputs[argument];

    public Tensor Student => this["student"];

    public Tensor Teacher => this["teacher"];

    public Tensor Labels => this["labels"];

    /// <summary>The temperature of the case, or of its term.</summary>
    public double Temperature => double.Parse(Option("temperature"), CultureInfo.InvariantCulture);

    /// <summary>The text after <c>name = </c> in the case's options.</summary>
    public string Option(string name) =>
        ReferenceNumbers.Words($"{_name}/options")
            .Single(line => line.StartsWith($"{name} = ", StringComparison.Ordinal))[(name.Length + 3)..];

    /// <summary>Sets a module's weight to an input's values, and makes it the input.</summary>
    public void Fill(string argument, Tensor weight)
    {
        using (no_grad())
            weight.copy_(_inputs[argument].reshape(weight.shape));
        _inputs[argument] = weight;
    }
}
