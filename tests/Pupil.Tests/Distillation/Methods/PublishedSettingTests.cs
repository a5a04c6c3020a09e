using Pupil.Distillation.Methods;
using static TorchSharp.torch;

namespace Pupil.Tests.Distillation.Methods;

public sealed class PublishedSettingTests
{
    // What the notes say of the terms: half the batch, twice the term.
    [Fact]
    public void The_terms_of_sp_and_pkt_are_inversely_proportional_to_the_batch_size()
    {
        using var scope = NewDisposeScope();
        var random = new Generator(3);
        Tensor Features(int images) => rand([images, 8, 4, 4], generator: random); // positive, as after a ReLU
        Assert.InRange(Ratio(Sp.Distance, images => Features(images)), 1.7, 2.3);
        Assert.InRange(Ratio(Pkt.Divergence, images => Features(images).flatten(1)), 1.7, 2.3);

        double Ratio(Func<Tensor, Tensor, Tensor> term, Func<int, Tensor> features)
        {
            return Mean(32) / Mean(64);

            double Mean(int images) => Enumerable.Range(0, 20)
                .Average(_ => (double)term(features(images), features(images)).to(ScalarType.Float64).item<double>());
        }
    }

    [Fact]
    public void The_published_setting_needs_no_note() => Assert.All(
        [new SpOptions().SettingNotes(64, 100, 2), new PktOptions().SettingNotes(64, 10, 1), new CtkdOptions().SettingNotes(128, 10, 2)],
        Assert.Empty);

    [Fact]
    public void Another_setting_is_told()
    {
        Assert.Contains("its weight 3,000 acts here, with batches of 32, about as 6,000 does with batches of 64",
            Assert.Single(new SpOptions().SettingNotes(32, 10, 1)));
        Assert.Contains("γ 0.03 with 100 classes weighs about as 0.3 does with 10",
            Assert.Single(new CtkdOptions().SettingNotes(64, 100, 1)));
        Assert.Empty(new CtkdOptions { Teachers = CtkdTeachers.ExpertOnly }.SettingNotes(64, 100, 1));
        Assert.Contains("influence each other", Assert.Single(new CtkdOptions { ShareFirstConvolution = true }.SettingNotes(64, 10, 2)));
        var both = new CombinationOptions { Parts = [new() { Method = new SpOptions() }, new() { Method = new RocketOptions() }] };
        Assert.Equal(2, both.SettingNotes(128, 20, 1).Count);
    }
}
