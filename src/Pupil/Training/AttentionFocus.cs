using Pupil.Core;
using Pupil.Images;
using Pupil.Networks;
using Pupil.Processes;
using static TorchSharp.torch;

namespace Pupil.Training;

/// <summary>
/// The share of a stage's attention on the object. The attention is the channel mean of the squared activations. A cell of its map covers
/// an equal part of the image.
/// </summary>
/// <param name="InBox">The share of an image's attention inside the object's box, mean over the images, 0…1; 0 for a map of zeros.</param>
/// <param name="InBoxDeviation">Its sample deviation over the images; 0 for one image.</param>
/// <param name="Hits">
/// The share of images whose strongest cell has its centre inside the box, 0…1: the pointing game of Zhang et al. 2016, without a margin.
/// </param>
/// <param name="BoxArea">The mean share of the image that the box covers, the expectation for uniform attention.</param>
/// <param name="Images">The number of images with at least a part of their object.</param>
public sealed record StageFocus(double InBox, double InBoxDeviation, double Hits, double BoxArea, int Images);

/// <summary>Sums up the attention of a network's stages on objects, batch by batch.</summary>
internal sealed class AttentionFocus
{
    private Dictionary<string, Sums> _stages = [];
    private double _area;
    private int _images;

    /// <summary>The results so far, by stage; null if no image had a box.</summary>
    public IReadOnlyDictionary<string, StageFocus>? Result => _images == 0 ? null : _stages.ToDictionary(stage => stage.Key, stage =>
    {
        var sums = stage.Value;
        double mean = sums.Shares / _images;
        double variance = _images == 1 ? 0 : Math.Max(0, sums.Squares - _images * mean * mean) / (_images - 1);
        return new StageFocus(mean, Math.Sqrt(variance), sums.Hits / _images, _area / _images, _images);
    });

    /// <summary>Adds the images of the other processes; all of them then have the same result.</summary>
    public void Combine(IProcessGroup group)
    {
        if (group.Size == 1)
            return;
        var parts = SharedSums.Of(group, new Collected(_stages, _area, _images));
        (_area, _images) = (parts.Sum(part => part.Area), parts.Sum(part => part.Images));
        _stages = parts.SelectMany(part => part.Stages).GroupBy(stage => stage.Key, stage => stage.Value).ToDictionary(
            stage => stage.Key, stage => new Sums
            {
                Shares = stage.Sum(sums => sums.Shares),
                Squares = stage.Sum(sums => sums.Squares),
                Hits = stage.Sum(sums => sums.Hits),
            });
    }

    /// <summary>Adds a network's outputs for a batch; without effect if the images have no boxes.</summary>
    public void Add(Batch batch, NetworkOutput output)
    {
        int[] seen = [.. Enumerable.Range(0, batch.Boxes.Count).Where(i => batch.Boxes[i] is not null)];
        if (seen.Length == 0)
            return;
        using var scope = NewDisposeScope();
        long height = batch.Images.shape[2], width = batch.Images.shape[3];
        BoundingBox[] boxes = [.. seen.Select(i => batch.Boxes[i]!.Value)];
        _images += seen.Length;
        _area += boxes.Sum(box => (double)(box.Right - box.Left) * (box.Bottom - box.Top) / (height * width));
        using var chosen = tensor(seen.Select(i => (long)i).ToArray(), device: batch.Images.device);
        foreach (var stage in output.Stages)
        {
            var maps = Energy(stage.Map).index_select(0, chosen).cpu();
            var sums = _stages.GetValueOrDefault(stage.Name) ?? (_stages[stage.Name] = new());
            double[] shares = InBox(maps, boxes, height, width);
            sums.Shares += shares.Sum();
            sums.Squares += shares.Sum(share => share * share);
            sums.Hits += Hits(maps, boxes, height, width);
        }
    }

    /// <summary>The channel mean of the squared activations, N×H×W, float64.</summary>
    internal static Tensor Energy(Tensor activations) => activations.Squared().mean([1]).to_type(ScalarType.Float64);

    // The share of each image's map inside the box. A cell that lies partly inside counts for that part.
    private static double[] InBox(Tensor maps, BoundingBox[] boxes, long height, long width)
    {
        using TorchSharp.Scalar least = double.Epsilon;
        var rows = Covered(maps.shape[1], height, boxes, box => (box.Top, box.Bottom)).unsqueeze(2);
        var columns = Covered(maps.shape[2], width, boxes, box => (box.Left, box.Right)).unsqueeze(1);
        var all = maps.sum([1, 2]);
        var inside = (maps * rows * columns).sum([1, 2]);
        return (inside / all.clamp_min(least)).data<double>().ToArray();
    }

    // N×cells: the part of every cell of a side between the box's edges.
    private static Tensor Covered(long cells, long pixels, BoundingBox[] boxes, Func<BoundingBox, (int From, int To)> edges)
    {
        double size = (double)pixels / cells;
        var parts = from box in boxes
                    let edge = edges(box)
                    from cell in Enumerable.Range(0, (int)cells)
                    select Math.Max(0, Math.Min(edge.To, (cell + 1) * size) - Math.Max(edge.From, cell * size)) / size;
        return tensor(parts.ToArray(), [boxes.Length, cells], ScalarType.Float64);
    }

    private static int Hits(Tensor maps, BoundingBox[] boxes, long height, long width)
    {
        long rows = maps.shape[1], columns = maps.shape[2];
        var strongest = maps.flatten(1).max(1);
        double[] values = strongest.values.data<double>().ToArray();
        long[] cells = strongest.indexes.data<long>().ToArray();
        return boxes.Select((box, i) => values[i] > 0 && IsHit(box, cells[i])).Count(hit => hit);

        bool IsHit(BoundingBox box, long cell) =>
            box.Contains((int)Middle(cell % columns, width, columns), (int)Middle(cell / columns, height, rows));

        static double Middle(long cell, long pixels, long all) => (cell + 0.5) * pixels / all;
    }

    private sealed record Collected(Dictionary<string, Sums> Stages, double Area, int Images);

    private sealed class Sums
    {
        public double Shares { get; set; }

        public double Squares { get; set; }

        public double Hits { get; set; }
    }
}
