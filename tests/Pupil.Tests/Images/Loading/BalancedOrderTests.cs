using Pupil.Images;
using Pupil.Images.Loading;
using Pupil.Images.Transforms;
using static TorchSharp.torch;

namespace Pupil.Tests.Images.Loading;

public sealed class BalancedOrderTests
{
    private static readonly Normalization Normalization = new() { Mean = [0.5, 0.5, 0.5], Deviation = [0.25, 0.25, 0.25] };

    public static TheoryData<Sampling, int[]> Sets
    {
        get
        {
            var data = new TheoryData<Sampling, int[]>();
            foreach (var sampling in new[] { Sampling.Balanced, Sampling.SquareRoot })
            {
                data.Add(sampling, [50, 7, 3]);
                data.Add(sampling, [1, 1, 200]);
                data.Add(sampling, [5]);
                data.Add(sampling, [1, 1, 1, 1]);
            }
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public void Classes_get_their_shares_and_no_image_comes_again_before_all_others_of_its_class(Sampling sampling, int[] sizes)
    {
        var images = ImageSubset.All(TinyImages.WithClassSizes(sizes));
        var order = new BalancedOrder(images, sampling, seed: 3);
        double[] shares = [.. sizes.Select(size => sampling == Sampling.Balanced ? 1 : Math.Sqrt(size))];
        int[] times = new int[images.Count];
        long[] ofClass = new long[sizes.Length];
        for (int epoch = 1; epoch <= 20; epoch++)
        {
            var (indices, passes) = order.Draw(epoch);
            Assert.Equal(images.Count, indices.Length);
            Assert.Equal(indices.Length, indices.Zip(passes).Distinct().Count());
            foreach (int label in Enumerable.Range(0, sizes.Length))
            {
                int found = indices.Count(index => images.Set.Labels[index] == label);
                ofClass[label] += found;
                double expected = images.Count * shares[label] / shares.Sum();
                Assert.InRange(found, expected - 2, expected + 2);
                Assert.InRange(ofClass[label], epoch * expected - 1, epoch * expected + 1);
            }
            foreach (int index in indices)
                times[index]++;
            foreach (var members in Enumerable.Range(0, images.Count).GroupBy(index => images.Set.Labels[index]))
                Assert.InRange(members.Max(index => times[index]) - members.Min(index => times[index]), 0, 1);
        }
    }

    [Fact]
    public void An_epoch_depends_on_seed_and_number_alone()
    {
        var images = ImageSubset.All(TinyImages.WithClassSizes(30, 5));
        var one = new BalancedOrder(images, Sampling.Balanced, seed: 3);
        var expected = one.Draw(7).Indices;
        one.Draw(2);
        Assert.Equal(expected, one.Draw(7).Indices);
        Assert.Equal(expected, new BalancedOrder(images, Sampling.Balanced, seed: 3).Draw(7).Indices);
        Assert.NotEqual(expected, one.Draw(8).Indices);
        Assert.NotEqual(expected, new BalancedOrder(images, Sampling.Balanced, seed: 4).Draw(7).Indices);
        Assert.Equal([0, 1], expected.Take(15).Select(index => images.Set.Labels[index]).Distinct().Order()); // shuffled
    }

    [Fact]
    public void A_repeated_image_has_other_random_changes()
    {
        var images = ImageSubset.All(TinyImages.WithClassSizes(30, 1));
        using var batch = Training(images, Sampling.Balanced).Get(1, 0);
        int single = Array.IndexOf(images.Set.Labels, 1);
        string[] versions = [.. batch.Indices.Index().Where(at => at.Item == single)
            .Select(at => string.Join(' ', batch.Images[at.Index].contiguous().data<float>().ToArray()))];
        Assert.InRange(versions.Length, 15, 16);
        Assert.InRange(versions.Distinct().Count(), 8, 16);
        Assert.All(batch.Indices.Zip(batch.Target.RequiredLabels.data<long>()), pair =>
            Assert.Equal(images.Set.Labels[pair.First], pair.Second));
    }

    [Fact]
    public void A_subset_is_drawn_from_itself_alone_and_batches_do_not_depend_on_the_order_of_requests()
    {
        var all = ImageSubset.All(TinyImages.WithClassSizes(30, 8));
        var images = all with { Indices = [.. all.Indices.Where(index => index % 2 == 0)] };
        var batches = Training(images, Sampling.SquareRoot);
        int[] first = IndicesOf(batches, 2, 1);
        IndicesOf(batches, 1, 0);
        Assert.Equal(first, IndicesOf(batches, 2, 1));
        Assert.All(first, index => Assert.Equal(0, index % 2));
        Assert.Equal(images.Count, Enumerable.Range(0, batches.Steps).Sum(step => IndicesOf(batches, 1, step).Length));
    }

    private static Batches Training(ImageSubset images, Sampling sampling) => Batches.ForTraining(
        images, sampling == Sampling.Balanced ? 100 : 8, Normalization, CPU, new Augmentation { Pad = 2 }, seed: 3, sampling: sampling);

    private static int[] IndicesOf(Batches batches, int epoch, int step)
    {
        using var batch = batches.Get(epoch, step);
        return [.. batch.Indices];
    }
}
