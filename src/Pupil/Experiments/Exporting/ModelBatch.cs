using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Pupil.Experiments.Recipes;
using Pupil.Images;
using Pupil.Images.Transforms;
using Pupil.Interop.Onnx;
using static TorchSharp.torch;

namespace Pupil.Experiments.Exporting;

/// <summary>The same images for a network and for its model.</summary>
/// <param name="Prepared">For the network.</param>
/// <param name="Input">For the model: the same numbers, or the bytes of the images as they are stored.</param>
internal sealed record ModelBatch(Batch Prepared, NamedOnnxValue Input)
{
    /// <summary>The images of a part, in its order; each batch stands until the next is asked for.</summary>
    /// <param name="data">The images.</param>
    /// <param name="part">Which of them.</param>
    /// <param name="normalization">What is taken out for the network.</param>
    /// <param name="asPictures">Whether the model takes bytes.</param>
    public static IEnumerable<ModelBatch> Of(PreparedData data, ImageSubset part, Normalization normalization, bool asPictures)
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
