namespace Pupil.Networks.Fused;

/// <summary>Images of a batch that follow one another.</summary>
/// <param name="First">The first one.</param>
/// <param name="Count">Their number.</param>
internal readonly record struct ImageRange(int First, int Count)
{
    /// <summary>The image after the last one.</summary>
    public int End => First + Count;

    /// <summary>The part with a number, of parts of equal size; the last one may be smaller.</summary>
    public ImageRange Part(int number, int size) => new(First + number * size, Math.Min(size, Count - number * size));

    /// <summary>The number of parts of a size.</summary>
    public int Parts(int size) => (Count + size - 1) / size;
}

/// <summary>An operation of a fused network.</summary>
/// <param name="index">Its number in the network.</param>
internal abstract class FusedStep(int index)
{
    /// <summary>Its number in the network.</summary>
    public int Index => index;

    /// <summary>The map that it writes.</summary>
    public abstract FusedMap Output { get; }

    /// <summary>The maps that it reads.</summary>
    public abstract IEnumerable<FusedMap> Reads { get; }

    /// <summary>The images that are best computed at once, 1…16.</summary>
    public virtual int ImagesAtOnce => 1;

    /// <summary>The numbers that a thread needs for padded maps.</summary>
    /// <param name="images">The images that are computed at once.</param>
    public virtual long ScratchNumbers(int images) => 0;

    /// <summary>Prepares what all images share, for example reordered weights.</summary>
    public virtual void Prepare(FusedPass pass)
    {
    }

    /// <summary>Computes the output for some images.</summary>
    /// <param name="pass">The pass.</param>
    /// <param name="images">The images.</param>
    /// <param name="thread">The thread's number.</param>
    public abstract void Forward(FusedPass pass, ImageRange images, int thread);

    /// <summary>Adds the gradients of what it reads, for all images, from that of its output.</summary>
    public abstract void Backward(FusedGradients gradients);
}

/// <summary>An operation that computes images one by one.</summary>
/// <param name="index">Its number in the network.</param>
internal abstract class SingleImageStep(int index) : FusedStep(index)
{
    /// <inheritdoc/>
    public sealed override void Forward(FusedPass pass, ImageRange images, int thread)
    {
        for (int image = images.First; image < images.End; image++)
            Forward(pass, image, thread);
    }

    /// <summary>Computes the output for one image.</summary>
    /// <param name="pass">The pass.</param>
    /// <param name="image">The image.</param>
    /// <param name="thread">The thread's number.</param>
    protected abstract void Forward(FusedPass pass, int image, int thread);
}
