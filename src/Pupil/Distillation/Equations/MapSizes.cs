using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Pupil.Distillation.Equations;

/// <summary>Brings maps of different sizes to one size.</summary>
public static class MapSizes
{
    /// <summary>Average-pools two maps, N×C×H×W and N×C'×H'×W', to the smaller height and width, each where it is larger.</summary>
    public static (Tensor, Tensor) ToSmaller(Tensor one, Tensor other)
    {
        (long height, long width) = (Math.Min(one.shape[2], other.shape[2]), Math.Min(one.shape[3], other.shape[3]));
        return (Pooled(one), Pooled(other));

        Tensor Pooled(Tensor map) => map.shape[2] == height && map.shape[3] == width
            ? map
            : functional.adaptive_avg_pool2d(map, (height, width));
    }
}
