using Pupil.Core;
using Pupil.Networks;
using static TorchSharp.torch;

namespace Pupil.Interop.Pretrained;

/// <summary>Adapts trained weights to images of other channels or another size.</summary>
internal static class WeightAdaptation
{
    /// <summary>
    /// Adapts a first convolution, O×C×H×W. For one channel it is summed over the three channels, for three it is a third of that of one
    /// channel: a grey image gives the same output with one channel and with three equal ones.
    /// </summary>
    /// <param name="weight">The convolution.</param>
    /// <param name="channels">The new number of channels.</param>
    /// <returns>The new convolution; null where it has other channels than 1 and 3.</returns>
    public static Tensor? OfChannels(Tensor weight, long channels) => (weight.shape, channels) switch
    {
        ([_, 3, _, _], 1) => weight.sum(1, keepdim: true),
        ([_, 1, _, _], 3) => weight.expand(-1, 3, -1, -1).Over(3),
        _ => null,
    };

    /// <summary>
    /// Interpolates the positions of a transformer, 1×T×D, bicubically to another grid of patches, as timm does. The position of the
    /// class token stays.
    /// </summary>
    /// <param name="positions">The positions, those of other tokens first.</param>
    /// <param name="from">Their grid.</param>
    /// <param name="to">The new grid.</param>
    /// <returns>The new positions; null where the grid has another number of tokens.</returns>
    public static Tensor? OfPositions(Tensor positions, TokenGrid from, TokenGrid to)
    {
        if (positions.shape is not [1, var tokens, _] || tokens != from.Tokens || from.Leading != to.Leading)
            return null;
        var (leading, patches) = (positions.narrow(1, 0, from.Leading), positions.narrow(1, from.Leading, tokens - from.Leading));
        var map = patches.transpose(1, 2).unflatten(2, from.Rows, from.Columns);
        var resized = nn.functional.interpolate(map, [to.Rows, to.Columns], mode: InterpolationMode.Bicubic, align_corners: false);
        return cat([leading, resized.flatten(2).transpose(1, 2)], 1);
    }
}
