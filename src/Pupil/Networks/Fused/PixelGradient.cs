using Pupil.LibTorch;

namespace Pupil.Networks.Fused;

/// <summary>Adds the gradient of one image's input.</summary>
/// <param name="image">The image.</param>
/// <param name="output">The gradient of its output.</param>
/// <param name="result">The gradient of its input.</param>
/// <param name="isFirst">Whether the result has no values yet.</param>
internal delegate void AddGradient(int image, nint output, nint result, bool isFirst);

/// <summary>The backward pass of a step that reads one view.</summary>
internal static unsafe class PixelGradient
{
    /// <summary>Runs it for all images.</summary>
    /// <param name="step">The step.</param>
    /// <param name="input">The view that it reads.</param>
    /// <param name="gradients">The gradients.</param>
    /// <param name="add">The gradient of one image.</param>
    public static void Run(FusedStep step, MapView input, FusedGradients gradients, AddGradient add)
    {
        if (!gradients.Has(step.Output))
        {
            gradients.Skip(input);
            return;
        }
        var work = new Work(step, input, gradients, add);
        gradients.Pass.Run(gradients.Pass.Images, work);
        gradients.Close(work.ToInput);
    }

    private sealed class Work(FusedStep step, MapView input, FusedGradients gradients, AddGradient add) : IParallelWork
    {
        private readonly GatheredGradient _output = gradients.Gather(step.Output);

        public Contribution ToInput { get; } = gradients.Open(input);

        public void Do(int item, int thread)
        {
            var output = _output.Of(item, thread);
            output.Store(step.Output.Pixels, step.Output.Channels);
            add(item, (nint)output.Sum, (nint)gradients.Of(input, item), ToInput.IsFirst);
            gradients.Finish(ToInput, item, thread);
        }
    }
}
