using Pupil.Networks;
using Pupil.Networks.Families;
using TorchSharp;
using static TorchSharp.torch;

namespace Pupil.Tests.Networks;

/// <summary>The properties of networks that distillation methods use.</summary>
public sealed class NetworkFeaturesTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    // These take images from 32×32 on, the others from 8×8.
    private static readonly string[] Larger = ["imagenet-mobilenet-v2-0.35", "regnet-y-400mf"];

    public static TheoryData<string> Families =>
        ["wrn-10-2", "resnet-14", "resnet-8x1", "mobilenet-v2-0.25", "shufflenet-v2-0.5", .. Larger];

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void Shapes_are_those_of_the_network_s_own_images()
    {
        using Network wide = Build("wrn-10-2", new(3, 16, 9)), plain = Build("resnet-8", new(1, 8, 12));

        Assert.Equal([new("stage1", 32, 16, 9), new("stage2", 64, 8, 5), new("stage3", 128, 4, 3)], wide.StageShapes);
        Assert.Equal([new("stage1", 16, 8, 12), new("stage2", 32, 4, 6), new("stage3", 64, 2, 3)], plain.StageShapes);
        Assert.Equal((128, 64), (wide.EmbeddingWidth, plain.EmbeddingWidth));
    }

    [Theory]
    [InlineData(true, ScalarType.Float32)]
    [InlineData(false, ScalarType.Float64)]
    public void Computing_shapes_changes_no_state(bool training, ScalarType type)
    {
        using var network = Build("wrn-10-2");
        network.to(type);
        network.train(training);
        var before = network.Snapshot();
        random.manual_seed(8);
        double[] expected = rand(3).Numbers();
        random.manual_seed(8);
        long alive = Tensors.Alive;
        var shapes = network.StageShapes;

        Assert.Equal(alive, Tensors.Alive);
        Assert.Same(shapes, network.StageShapes);
        Assert.Equal(expected, rand(3).Numbers());
        Assert.Equal(before, network.Snapshot());
        Assert.All(network.modules(), module => Assert.Equal(training, module.training));
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void By_default_no_stage_has_a_pre_activation(string name)
    {
        using var network = Build(name);

        Assert.All(network.call(Images(name)).Stages, stage => Assert.Null(stage.PreActivation));
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Pre_activations_change_no_other_number(string name)
    {
        using Network hiding = Build(name), showing = Build(name);
        showing.AsConvolutional().ShowsPreActivations = true;
        foreach (bool training in new[] { true, false })
        {
            NetworkOutput hidden = Ask(hiding), shown = Ask(showing);

            Assert.Equal(hidden.Logits.Numbers(), shown.Logits.Numbers());
            Assert.Equal(hidden.Embedding.Numbers(), shown.Embedding.Numbers());
            Assert.Equal(hidden.Stages.Select(stage => stage.Map.Numbers()), shown.Stages.Select(stage => stage.Map.Numbers()));
            AssertSame(Gradients(hiding, hidden), Gradients(showing, shown));
            // Statistics are updated once.
            AssertSame(hiding.State().ToDictionary(), showing.State().ToDictionary());

            NetworkOutput Ask(Network network)
            {
                network.train(training);
                network.zero_grad();
                return network.call(Images(name));
            }
        }

        static Dictionary<string, Tensor> Gradients(Network network, NetworkOutput output)
        {
            (output.Logits.square().sum() + output.Stages[1].Map.square().sum()).backward();
            return network.named_parameters().ToDictionary(entry => entry.name, entry => entry.parameter.grad!);
        }

        static void AssertSame(Dictionary<string, Tensor> expected, Dictionary<string, Tensor> found) =>
            Assert.All(expected, entry => Assert.True(entry.Value.Equals(found[entry.Key]), entry.Key));
    }

    [Theory]
    [InlineData("resnet-14", true)]
    [InlineData("resnet-14", false)]
    [InlineData("resnet-8x1", true)]
    [InlineData("vgg-8", true)]
    [InlineData("regnet-y-400mf", true)]
    public void A_stage_that_ends_in_relu_is_its_pre_activation_after_that(string name, bool training)
    {
        using var network = Showing(name, training);

        Assert.All(network.call(Images(name)).Stages, stage =>
        {
            double[] before = stage.PreActivation!.Numbers();
            Assert.True(before.Min() < -0.1);
            Assert.Equal(before.Select(value => Math.Max(value, 0)), stage.Map.Numbers());
            Assert.Equal(stage.Map.shape, stage.PreActivation!.shape);
        });
    }

    [Fact]
    public void A_stage_without_relu_is_its_own_pre_activation()
    {
        using var network = Showing("mobilenet-v2-0.25", training: true);

        Assert.All(network.call(Images("mobilenet-v2-0.25")).Stages, stage => Assert.Same(stage.Map, stage.PreActivation));
    }

    [Fact]
    public void A_shuffled_stage_s_pre_activation_is_not_shuffled_yet()
    {
        using var network = Showing("shufflenet-v2-0.5", training: true);

        Assert.All(network.call(Images("shufflenet-v2-0.5")).Stages, stage =>
        {
            long half = stage.Map.shape[1] / 2;
            Assert.Equal(stage.Map.shape, stage.PreActivation!.shape);
            for (int i = 0; i < half; i++)
            {
                double[] passed = stage.PreActivation.select(1, i).Numbers(), last = stage.PreActivation.select(1, half + i).Numbers();
                Assert.Equal(passed, stage.Map.select(1, 2 * i).Numbers());
                Assert.Equal(last.Select(value => Math.Max(value, 0)), stage.Map.select(1, (2 * i) + 1).Numbers());
            }
        });
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_wide_stage_s_pre_activation_is_normalised_by_the_norm_that_follows(bool training)
    {
        using var network = Showing("wrn-16-2", training);
        var stages = network.call(Images("wrn-16-2")).Stages;
        // The norms by name, and their effect by plain loops.
        var state = network.State().ToDictionary();
        string[] norms = ["stage2.0.norm1", "stage3.0.norm1", "norm"];
        for (int stage = 0; stage < 3; stage++)
        {
            double[] Of(string quantity) => state[$"{norms[stage]}.{quantity}"].Numbers();
            double[] map = stages[stage].Map.Numbers(), weight = Of("weight"), bias = Of("bias");
            double[] mean = Of("running_mean"), variance = Of("running_var");
            long channels = stages[stage].Map.shape[1], pixels = stages[stage].Map.shape[2] * stages[stage].Map.shape[3];
            var expected = new double[map.Length];
            for (int channel = 0; channel < channels; channel++)
            {
                int[] own = [.. Enumerable.Range(0, map.Length).Where(i => i / pixels % channels == channel)];
                double centre = training ? own.Average(i => map[i]) : mean[channel];
                double spread = training ? own.Average(i => (map[i] - centre) * (map[i] - centre)) : variance[channel];
                foreach (int i in own)
                    expected[i] = (weight[channel] * (map[i] - centre) / Math.Sqrt(spread + 1e-5)) + bias[channel];
            }
            Tensors.AssertNear(expected, stages[stage].PreActivation!.Numbers(), 1e-9, $"stage{stage + 1}");
        }
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Pre_activations_take_part_in_the_graph(string name)
    {
        using var network = Showing(name, training: true);
        var stages = network.call(Images(name)).Stages;
        stages[0].PreActivation!.square().sum().backward(retain_graph: true);
        string[] Moved() => [.. network.named_parameters().Where(entry => entry.parameter.grad is not null).Select(entry => entry.name)];
        Assert.Contains("stem.weight", Moved());
        Assert.DoesNotContain(Moved(), parameter => parameter.StartsWith("stage3", StringComparison.Ordinal));

        stages.Aggregate(zeros(1, dtype: ScalarType.Float64), (sum, stage) => sum + stage.PreActivation!.square().sum()).backward();
        var upToTheStages = network.named_parameters().Select(entry => entry.name)
            .Where(parameter => !parameter.StartsWith("exit", StringComparison.Ordinal)
                && !parameter.StartsWith("classifier", StringComparison.Ordinal));
        Assert.Equal(upToTheStages, Moved());
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Only_the_outputs_and_pre_activations_outlive_a_forward_pass(string name)
    {
        using var network = Showing(name, training: true);
        using var images = Images(name);
        long before = Tensors.Alive;
        var output = network.call(images);
        Tensor[] named = [output.Logits, output.Embedding, .. output.Stages.SelectMany(stage => new[] { stage.Map, stage.PreActivation! })];
        var tensors = new HashSet<Tensor>(named, ReferenceEqualityComparer.Instance);
        Assert.Equal(before + tensors.Count, Tensors.Alive);

        foreach (var tensor in tensors)
            tensor.Dispose();
        Assert.Equal(before, Tensors.Alive);
    }

    [Theory]
    [InlineData("wrn-16-2", "stage2.0.norm1", "stage3.0.norm1", "norm")]
    [InlineData("resnet-14", "stage1.1.norm2", "stage2.1.norm2", "stage3.1.norm2")]
    [InlineData("resnet-8x1", "stage1.0.norm2", "stage2.0.norm2", "stage3.0.norm2")]
    [InlineData("vgg-8", "stage1.1.norm", "stage2.1.norm", "stage3.1.norm", "stage4.0.norm")]
    [InlineData("mobilenet-v2-0.25",
        "stage1.2.projection.norm", "stage2.2.projection.norm", "stage3.6.projection.norm", "stage4.3.projection.norm")]
    [InlineData("imagenet-mobilenet-v2-0.35", "stage1.0.projection.norm", "stage2.1.projection.norm", "stage3.2.projection.norm",
        "stage4.6.projection.norm", "stage5.3.projection.norm")]
    [InlineData("regnet-y-400mf", "stage1.0.norm3", "stage2.2.norm3", "stage3.5.norm3", "stage4.5.norm3")]
    public void The_norms_of_the_stages_are_known(string name, params string[] norms)
    {
        using var network = Build(name);

        var found = network.AsConvolutional()
            .StageNorms.Select(norm => network.named_modules().Single(entry => ReferenceEquals(entry.module, norm)).name);
        Assert.Equal(norms, found);
        Assert.Equal(network.StageShapes.Select(shape => (long)shape.Channels), network.AsConvolutional()
            .StageNorms.Select(norm => norm.weight.numel()));
    }

    [Fact]
    public void Half_shuffled_stages_have_no_norm_that_describes_them()
    {
        using var network = Build("shufflenet-v2-0.5");

        Assert.StartsWith("shufflenet-v2-0.5: no batch-norm", Assert.Throws<UserErrorException>(() => network.AsConvolutional().StageNorms)
            .Message);
    }

    private static Tensor Images(string name) => Tensors.Wave(1, 4, 3, SideOf(name), SideOf(name));

    private static int SideOf(string name) => Larger.Contains(name) ? 32 : 8;

    private static Network Showing(string name, bool training)
    {
        var network = Build(name);
        network.AsConvolutional().ShowsPreActivations = true;
        network.train(training);
        return network;
    }

    private static Network Build(string name, ImageShape? input = null) =>
        NetworkCatalogue.Build(new NetworkSpec { Architecture = name }, input ?? new(3, SideOf(name), SideOf(name)), 10).Filled();
}
