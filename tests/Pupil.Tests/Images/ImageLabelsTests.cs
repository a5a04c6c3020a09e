using Pupil.Images;

namespace Pupil.Tests.Images;

public sealed class ImageLabelsTests
{
    private static readonly ImageLabels Sets = ImageLabels.OfSeveral([[2, 0, 2], [], [1]]);

    [Fact]
    public void One_number_or_a_set_for_each_image()
    {
        var one = ImageLabels.OfOne([1, 0, 1]);
        Assert.Equal((Labelling.One, 3, 3), (one.Labelling, one.Count, one.Total));
        Assert.Equal([0], one.Of(1).ToArray());
        Assert.Equal((Labelling.Several, 3, 3), (Sets.Labelling, Sets.Count, Sets.Total));
        Assert.Equal([0, 2], Sets.Of(0).ToArray());
        Assert.Empty(Sets.Of(1).ToArray());
        Assert.Throws<InvalidOperationException>(() => Sets.Numbers);
        Assert.Equal([1, 0, 1], Sets.CountsIn([0, 1], 3));
        Assert.True(Sets.AreWithin(3));
        Assert.False(Sets.AreWithin(2));
    }

    [Fact]
    public void Other_numbers_and_bits_keep_the_sets()
    {
        byte[] bits = Sets.ToBits(3);
        Assert.Equal([1, 0, 1, 0, 0, 0, 0, 1, 0], bits);
        Assert.True(ImageLabels.FromBits(bits, 3).IsSame(Sets));
        Assert.Equal([0, 2], Sets.Mapped(label => 2 - label).Of(0).ToArray());
        Assert.Equal([2, 1], ImageLabels.OfOne([0, 1]).Mapped(label => 2 - label).Numbers);
        Assert.False(ImageLabels.OfOne([1]).IsSame(ImageLabels.OfSeveral([[1]])));
        Assert.False(Sets.IsSame(ImageLabels.OfSeveral([[2, 0], [1], []])));
    }

    [Fact]
    public void The_stratum_is_the_rarest_class_among_images_that_have_none_yet()
    {
        // Class 2 is the rarest (one image); without that image, class 0 has two and class 1 has three.
        var labels = ImageLabels.OfSeveral([[0, 1, 2], [0, 1], [1], [1], [0], []]);
        Assert.Equal([2, 0, 1, 1, 0, -1], labels.Strata([0, 1, 2, 3, 4, 5]));
        Assert.Equal([1, -1], labels.Strata([3, 5]));
        Assert.Equal([1, 0], ImageLabels.OfOne([0, 1]).Strata([1, 0]));
    }
}
