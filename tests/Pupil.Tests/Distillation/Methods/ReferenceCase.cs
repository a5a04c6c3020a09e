using Pupil.Tests.References;
using TorchSharp;
using static TorchSharp.torch;

namespace Pupil.Tests.Distillation.Methods;

/// <summary>One case of a method in the references: its inputs by name, and the expected results.</summary>
internal sealed class ReferenceCase
{
    private readonly string _name;
    private readonly Dictionary<string, string> _places;
    private readonly Dictionary<string, Tensor> _inputs = [];

    public ReferenceCase(string name)
    {
        _name = name;
        _places = ReferenceNumbers.Words($"{name}/inputs").Select(text => text.Split(" = "))
            .ToDictionary(parts => parts[0], parts => parts[1]);
    }

    /// <summary>Returns the names of the cases of a method.</summary>
    public static string[] NamesOf(string method) =>
        [.. ReferenceNumbers.NamesUnder($"{method}/").Select(name => name.Split('/')[1]).Distinct()];

    /// <summary>The input in float64, requiring a gradient, so that a test can check which inputs get none.</summary>
    public Tensor this[string input] => _inputs.TryGetValue(input, out var known)
        ? known
        : _inputs[input] = Tensors.Reference(_places[input]).requires_grad_();

    /// <summary>A constant of the case.</summary>
    public Tensor Constant(string input) => Tensors.Reference(_places[input]);

    /// <summary>Whole numbers, as indices for torch.</summary>
    public Tensor Indices(string input) => tensor(ReferenceNumbers.Integers(_places[input]), ReferenceNumbers.Shape(_places[input]));

    /// <summary>Replaces a module's weights by inputs; all become float64. <paramref name="names"/>: weight, input.</summary>
    public void Fill(nn.Module module, params (string Weight, string Input)[] names)
    {
        module.to(ScalarType.Float64);
        using var noGradient = no_grad();
        foreach (var (weight, input) in names)
            module.get_parameter(weight)!.copy_(Constant(input));
    }

    /// <summary>Checks the value and all gradients of the used inputs against the references; inputs without one there got none.</summary>
    public void AssertMet(Tensor value)
    {
        value.backward();
        Tensors.AssertReference(Place("value"), value);
        foreach (var (input, leaf) in _inputs)
        {
            if (HasGradient(input))
                Tensors.AssertReference(Place($"gradient.{input}"), leaf.grad!);
            else
                Assert.True(leaf.grad is null, $"{_name}: {input} got a gradient");
        }
    }

    /// <summary>Checks the gradients of a module's weights against the references.</summary>
    public void AssertGradients(nn.Module module, params (string Weight, string Input)[] names)
    {
        foreach (var (weight, input) in names)
            Tensors.AssertReference(Place($"gradient.{input}"), module.get_parameter(weight)!.grad!);
    }

    /// <summary>Checks that the same inputs in float32 give finite numbers.</summary>
    public void AssertFiniteInSinglePrecision(Func<ReferenceCase, Tensor> equation)
    {
        foreach (string input in _places.Keys)
            _inputs[input] = Tensors.Reference(_places[input]).to(ScalarType.Float32).requires_grad_();
        var value = equation(this);
        value.backward();
        Assert.All(_inputs.Values.Where(leaf => leaf.grad is not null).SelectMany(leaf => leaf.grad!.Numbers()).Append(value.ToDouble()),
            number => Assert.True(double.IsFinite(number), $"{_name}: {number}"));
    }

    private bool HasGradient(string input) => ReferenceNumbers.NamesUnder(_name + "/").Contains(Place($"gradient.{input}"));

    // Where the plain formula is 0/0, the references store a value called sensible.
    private string Place(string what)
    {
        string sensible = $"{_name}/sensible.{what}";
        return ReferenceNumbers.NamesUnder(sensible).Contains(sensible) ? sensible : $"{_name}/{what}";
    }
}
