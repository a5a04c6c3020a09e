using Pupil.Experiments.Recipes;
using Pupil.Images.Transforms;

namespace Pupil.Tests.Images.Transforms;

public sealed class MixingTests
{
    private const int Draws = 5000;

    // Beta(α, α) has the mean ½, the variance 1/(4(2α + 1)), and the fourth central moment 3/(16(2α + 1)(2α + 3)).
    [Theory]
    [InlineData(0.2)]
    [InlineData(1)]
    [InlineData(4)]
    public void Shares_are_spread_like_a_beta_distribution(double alpha)
    {
        var shares = Mixtures(new Mixing { MixUp = alpha }).Select(mixture => mixture!.Share).ToList();
        double variance = 1 / (4 * (2 * alpha + 1)), fourth = 3 / (16 * (2 * alpha + 1) * (2 * alpha + 3));
        Assert.Equal(0.5, shares.Average(), 5 * Math.Sqrt(variance / Draws));
        double found = shares.Average(share => (share - 0.5) * (share - 0.5));
        Assert.Equal(variance, found, 5 * Math.Sqrt((fourth - variance * variance) / Draws));
        Assert.All(shares, share => Assert.InRange(share, 0, 1));
    }

    [Fact]
    public void A_share_of_CutMix_is_the_area_that_stays()
    {
        foreach (var mixture in Mixtures(new Mixing { CutMix = 1 }))
        {
            var box = mixture!.Box!.Value;
            Assert.True(box.Left >= 0 && box.Top >= 0 && box.Right <= 12 && box.Bottom <= 10);
            Assert.True(box.Left <= box.Right && box.Top <= box.Bottom);
            Assert.Equal(1 - (box.Right - box.Left) * (box.Bottom - box.Top) / 120.0, mixture.Share, 1e-12);
        }
    }

    [Fact]
    public void A_rectangle_that_is_not_cut_off_has_the_drawn_area_and_any_middle()
    {
        var mixing = new Mixing { CutMix = 1 };
        var boxes = Enumerable.Range(0, Draws).Select(step => mixing.Draw(1, 1, step, 4, 1000, 1000)!).ToList();
        // Shares from Beta(1, 1) are uniform: without clipping at the border, the mean area would be 1/2.
        Assert.InRange(boxes.Average(mixture => mixture.Share), 0.6, 0.8);
        var rectangles = boxes.Select(mixture => mixture.Box!.Value).ToList();
        var small = rectangles.Where(box => box is { Left: > 0, Top: > 0, Right: < 1000, Bottom: < 1000 }).ToList();
        Assert.All(small, box => Assert.Equal(box.Right - box.Left, box.Bottom - box.Top));
        var middles = rectangles.CountBy(box => (box.Left == 0, box.Right == 1000)).ToDictionary();
        Assert.InRange((double)middles[(true, false)] / middles[(false, true)], 0.85, 1.15);
    }

    [Fact]
    public void Where_both_are_asked_for_each_batch_has_one_of_them()
    {
        var mixtures = Mixtures(new Mixing { MixUp = 0.3, CutMix = 1 }).ToList();
        Assert.InRange(mixtures.Count(mixture => mixture!.Box is not null), 2320, 2680); // 2500 ± 5 deviations
        Assert.All(Mixtures(new Mixing { MixUp = 0.3 }), mixture => Assert.Null(mixture!.Box));
    }

    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(0.3, 1340, 1660)]
    [InlineData(1, 5000, 5000)]
    public void Only_a_share_of_the_batches_is_mixed(double probability, int least, int most) =>
        Assert.InRange(Mixtures(new Mixing { MixUp = 1, Probability = probability }).Count(mixture => mixture is not null), least, most);

    [Fact]
    public void Every_image_is_the_partner_of_one()
    {
        Assert.All(Mixtures(new Mixing { MixUp = 1 }).Take(50), mixture => Assert.Equal(Enumerable.Range(0, 8), mixture!.Partners.Order()));
        var orders = Mixtures(new Mixing { MixUp = 1 }).Take(50).Select(mixture => string.Join(' ', mixture!.Partners));
        Assert.True(orders.Distinct().Count() > 45);
    }

    [Fact]
    public void Draws_follow_from_seed_epoch_and_step()
    {
        var mixing = new Mixing { MixUp = 1 };
        double Share(long seed, int epoch, int step) => mixing.Draw(seed, epoch, step, 8, 10, 12)!.Share;
        Assert.Equal(Share(1, 2, 3), Share(1, 2, 3));
        Assert.Equal(4, new[] { Share(1, 2, 3), Share(2, 2, 3), Share(1, 3, 3), Share(1, 2, 4) }.Distinct().Count());
    }

    [Fact]
    public void However_small_alpha_is_a_share_is_a_number()
    {
        var shares = Mixtures(new Mixing { MixUp = 1e-4 }).Select(mixture => mixture!.Share).ToList();
        Assert.All(shares, share => Assert.InRange(share, 0, 1));
        Assert.InRange(shares.Count(share => share > 0.5), 2320, 2680);
    }

    [Theory]
    [InlineData("{}", "data.augmentation.mixing: found 0 for mixUp and cutMix, expected one of them above 0")]
    [InlineData("""{ "mixUp": -1 }""", "data.augmentation.mixing.mixUp")]
    [InlineData("""{ "mixUp": 0.2, "probability": 1.5 }""", "data.augmentation.mixing.probability")]
    public void What_makes_no_sense_is_refused(string mixing, string message)
    {
        var error = Assert.Throws<UserErrorException>(() => RecipeBook.Parse(
            $$"""{ "method": { "name": "supervised" }, "data": { "augmentation": { "mixing": {{mixing}} } } }""", "here"));
        Assert.Contains(message, error.Message);
    }

    private static IEnumerable<Mixture?> Mixtures(Mixing mixing) =>
        Enumerable.Range(0, Draws).Select(step => mixing.Draw(1, 1, step, 8, 10, 12));
}
