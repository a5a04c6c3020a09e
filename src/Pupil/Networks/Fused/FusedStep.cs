namespace Pupil.Networks.Fused;

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

    /// <summary>The numbers that a thread needs for padded maps.</summary>
    public virtual long ScratchNumbers => 0;

    /// <summary>Prepares what all images share, for example reordered weights.</summary>
    public virtual void Prepare(FusedPass pass)
    {
    }

    /// <summary>Computes the output for one image.</summary>
    /// <param name="pass">The pass.</param>
    /// <param name="image">The image.</param>
    /// <param name="thread">The thread's number.</param>
    public abstract void Forward(FusedPass pass, int image, int thread);

    /// <summary>Adds the gradients of what it reads, for all images, from that of its output.</summary>
    public abstract void Backward(FusedGradients gradients);
}
