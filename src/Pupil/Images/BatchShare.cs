namespace Pupil.Images;

/// <summary>
/// The part of every batch that one of several processes computes. A batch with fewer images than processes is not divided: every process
/// computes all of it.
/// </summary>
/// <param name="Rank">The number of the process, 0 … <paramref name="Size"/> − 1.</param>
/// <param name="Size">The number of processes.</param>
internal readonly record struct BatchShare(int Rank, int Size)
{
    /// <summary>That of a process by itself.</summary>
    public static BatchShare All => new(0, 1);

    /// <summary>Whether a number of images is divided.</summary>
    public bool Divides(int images) => Size > 1 && images >= Size;

    /// <summary>Returns the places of this process's images among all of a batch; the shares differ by one image at most.</summary>
    public (int First, int Count) Of(int images)
    {
        if (!Divides(images))
            return (0, images);
        int first = (int)((long)images * Rank / Size);
        return (first, (int)((long)images * (Rank + 1) / Size) - first);
    }
}

/// <summary>Images that follow one another in a batch.</summary>
/// <param name="First">The place of the first one, from 0.</param>
/// <param name="Count">Their number.</param>
internal readonly record struct BatchPlace(int First, int Count);

/// <summary>The whole batch that a share is part of.</summary>
/// <param name="Indices">The indices of all its N images in the set.</param>
/// <param name="Target">The target of all its images.</param>
/// <param name="Places">The places of the share's images among them, in the order of the share.</param>
internal sealed record WholeBatch(IReadOnlyList<int> Indices, Target Target, IReadOnlyList<BatchPlace> Places)
{
    /// <summary>
    /// Returns the target of a share, scaled so that the shares' means of the label's loss, weighted by their numbers of images, add up to
    /// the mean over the whole batch.
    /// </summary>
    /// <param name="own">The target of the share.</param>
    /// <param name="images">The number of its images.</param>
    public Target Scaled(Target own, int images)
    {
        double mass = own.Mass, whole = Target.Mass;
        return mass == 0 || whole == 0 ? own : own with { Scale = mass / whole * Indices.Count / images };
    }
}
