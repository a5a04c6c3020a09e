using Pupil.Images;
using Pupil.Images.Formats.Synthetic;

namespace Pupil.Tests.Images;

/// <summary>Tests of the object in each picture against the painter's record of its place.</summary>
public sealed class ShapesObjectTests
{
    [Theory]
    [InlineData(16)]
    [InlineData(32)]
    [InlineData(53)]
    public void The_box_lies_in_the_image_and_touches_the_object_on_all_sides(int size)
    {
        foreach (var (box, coverage, _) in Pictures(size, 200))
        {
            Assert.True(box.Left >= 0 && box.Top >= 0 && box.Right <= size && box.Bottom <= size);
            var covered = Enumerable.Range(0, size * size).Where(pixel => coverage[pixel] > 0).ToArray();
            Assert.Equal(
                new BoundingBox(covered.Min(pixel => pixel % size), covered.Min(pixel => pixel / size),
                    covered.Max(pixel => pixel % size) + 1, covered.Max(pixel => pixel / size) + 1),
                box);
        }
    }

    [Fact]
    public void The_object_is_brighter_than_what_lies_around_it()
    {
        foreach (var (_, coverage, pixels) in Pictures(32, 200))
        {
            var inside = Inside(coverage);
            var around = Enumerable.Range(0, coverage.Length).Where(pixel => coverage[pixel] == 0 && IsNear(coverage, pixel)).ToArray();
            var contrast = inside.Average(pixel => Brightness(pixels, pixel)) - around.Average(pixel => Brightness(pixels, pixel));
            Assert.True(contrast > 15, $"The object is brighter by only {contrast}.");
        }
    }

    [Fact]
    public void Lines_across_the_object_leave_most_of_it_to_be_seen()
    {
        foreach (var (_, coverage, pixels) in Pictures(32, 200))
        {
            // No unspoilt pixel of an object is darker: 150, less 15 % shade, less 8 noise.
            var inside = Inside(coverage);
            var seen = inside.Count(pixel => Brightness(pixels, pixel) >= 119);
            Assert.True(seen >= 0.6 * inside.Length, $"{seen} of {inside.Length} pixels of the object are seen.");
        }
    }

    [Fact]
    public void Every_outline_reaches_the_unit_circle_and_no_two_are_alike()
    {
        const int Side = 101;
        var outlines = Enumerable.Range(0, 10).Select(label => Enumerable.Range(0, Side * Side)
            .Where(point => Outline.Contains(label, At(point % Side), At(point / Side))).ToHashSet()).ToArray();
        foreach (var outline in outlines)
            Assert.InRange(outline.Max(point => double.Hypot(At(point % Side), At(point / Side))), 0.92, 1.0);
        for (var one = 0; one < 10; one++)
            for (var other = 0; other < one; other++)
            {
                var different = outlines[one].Count + outlines[other].Count - 2 * outlines[one].Count(outlines[other].Contains);
                Assert.True(different > 0.1 * outlines[one].Count, $"{Outline.Names[one]} and {Outline.Names[other]} are alike.");
            }

        static double At(int step) => (step - Side / 2) * (2.2 / Side);
    }

    private static IEnumerable<(BoundingBox Box, double[] Coverage, byte[] Pixels)> Pictures(int size, int count)
    {
        var (painter, pixels) = (new Painter(size), new byte[size * size * 3]);
        for (var index = 0; index < count; index++)
        {
            var box = ShapesSource.Paint(painter, 3, 1, index, pixels);
            yield return (box, painter.Coverage, pixels);
        }
    }

    private static int[] Inside(double[] coverage) =>
        [.. Enumerable.Range(0, coverage.Length).Where(pixel => coverage[pixel] == 1)];

    private static bool IsNear(double[] coverage, int pixel)
    {
        for (var row = Math.Max(0, pixel / 32 - 2); row <= Math.Min(31, pixel / 32 + 2); row++)
            for (var column = Math.Max(0, pixel % 32 - 2); column <= Math.Min(31, pixel % 32 + 2); column++)
                if (coverage[row * 32 + column] > 0) return true;
        return false;
    }

    private static double Brightness(byte[] pixels, int pixel) =>
        0.3 * pixels[3 * pixel] + 0.5 * pixels[3 * pixel + 1] + 0.2 * pixels[3 * pixel + 2];
}
