using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Pupil.Networks.Kernels;

/// <summary>The results of a convolution that are needed.</summary>
[Flags]
internal enum ConvolutionResults
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>The output.</summary>
    Output = 1,

    /// <summary>The gradient of the input.</summary>
    InputGradient = 2,

    /// <summary>The gradients of the weights and of the bias.</summary>
    WeightGradient = 4,
}

/// <summary>
/// Two small images of whole numbers, convolved one way and compared with <see cref="PlainConvolution"/>. A fixed formula gives the
/// numbers, −2…3, so torch's random state is unchanged. Sums of their products are exact in single precision in any order.
/// </summary>
internal sealed class ConvolutionExample
{
    private const int Images = 2;

    // Relative to the largest sum: transforms (Winograd's) are not exact, results of 16 bits are rounded, and wrong kernels are far off.
    private const float Tolerance = 1e-3f, ToleranceOf16Bits = 1e-2f;

    private static readonly float[] Numbers = CreateNumbers();

    private readonly ConvolutionForm _form;
    private readonly ConvolutionUse _use;
    private readonly Sides _inputs, _outputs;
    private readonly PlainConvolution _plain;
    private readonly float[] _images, _slopes, _weights, _bias, _inFactors, _outFactors;

    /// <summary>Prepares an example.</summary>
    /// <param name="form">The convolution.</param>
    /// <param name="use">The precision, the device and the size of the map.</param>
    public ConvolutionExample(ConvolutionForm form, ConvolutionUse use)
    {
        (_form, _use) = (form, use);
        _inputs = form.Inputs(use.IsSmall ? 4 : 8);
        _outputs = form.Outputs(_inputs);
        _plain = form.IsTransposed ? new(form, Images, _outputs, _inputs) : new(form, Images, _inputs, _outputs);
        _images = Some(0, Images * _inputs.Area * form.From);
        _slopes = Some(1, Images * _outputs.Area * form.To);
        _weights = Some(2, form.From * form.To / form.Groups * form.Kernel.Area);
        _bias = Some(3, form.HasBias ? form.To : 0);
        _inFactors = Factors(4, form.From);
        _outFactors = Factors(5, form.To);
    }

    /// <summary>For tests: changes a result.</summary>
    public Func<ConvolutionWay, ConvolutionResults, Tensor, Tensor>? Fault { get; init; }

    /// <summary>Returns the results that are wrong. Gradients need torch to record them.</summary>
    /// <param name="way">The way of computation.</param>
    /// <param name="needed">The results that are compared, beside the output.</param>
    public ConvolutionResults Wrong(ConvolutionWay way, ConvolutionResults needed)
    {
        using var scope = NewDisposeScope();
        var input = Map(_images, Images, _inputs, _form.From);
        var weight = Map(_weights, _plain.NarrowChannels, _form.Kernel, _weights.Length / _plain.NarrowChannels / _form.Kernel.Area);
        var bias = _form.HasBias ? ToTensor(_bias, _form.To) : null;
        var parts = new List<Tensor>();
        if (needed.HasFlag(ConvolutionResults.InputGradient))
            parts.Add(input.requires_grad_());
        if (needed.HasFlag(ConvolutionResults.WeightGradient))
            parts.Add(weight.requires_grad_());
        if (bias is not null && needed.HasFlag(ConvolutionResults.WeightGradient))
            parts.Add(bias.requires_grad_());
        var output = _form.Compute(way, input, weight, bias);
        var wrong = IsRight(output, ConvolutionResults.Output) ? ConvolutionResults.None : ConvolutionResults.Output;
        if (parts.Count == 0)
            return wrong;
        foreach (var gradient in autograd.grad([output], parts, [Map(_slopes, Images, _outputs, _form.To)]))
        {
            bool isInput = parts.Count > 0 && ReferenceEquals(parts[0], input);
            parts.RemoveAt(0);
            var what = isInput ? ConvolutionResults.InputGradient : ConvolutionResults.WeightGradient;
            if (!IsRight(gradient, what))
                wrong |= what;
        }
        return wrong;

        bool IsRight(Tensor result, ConvolutionResults what)
        {
            var made = Fault is null ? result.detach() : Fault(way, what, result.detach());
            var single = made.to(ScalarType.Float32).cpu();
            var last = made.dim() == 4 ? single.permute(0, 2, 3, 1).contiguous() : single;
            var found = MemoryMarshal.Cast<byte, float>(last.bytes);
            return made.dim() == 1 ? AreNear(PlainConvolution.OfChannels(_slopes, (int)_form.To), found)
                : what == ConvolutionResults.Output ? AreNear(ExpectedOutput(), PlainConvolution.OfPixels(found, _outFactors))
                : what == ConvolutionResults.InputGradient
                    ? AreNear(Through(!_form.IsTransposed, _slopes), PlainConvolution.OfPixels(found, _inFactors))
                : AreNear(ExpectedWeights(), _plain.Summed(found, NarrowFactors));
        }
    }

    private float[] NarrowFactors => _form.IsTransposed ? _inFactors : _outFactors;

    private float[] WideFactors => _form.IsTransposed ? _outFactors : _inFactors;

    private float[] Through(bool isToWide, float[] map) =>
        isToWide ? _plain.ToWide(map, _weights, WideFactors) : _plain.ToNarrow(map, _weights, NarrowFactors);

    private float[] ExpectedOutput()
    {
        float[] sums = Through(_form.IsTransposed, _images);
        float shift = 0;
        for (int channel = 0; channel < _bias.Length; channel++)
            shift += _bias[channel] * _outFactors[channel];
        for (int i = 0; i < sums.Length; i++)
            sums[i] += shift;
        return sums;
    }

    private float[] ExpectedWeights() => _form.IsTransposed
        ? _plain.ToWeights(_slopes, _images, NarrowFactors)
        : _plain.ToWeights(_images, _slopes, NarrowFactors);

    private Tensor ToTensor(float[] numbers, params ReadOnlySpan<long> shape) =>
        tensor(numbers, shape).to(_use.Type).to(_use.Device, _use.Index);

    // Channels-last, like maps and weights of networks.
    private Tensor Map(float[] numbers, long count, Sides sides, long channels) =>
        ToTensor(numbers, count, sides.Height, sides.Width, channels).permute(0, 3, 1, 2);

    // NaN is not near.
    private bool AreNear(ReadOnlySpan<float> expected, ReadOnlySpan<float> found)
    {
        float tolerance = _use.Type is ScalarType.BFloat16 or ScalarType.Float16 ? ToleranceOf16Bits : Tolerance;
        float largest = 1;
        foreach (float value in expected)
            largest = Math.Max(largest, Math.Abs(value));
        bool areNear = expected.Length == found.Length;
        for (int i = 0; areNear && i < expected.Length; i++)
            areNear = Math.Abs(expected[i] - found[i]) <= tolerance * largest;
        return areNear;
    }

    // Repeats the table from a start of its own. Its length is prime, so channels and rows differ.
    private static float[] Some(int place, long count)
    {
        var numbers = new float[count];
        int start = place * 1237;
        for (int done = 0; done < numbers.Length; start = 0)
        {
            int next = Math.Min(Numbers.Length - start, numbers.Length - done);
            Numbers.AsSpan(start, next).CopyTo(numbers.AsSpan(done));
            done += next;
        }
        return numbers;
    }

    // −2, −1, 1, 2 or 3, never 0: a channel times 0 could be anything.
    private static float[] Factors(int place, long count)
    {
        float[] factors = Some(place, count);
        for (int i = 0; i < factors.Length; i++)
            factors[i] += factors[i] >= 0 ? 1 : 0;
        return factors;
    }

    private static float[] CreateNumbers()
    {
        var numbers = new float[8191];
        ulong state = 1;
        for (int i = 0; i < numbers.Length; i++)
        {
            state = state * 6364136223846793005 + 1442695040888963407;
            numbers[i] = (long)((state >> 33) % 5) - 2;
        }
        return numbers;
    }
}
