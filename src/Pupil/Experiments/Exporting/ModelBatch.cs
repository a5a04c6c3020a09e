using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Pupil.Experiments.Recipes;
using Pupil.Images;
using Pupil.Images.Transforms;
using Pupil.Interop.Onnx;
using static TorchSharp.torch;

namespace Pupil.Experiments.Exporting;

/// <summary>The same images as the input of a network and of its ONNX model.</summary>
/// <param name="Prepared">The input of the network.</param>
/// <param name="Input">The input of the model: the same numbers, or the bytes of the stored images.</param>
internal sealed record ModelBatch(Batch Prepared, NamedOnnxValue Input)
{
    /// <summary>Returns the batches of a part in its order; a batch is valid until the next one is read.</summary>
    /// <param name="data">The images.</param>
    /// <param name="part">The part of them.</param>
    /// <param name="normalization">The normalisation of the network's images.</param>
    /// <param name="asPictures">Whether the model takes bytes.</param>
    public static IEnumerable<ModelBatch> FromPart(PreparedData data, ImageSubset part, Normalization normalization, bool asPictures)
    {
        var batches = data.ForEvaluation(part, normalization, CPU);
        int done = 0;
        for (int step = 0; step < batches.Steps; step++)
        {
            using var batch = batches.Get(1, step);
            int count = batch.Count;
            yield return new ModelBatch(batch, asPictures
                ? NamedOnnxValue.CreateFromTensor(OnnxModel.Images, Bytes(part, done, count))
                : NamedOnnxValue.CreateFromTensor(OnnxModel.Images, Numbers(batch.Images)));
            done += count;
        }
    }

    private static DenseTensor<byte> Bytes(ImageSubset part, int start, int count)
    {
        var set = part.Set;
        byte[] bytes = new byte[count * set.ImageBytes];
        for (int i = 0; i < count; i++)
            set.Image(part.Indices[start + i]).CopyTo(bytes.AsSpan(i * set.ImageBytes));
        return new DenseTensor<byte>(bytes, [count, set.Height, set.Width, set.Channels]);
    }

    private static DenseTensor<float> Numbers(TorchSharp.torch.Tensor images)
    {
        using var plain = images.contiguous();
        return new DenseTensor<float>(plain.data<float>().ToArray(), [.. images.shape.Select(size => (int)size)]);
    }
}
