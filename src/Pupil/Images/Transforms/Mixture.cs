namespace Pupil.Images.Transforms;

/// <summary>How one batch is mixed.</summary>
/// <param name="Partners">For each image the one it is mixed with, each once; it may be itself.</param>
/// <param name="Share">λ, what stays of each image, 0…1.</param>
/// <param name="Box">The rectangle that is the partner's, or null where the two are averaged.</param>
internal sealed record Mixture(int[] Partners, double Share, BoundingBox? Box)
{
    /// <summary>Mixes images.</summary>
    /// <param name="images">N×H×W×C numbers.</param>
    /// <param name="mixed">Where as many others go.</param>
    /// <param name="height">H.</param>
    /// <param name="width">W.</param>
    public void Mix(ReadOnlySpan<float> images, Span<float> mixed, int height, int width)
    {
        int size = images.Length / Partners.Length;
        for (int i = 0; i < Partners.Length; i++)
        {
            var own = images.Slice(i * size, size);
            var other = images.Slice(Partners[i] * size, size);
            var target = mixed.Slice(i * size, size);
            if (Box is { } box)
                Paste(own, other, target, box, width, size / (height * width));
            else
                Average(own, other, target);
        }
    }

    /// <summary>How much each image is of each class.</summary>
    /// <param name="labels">N class numbers.</param>
    /// <param name="soft">N×K shares.</param>
    public void Mix(ReadOnlySpan<long> labels, Span<float> soft)
    {
        int classes = soft.Length / labels.Length;
        soft.Clear();
        for (int i = 0; i < labels.Length; i++)
        {
            soft[i * classes + (int)labels[i]] += (float)Share;
            soft[i * classes + (int)labels[Partners[i]]] += (float)(1 - Share);
        }
    }

    private static void Paste(ReadOnlySpan<float> own, ReadOnlySpan<float> other, Span<float> target, BoundingBox box, int width, int channels)
    {
        own.CopyTo(target);
        for (int row = box.Top; row < box.Bottom; row++)
        {
            var line = new Range((row * width + box.Left) * channels, (row * width + box.Right) * channels);
            other[line].CopyTo(target[line]);
        }
    }

    private void Average(ReadOnlySpan<float> own, ReadOnlySpan<float> other, Span<float> target)
    {
        var (kept, taken) = ((float)Share, (float)(1 - Share));
        for (int at = 0; at < target.Length; at++)
            target[at] = kept * own[at] + taken * other[at];
    }
}
