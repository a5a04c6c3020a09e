using Pupil.Distillation;
using Pupil.Images.Transforms;
using Pupil.Networks;
using Pupil.Networks.Families;
using TorchSharp;
using static TorchSharp.torch;

namespace Pupil.Tests.Distillation;

public sealed class ExpertTests : IDisposable
{
    private static readonly Normalization Own = new() { Mean = [0.4914, 0.4822, 0.4465], Deviation = [0.247, 0.2435, 0.2616] };

    private readonly DisposeScope _scope = NewDisposeScope();

    public static TheoryData<Normalization> Given => new()
    {
        new Normalization { Mean = [0.3, 0.6, 0.5], Deviation = [0.25, 0.125, 0.5] },
        new Normalization { Mean = Own.Mean, Deviation = [0.5, 0.5, 0.5] },
        new Normalization { Mean = [0, 0, 0], Deviation = Own.Deviation },
        new Normalization { Mean = [0, 0, 0], Deviation = [1, 1, 1] },
        new Normalization { Mean = [.. Own.Mean], Deviation = [.. Own.Deviation] },
    };

    public void Dispose() => _scope.Dispose();

    [Theory]
    [MemberData(nameof(Given))]
    public void The_runs_images_are_converted_to_the_experts_normalisation(Normalization given)
    {
        var network = FirstStep.Build("wrn-10-1", 200);
        using var expert = new Expert(network, Own, given);
        var pixels = Tensors.Wave(1, 4, 3, 8, 8) * 0.5 + 0.5;
        var expected = network.call(Normalized(pixels, Own));
        var found = expert.Forward(Normalized(pixels, given));

        // The change of scale is computed in single precision.
        Tensors.AssertNear(expected.Logits.Numbers(), found.Logits.Numbers(), 1e-5, "logits");
        Tensors.AssertNear(expected.Stages[2].Map.Numbers(), found.Stages[2].Map.Numbers(), 1e-5, "stage3");
        Assert.Equal("wrn-10-1", expert.Name);
        Assert.Equal(network.StageShapes, expert.StageShapes);
        Assert.Equal(64, expert.EmbeddingWidth);
    }

    [Fact]
    public void The_same_normalisation_changes_nothing()
    {
        var network = FirstStep.Build("wrn-10-1", 200);
        using var expert = new Expert(network, Own, new Normalization { Mean = [.. Own.Mean], Deviation = [.. Own.Deviation] });
        var images = Tensors.Wave(1, 4, 3, 8, 8);

        Assert.Equal(network.call(images).Logits.Numbers(), expert.Forward(images).Logits.Numbers());
    }

    [Fact]
    public void Single_precision_images_stay_single_precision()
    {
        var network = NetworkCatalogue.Build(new NetworkSpec { Architecture = "wrn-10-1" }, FirstStep.Shape, 10);
        using var expert = new Expert(network, Own, FirstStep.Plain);

        Assert.Equal(ScalarType.Float32, expert.Forward(ones(2, 3, 8, 8)).Logits.dtype);
    }

    [Fact]
    public void One_channel_works_as_well()
    {
        var network = NetworkCatalogue.Build(new NetworkSpec { Architecture = "resnet-8" }, new ImageShape(1, 8, 8), 10).Filled();
        var (own, given) = (new Normalization { Mean = [0.1], Deviation = [0.3] }, new Normalization { Mean = [0.5], Deviation = [0.25] });
        using var expert = new Expert(network, own, given);
        var pixels = Tensors.Wave(1, 2, 1, 8, 8);

        var expected = network.call((pixels - 0.1) / 0.3).Logits.Numbers();
        Tensors.AssertNear(expected, expert.Forward((pixels - 0.5) / 0.25).Logits.Numbers(), 1e-5, "logits");
    }

    [Fact]
    public void A_forward_pass_changes_neither_images_nor_network_and_disposing_leaves_no_tensor()
    {
        using var images = Tensors.Wave(1, 2, 3, 8, 8);
        Once();
        long before = Tensors.Alive;
        Once();
        Assert.Equal(before, Tensors.Alive);

        void Once()
        {
            using var scope = NewDisposeScope();
            var network = FirstStep.Build("wrn-10-1", 200);
            using var expert = new Expert(network, Own, FirstStep.Plain);
            var (state, pixels) = (network.Snapshot(), images.Numbers());
            Assert.False(expert.Forward(images).Logits.requires_grad);
            Assert.Equal(state, network.Snapshot());
            Assert.Equal(pixels, images.Numbers());
        }
    }

    private static Tensor Normalized(Tensor pixels, Normalization normalization) =>
        (pixels - Tensors.FromValues(normalization.Mean, 1, 3, 1, 1)) / Tensors.FromValues(normalization.Deviation, 1, 3, 1, 1);
}
