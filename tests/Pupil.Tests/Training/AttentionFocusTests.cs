using Pupil.Images;
using Pupil.Images.Formats.Synthetic;
using Pupil.Images.Loading;
using Pupil.Images.Transforms;
using Pupil.Networks;
using Pupil.Networks.Families;
using Pupil.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Pupil.Tests.Training;

/// <summary>The share of attention inside the object's box, against loops over pixels.</summary>
public sealed class AttentionFocusTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData(8, 8)] // a cell is a pixel
    [InlineData(4, 4)] // two pixels wide
    [InlineData(3, 5)] // cells that end within pixels
    public void The_share_is_that_of_the_map_spread_over_the_image_s_pixels(int rows, int columns)
    {
        BoundingBox?[] boxes = [new(1, 2, 6, 7), null, new(0, 0, 8, 8), new(7, 7, 8, 8)];
        var maps = Tensors.Wave(3, 4, 2, rows, columns);
        var found = Focus(maps, boxes);

        double[] shares = [.. new[] { 0, 2, 3 }.Select(i => Share(maps[i], boxes[i]!.Value))];
        double mean = shares.Average();
        Assert.Equal(3, found.Images);
        Assert.Equal(mean, found.InBox, 12);
        Assert.Equal(Math.Sqrt(shares.Sum(share => (share - mean) * (share - mean)) / 2), found.InBoxDeviation, 9);
        Assert.Equal((25 + 64 + 1) / (3.0 * 64), found.BoxArea, 12);
        Assert.Equal(1, shares[1], 12);
    }

    [Fact]
    public void A_hit_is_a_strongest_cell_whose_middle_lies_in_the_box()
    {
        var maps = zeros(3, 1, 4, 4, ScalarType.Float64);
        maps[0, 0, 1, 2] = 3; // pixels 4…5 × 2…3, middle (5, 3)
        maps[1, 0, 1, 2] = -3;
        Assert.Equal(1 / 3.0, Focus(maps, [new(5, 3, 6, 4), new(0, 0, 5, 3), new(0, 0, 8, 8)]).Hits, 12); // the last map is zero: no hit
    }

    [Fact]
    public void Nothing_in_a_map_is_nothing_in_the_box() => Assert.Equal(0, Focus(zeros(1, 2, 4, 4), [new(0, 0, 8, 8)]).InBox);

    [Fact]
    public void Images_without_boxes_have_no_focus()
    {
        var focus = new AttentionFocus();
        focus.Add(BatchOf(2, []), Output(zeros(2, 2, 4, 4)));
        focus.Add(BatchOf(2, [null, null]), Output(zeros(2, 2, 4, 4)));
        Assert.Null(focus.Result);
    }

    [Fact]
    public void An_evaluation_uses_the_boxes_of_the_input_whatever_the_batches()
    {
        var set = new ShapesOptions { Size = 16, Train = 60, Test = 20 }.Load().Test;
        using var network = NetworkCatalogue.Build(new NetworkSpec { Architecture = "wrn-10-1" }, new(3, 32, 32), set.Classes.Count);
        var normalization = Normalization.OfImages(ImageSubset.All(set));
        StageFocus Measured(int size) => Evaluation.Measure(network,
            Batches.ForEvaluation(ImageSubset.All(set), size, normalization, CPU, new InputOptions { Size = 32 })).Focus!["stage2"];

        Assert.Equal(set.Boxes!.Average(box => (box.Right - box.Left) * (box.Bottom - box.Top) / 256.0), Measured(7).BoxArea, 9);
        Assert.Equal(Measured(20).InBox, Measured(7).InBox, 6);
        Assert.Equal(set.Count, Measured(20).Images);
    }

    private static StageFocus Focus(Tensor maps, BoundingBox?[] boxes)
    {
        var focus = new AttentionFocus();
        focus.Add(BatchOf(boxes.Length, boxes), Output(maps));
        return focus.Result!["stage1"];
    }

    private static Batch BatchOf(int images, BoundingBox?[] boxes) =>
        new(zeros(images, 3, 8, 8), new HardTarget(zeros(images, ScalarType.Int64)), images) { Boxes = boxes };

    private static NetworkOutput Output(Tensor maps) =>
        new(zeros(maps.shape[0], 2), zeros(maps.shape[0], 4), [Feature.OfMap("stage1", maps)]);

    // Every pixel cut into 15 × 15: fine enough for 3 and 5 cells on 8 pixels.
    private static double Share(Tensor map, BoundingBox box)
    {
        const int Side = 8, Parts = 15;
        double[] first = map[0].Numbers(), second = map[1].Numbers();
        double inside = 0, all = 0;
        for (int y = 0; y < Side * Parts; y++)
        {
            for (int x = 0; x < Side * Parts; x++)
            {
                long row = y * map.shape[1] / (Side * Parts), column = x * map.shape[2] / (Side * Parts);
                long cell = row * map.shape[2] + column;
                double energy = (first[cell] * first[cell] + second[cell] * second[cell]) / 2;
                all += energy;
                inside += box.Contains(x / Parts, y / Parts) ? energy : 0;
            }
        }
        return inside / all;
    }
}
