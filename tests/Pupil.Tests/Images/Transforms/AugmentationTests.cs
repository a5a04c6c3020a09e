using Pupil.Images.Transforms;

namespace Pupil.Tests.Images.Transforms;

public sealed class AugmentationTests
{
    // The results of numpy.pad on a line whose pixels are the letters; black is '-'. The lines of five pixels, cut to 2 and 3 outside,
    // are the examples of NumPy's manual.
    [Theory]
    [InlineData(Border.Zero, "abc", 7, "-------abc-------")]
    [InlineData(Border.Edge, "abc", 7, "aaaaaaaabcccccccc")]
    [InlineData(Border.Symmetric, "abc", 7, "aabccbaabccbaabcc")]
    [InlineData(Border.Reflect, "abc", 7, "bcbabcbabcbabcbab")]
    [InlineData(Border.Zero, "abcde", 3, "---abcde---")]
    [InlineData(Border.Edge, "abcde", 3, "aaaabcdeeee")]
    [InlineData(Border.Symmetric, "abcde", 3, "cbaabcdeedc")]
    [InlineData(Border.Reflect, "abcde", 3, "dcbabcdedcb")]
    [InlineData(Border.Symmetric, "ab", 5, "aabbaabbaabb")]
    [InlineData(Border.Reflect, "ab", 5, "babababababa")]
    [InlineData(Border.Zero, "a", 3, "---a---")]
    [InlineData(Border.Edge, "a", 3, "aaaaaaa")]
    [InlineData(Border.Symmetric, "a", 3, "aaaaaaa")]
    [InlineData(Border.Reflect, "a", 3, "aaaaaaa")]
    public void Borders_are_those_of_numpy(Border border, string line, int pad, string expected)
    {
        var augmentation = new Augmentation { Border = border, Pad = pad };
        var padded = Enumerable.Range(-pad, line.Length + 2 * pad).Select(position => augmentation.Source(position, line.Length));
        Assert.Equal(expected, string.Concat(padded.Select(source => source < 0 ? '-' : line[source])));
    }

    [Fact]
    public void All_shifts_and_both_sides_are_equally_likely()
    {
        var augmentation = new Augmentation { Pad = 1 };
        var counts = Enumerable.Range(0, 9000).CountBy(index => augmentation.Draw(seed: 3, epoch: 2, index)).ToDictionary();
        Assert.Equal(18, counts.Count);
        Assert.All(counts, entry => Assert.InRange(entry.Value, 390, 610)); // 500 ± 5 deviations
        Assert.All(counts.Keys, change => Assert.True(change.Down is >= -1 and <= 1 && change.Right is >= -1 and <= 1));
    }

    [Fact]
    public void Without_flip_and_pad_nothing_changes()
    {
        Assert.All(Enumerable.Range(0, 50), index => Assert.Equal((false, 0, 0), Augmentation.None.Draw(1, 1, index)));
        Assert.All(Enumerable.Range(0, 50), index => Assert.False(new Augmentation { Flip = false }.Draw(1, 1, index).Flip));
        Assert.All(Enumerable.Range(0, 50), index => Assert.Equal((0, 0), Shift(new Augmentation { Pad = 0 }, index)));
        Assert.Contains(Enumerable.Range(0, 50), index => new Augmentation { Pad = 0 }.Draw(1, 1, index).Flip);

        static (int, int) Shift(Augmentation augmentation, int index)
        {
            var (_, down, right) = augmentation.Draw(1, 1, index);
            return (down, right);
        }
    }

    [Fact]
    public void Turning_flips_off_leaves_the_crops_as_they_were()
    {
        Augmentation both = new(), crops = both with { Flip = false };
        Assert.All(Enumerable.Range(0, 50), index => Assert.Equal(both.Draw(1, 1, index) with { Flip = false }, crops.Draw(1, 1, index)));
    }

    [Theory]
    [InlineData(2, 1)]
    [InlineData(1, 2)]
    public void Another_seed_or_epoch_brings_other_changes(long seed, int epoch)
    {
        var augmentation = new Augmentation();
        int alike = Enumerable.Range(0, 1000).Count(index => augmentation.Draw(1, 1, index) == augmentation.Draw(seed, epoch, index));
        Assert.InRange(alike, 0, 30); // 1000/162 are alike by chance
    }
}
