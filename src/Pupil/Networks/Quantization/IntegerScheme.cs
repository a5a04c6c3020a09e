using Pupil.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace Pupil.Networks.Quantization;

/// <summary>
/// The equations of a network in 8 bits. Weights have a step for each output channel, and zero point 0. A map has one
/// <see cref="MapScale"/>. Biases have 32 bits, with the steps of the sums that they are added to. Whole numbers are rounded to the
/// nearest, halves to even, as ONNX's QuantizeLinear does. The simulated values have the gradient of the identity (straight-through
/// estimator, Bengio et al. 2013, arXiv 1308.3432); where a map is clipped, it is 0.
/// </summary>
internal static class IntegerScheme
{
    private const double LeastStep = 1e-12;

    /// <summary>Returns the steps of weights, C' numbers without gradient: the greatest weight of a channel is 127 steps.</summary>
    /// <param name="weight">C'×…, float32.</param>
    public static Tensor WeightSteps(Tensor weight)
    {
        using Scalar least = LeastStep.ToScalar();
        return weight.detach().abs().flatten(1).amax([1]).Over(MapScale.Most).clamp_min(least);
    }

    /// <summary>Returns weights in whole steps, −127…127.</summary>
    /// <param name="weight">C'×….</param>
    /// <param name="steps">C' numbers.</param>
    public static Tensor WholeWeights(Tensor weight, Tensor steps)
    {
        using Scalar least = (-MapScale.Most).ToScalar(), most = MapScale.Most.ToScalar();
        return (weight / OfChannels(steps, weight)).round().clamp(least, most);
    }

    /// <summary>Returns biases in whole steps, float64, within the range of 32 bits.</summary>
    /// <param name="bias">C' numbers.</param>
    /// <param name="steps">C' numbers: the steps of the weights, times that of the input.</param>
    public static Tensor WholeBias(Tensor bias, Tensor steps)
    {
        using Scalar least = ((double)int.MinValue).ToScalar(), most = ((double)int.MaxValue).ToScalar();
        return (bias.to(ScalarType.Float64) / steps.to(ScalarType.Float64)).round().clamp(least, most);
    }

    /// <summary>Returns weights and bias as the model in 8 bits has them, float32, with the gradient of the given ones.</summary>
    /// <param name="weight">C'×…, float32.</param>
    /// <param name="bias">C' numbers, float32, or null.</param>
    /// <param name="input">The scale of the input.</param>
    public static (Tensor Weight, Tensor? Bias) Simulated(Tensor weight, Tensor? bias, MapScale input)
    {
        Tensor values, steps;
        Tensor? biases = null;
        using (no_grad())
        {
            steps = WeightSteps(weight);
            values = WholeWeights(weight, steps) * OfChannels(steps, weight);
            if (bias is not null)
            {
                var biasSteps = steps.Times(input.Step);
                biases = (WholeBias(bias, biasSteps) * biasSteps.to(ScalarType.Float64)).to(ScalarType.Float32);
            }
        }
        return (StraightThrough(weight, values), bias is null ? null : StraightThrough(bias, biases!));
    }

    /// <summary>Returns a map as the model in 8 bits has it: clipped and rounded to whole steps.</summary>
    /// <param name="map">Any shape, float32.</param>
    /// <param name="scale">Its scale.</param>
    public static Tensor Simulated(Tensor map, MapScale scale)
    {
        Tensor values;
        using (no_grad())
        {
            using Scalar least = (MapScale.Least - scale.Zero).ToScalar(), most = (MapScale.Most - scale.Zero).ToScalar();
            values = map.Over(scale.Step).round_().clamp_(least, most).Times(scale.Step);
        }
        if (!map.requires_grad || !is_grad_enabled())
            return values;
        using Scalar lowest = scale.LeastValue.ToScalar(), highest = scale.GreatestValue.ToScalar();
        return StraightThrough(map.clamp(lowest, highest), values);
    }

    // The values of one tensor with the gradient of the other.
    private static Tensor StraightThrough(Tensor exact, Tensor values) =>
        exact.requires_grad && is_grad_enabled() ? exact.Plus(values - exact.detach()) : values;

    private static Tensor OfChannels(Tensor steps, Tensor weight) => steps.view([-1, .. Enumerable.Repeat(1L, (int)weight.dim() - 1)]);
}
