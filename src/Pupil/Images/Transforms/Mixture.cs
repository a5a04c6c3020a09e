namespace Pupil.Images.Transforms;

/// <summary>The drawn mixture of one batch of N images.</summary>
/// <param name="Partners">The index of each image's partner, N numbers, each once; an image may be its own partner.</param>
/// <param name="Share">λ, the share of each image that stays, 0…1.</param>
/// <param name="Box">The rectangle that comes from the partner (CutMix); null for a weighted mean (mixup).</param>
internal sealed record Mixture(int[] Partners, double Share, BoundingBox? Box)
{
    /// <summary>Returns the mixture that leaves N images as they are.</summary>
    public static Mixture None(int count) => new([.. Enumerable.Range(0, count)], 1, null);

    /// <summary>Returns the same mixture for a view of the images.</summary>
    /// <param name="view">The view.</param>
    /// <param name="height">The height of the images, in pixels.</param>
    /// <param name="width">The width of the images, in pixels.</param>
    public Mixture In(ImageView view, int height, int width) => this with { Box = Box?.In(view, height, width) };

    /// <summary>Mixes the images of a batch.</summary>
    /// <param name="images">N×H×W×C numbers.</param>
    /// <param name="mixed">Receives N×H×W×C numbers.</param>
    /// <param name="height">H, in pixels.</param>
    /// <param name="width">W, in pixels.</param>
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

    /// <summary>Mixes the labels of a batch: λ times those of each image plus 1 − λ times those of its partner.</summary>
    /// <param name="labels">The labels of the set.</param>
    /// <param name="indices">The indices of the batch's N images in the set.</param>
    /// <param name="shares">Receives N×K shares, 0…1; with one label for each image, each row sums to 1.</param>
    public void Mix(ImageLabels labels, ReadOnlySpan<int> indices, Span<float> shares)
    {
        int classes = shares.Length / indices.Length;
        shares.Clear();
        for (int i = 0; i < indices.Length; i++)
        {
            var row = shares.Slice(i * classes, classes);
            foreach (int label in labels.Of(indices[i]))
                row[label] += (float)Share;
            foreach (int label in labels.Of(indices[Partners[i]]))
                row[label] += (float)(1 - Share);
        }
    }

    private static void Paste(
        ReadOnlySpan<float> own, ReadOnlySpan<float> other, Span<float> target, BoundingBox box, int width, int channels)
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
