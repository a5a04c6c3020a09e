namespace Pupil.Images.Formats.Synthetic;

/// <summary>
/// Draws the built-in data set <c>shapes</c>, which needs no download. An image shows one of ten outlines with random position, size,
/// rotation and colour, on a textured background with meaningless bars, dots and lines. The object's box is known. Made for this
/// project.
/// </summary>
/// <remarks>
/// An image is a function of seed, split, index and size alone, on every platform. The first 1,000 of 6,000 images equal those of a
/// set of 1,000. Every block of ten images, from the first on, contains each class once.
/// </remarks>
internal static class ShapesSource
{
    private const int TrainSplit = 0, TestSplit = 1;
    private const int LabelPurpose = 0, ScenePurpose = 1;

    /// <summary>Draws both splits.</summary>
    /// <param name="options">Size, counts and seed.</param>
    /// <returns>The splits <c>shapes/train</c> and <c>shapes/test</c>, RGB, with boxes.</returns>
    /// <exception cref="UserErrorException">An option lies outside its range.</exception>
    public static DataSplits Create(ShapesOptions options)
    {
        Check(options.Size, ShapesOptions.SmallestSize, ShapesOptions.LargestSize, "pixels a side", "size");
        Check(options.Train, 1, ShapesOptions.MostImages, "training images", "train");
        Check(options.Test, 1, ShapesOptions.MostImages, "test images", "test");
        Check(options.Seed, 0, int.MaxValue, "as the seed", "seed");
        return new("shapes",
            Draw("shapes/train", options, TrainSplit, options.Train),
            Draw("shapes/test", options, TestSplit, options.Test));
    }

    /// <summary>Returns the class of an image: every block of ten contains the ten classes in its own order.</summary>
    internal static int Label(int seed, int split, int index)
    {
        var random = new SceneRandom(seed, split, LabelPurpose, index / Outline.Names.Count);
        Span<int> labels = stackalloc int[Outline.Names.Count];
        for (var position = 0; position < labels.Length; position++)
        {
            var earlier = random.Below(position + 1);
            labels[position] = labels[earlier];
            labels[earlier] = position;
        }
        return labels[index % labels.Length];
    }

    /// <summary>Draws one image; <see cref="Painter.Coverage"/> then holds the coverage of its object.</summary>
    internal static BoundingBox Paint(Painter painter, int seed, int split, int index, Span<byte> pixels) =>
        painter.Paint(new SceneRandom(seed, split, ScenePurpose, index), Label(seed, split, index), pixels);

    private static ImageSet Draw(string name, ShapesOptions options, int split, int count)
    {
        var bytes = options.Size * options.Size * 3;
        var (pixels, labels, boxes) = (new byte[count * bytes], new int[count], new BoundingBox[count]);
        Parallel.For(0, count, () => new Painter(options.Size), (index, _, painter) =>
        {
            labels[index] = Label(options.Seed, split, index);
            boxes[index] = Paint(painter, options.Seed, split, index, pixels.AsSpan(index * bytes, bytes));
            return painter;
        }, _ => { });
        return new(name, pixels, labels, Outline.Names, options.Size, options.Size, 3, boxes);
    }

    private static void Check(int value, int lowest, int highest, string what, string option)
    {
        if (value < lowest || value > highest)
            throw new UserErrorException(
                $"data set shapes: found {value} {what}, expected {lowest} to {highest}; change data.source.{option}.");
    }
}
