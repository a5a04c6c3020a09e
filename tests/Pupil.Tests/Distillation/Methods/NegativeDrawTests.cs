using Pupil.Distillation.Methods;
using Pupil.Images;
using Pupil.Tests.Images;

namespace Pupil.Tests.Distillation.Methods;

public sealed class NegativeDrawTests
{
    private static readonly ImageSet Set = TinyImages.WithClassSizes(12, 9, 6, 3);

    [Theory]
    [InlineData(1)]
    [InlineData(10)]
    [InlineData(18)]
    public void Negatives_are_different_images_of_other_classes_that_are_trained_on(int count)
    {
        foreach (var images in new[] { ImageSubset.All(Set),
            new ImageSubset(Set, [.. Enumerable.Range(0, 30).Where(i => i % 7 != 0)]) })
        {
            int[] batch = [.. images.Indices.Where(index => index % 3 == 1)];
            foreach (var (index, row) in batch.Zip(Rows(new NegativeDraw(images, count, 1), batch, 1, 0)))
            {
                Assert.Equal(1 + count, row.Length);
                Assert.Equal(index, images.Indices[row[0]]);
                int others = images.Indices.Count(other => Set.Labels[other] != Set.Labels[index]);
                Assert.All(row[1..], position => Assert.NotEqual(Set.Labels[index], Set.Labels[images.Indices[position]]));
                if (count <= others)
                    Assert.Equal(count, row[1..].Distinct().Count());
            }
        }
    }

    [Fact]
    public void Where_there_are_too_few_some_come_again()
    {
        var row = Rows(new NegativeDraw(ImageSubset.All(Set), 500, 1), [0], 1, 0)[0];
        Assert.Equal(18, row[1..].Distinct().Count());
        Assert.All(row[1..], position => Assert.NotEqual(Set.Labels[0], Set.Labels[position]));
    }

    [Fact]
    public void A_draw_follows_from_seed_epoch_step_and_image_and_from_nothing_else()
    {
        var images = ImageSubset.All(Set);
        var draw = new NegativeDraw(images, 8, 1);
        var first = Rows(draw, [3, 7], 2, 5);

        Assert.Equal(first, Rows(new NegativeDraw(images, 8, 1), [3, 7], 2, 5));
        Assert.Equal(first[1], Rows(draw, [7], 2, 5)[0]);
        Assert.NotEqual(first, Rows(new NegativeDraw(images, 8, 2), [3, 7], 2, 5));
        Assert.NotEqual(first, Rows(draw, [3, 7], 3, 5));
        Assert.NotEqual(first, Rows(draw, [3, 7], 2, 6));
    }

    [Fact]
    public void Every_image_of_another_class_is_equally_likely()
    {
        var draw = new NegativeDraw(ImageSubset.All(Set), 6, 1);
        int[] counts = new int[30];
        for (int step = 0; step < 3000; step++)
        {
            foreach (int position in Rows(draw, [0], 1, step)[0][1..])
                counts[position]++;
        }
        // 6 of 18, 3000 times: 1000 each, with a deviation of 26.
        Assert.All(Enumerable.Range(0, 30), i =>
            Assert.InRange(counts[i], Set.Labels[i] == Set.Labels[0] ? 0 : 870, Set.Labels[i] == Set.Labels[0] ? 0 : 1130));
    }

    [Fact]
    public void One_class_alone_is_refused()
    {
        var images = new ImageSubset(Set, [.. Enumerable.Range(0, 30).Where(i => Set.Labels[i] == 1)]);
        string message = Assert.Throws<UserErrorException>(() => new NegativeDraw(images, 8, 1)).Message;
        Assert.Equal("tiny: all 9 training images are of one class, but the method contrasts classes; "
            + "train on more, or choose another method.", message);
    }

    private static List<int[]> Rows(NegativeDraw draw, int[] batch, int epoch, int step)
    {
        using var positions = draw.Positions(batch, epoch, step);
        return [.. positions.data<long>().ToArray().Select(position => (int)position).Chunk((int)positions.shape[1])];
    }
}
