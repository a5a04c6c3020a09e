using Pupil.Core;
using Pupil.Networks;
using Pupil.Networks.Families;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Pupil.Tests.Networks;

public sealed class NetworkTests : IDisposable
{
    // These take images from 32×32 on, the others from 8×8.
    private static readonly string[] Larger = ["imagenet-mobilenet-v2-0.35", "mobilenet-v3-small", "regnet-y-400mf"];

    private readonly DisposeScope _scope = NewDisposeScope();

    public static TheoryData<string> Families =>
        ["wrn-10-1", "wrn-10-2", "resnet-14", "resnet-8x1", "vgg-8", "mobilenet-v2-0.25", "shufflenet-v2-0.5", .. Larger];

    // Without those whose millions of weights take long to compare.
    public static TheoryData<string> SmallFamilies =>
        [.. Families.Select(row => row.Data).Where(name => name is not ("vgg-8" or "mobilenet-v3-small" or "regnet-y-400mf"))];

    public void Dispose() => _scope.Dispose();

    [Theory]
    [MemberData(nameof(SmallFamilies))]
    public void State_carries_a_network_over_to_another(string name)
    {
        using var folder = new TemporaryFolder();
        using Network first = Build(name, 1), second = Build(name, 2);
        var images = Tensors.Wave(1, 4, 3, SideOf(name), SideOf(name)).to(ScalarType.Float32);
        first.call(images); // changes the initial statistics
        SafeTensors.Write(folder["state"], first.State().ToDictionary());
        var file = SafeTensors.Read(folder["state"]);
        second.LoadState(file.Tensors, "state");

        first.eval();
        second.eval();
        Assert.Equal(first.call(images).Logits.Numbers(), second.call(images).Logits.Numbers());
        Assert.Equal(first.State().Select(entry => entry.Value.Numbers()), second.State().Select(entry => entry.Value.Numbers()));
        Assert.DoesNotContain(first.State(), entry => entry.Key.EndsWith("num_batches_tracked", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("wrn-10-2", 3)]
    [InlineData("wrn-10-1", 1)]
    [InlineData("resnet-8", 3)]
    [InlineData("mobilenet-v2-0.25", 3)]
    public void Convolutions_lie_channels_last_but_are_saved_in_logical_order(string name, int channels)
    {
        using var folder = new TemporaryFolder();
        using var network = NetworkCatalogue.Build(new NetworkSpec { Architecture = name }, new ImageShape(channels, 8, 8), 10).Filled();
        SafeTensors.Write(folder["state"], network.State().ToDictionary());
        network.LoadState(SafeTensors.Read(folder["state"]).Tensors, "state");
        AssertChannelsLast(network);

        int t = 0;
        foreach (var (key, values) in SafeTensors.Read(folder["state"]).Tensors.OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            Assert.True(values.is_contiguous());
            Assert.Equal(References.ReferenceNumbers.NetworkTensor(key, values.shape, t++), values.Numbers());
        }
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void A_training_step_keeps_the_layout(string name)
    {
        using var network = Build(name);
        AssertChannelsLast(network);
        network.call(Tensors.Wave(1, 4, 3, SideOf(name), SideOf(name)).to(ScalarType.Float32)).Logits.sum().backward();

        AssertChannelsLast(network);
    }

    [Fact]
    public void State_that_does_not_fit_is_refused_before_anything_is_loaded()
    {
        using var network = Build("wrn-10-1");
        using var wider = Build("wrn-10-2");
        var before = network.Snapshot();
        var state = network.State().ToDictionary(entry => entry.Key, entry => entry.Value.detach() + 1);

        AssertRefused(state.Where(entry => entry.Key != "norm.bias"), "'norm.bias' is missing", "wrn-10-1 with 10 classes");
        AssertRefused(state.Append(new("other.weight", ones(1))), "'other.weight'", "wrn-10-1 does not have");
        AssertRefused(state.Select(entry => entry.Key == "classifier.weight" ? new(entry.Key, ones(7, 64)) : entry),
            "'classifier.weight' has shape [7, 64], expected [10, 64]", "wrn-10-1 with 10 classes");
        AssertRefused(wider.State(), "stage1.0.shortcut.weight");
        AssertRefused([], "is missing");
        Assert.Equal(before, network.Snapshot());

        void AssertRefused(IEnumerable<KeyValuePair<string, Tensor>> given, params string[] parts)
        {
            var error = Assert.Throws<UserErrorException>(() => network.LoadState(given.ToDictionary(), "teacher.safetensors"));
            Assert.StartsWith("teacher.safetensors: ", error.Message);
            Assert.All(parts, part => Assert.Contains(part, error.Message));
            Assert.DoesNotContain('\n', error.Message);
        }
    }

    [Theory]
    [MemberData(nameof(SmallFamilies))]
    public void A_frozen_network_takes_no_gradient_and_keeps_its_statistics(string name)
    {
        using var network = Build(name);
        network.Freeze();
        var before = network.Snapshot();
        var images = Tensors.Wave(1, 4, 3, SideOf(name), SideOf(name)).to(ScalarType.Float32).requires_grad_();
        var output = network.call(images);
        output.Logits.sum().backward();

        Assert.NotNull(images.grad);
        Assert.All(network.parameters(), parameter => Assert.True(!parameter.requires_grad && parameter.grad is null));
        Assert.All(network.modules(), module => Assert.False(module.training));
        Assert.Equal(before, network.Snapshot());
        Assert.False(network.call(ones(1, 3, SideOf(name), SideOf(name))).Logits.requires_grad);
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Working_in_place_changes_no_input_and_no_stage(string name)
    {
        using var network = ByModules(name);
        var seen = new Dictionary<nn.Module, double[]>();
        var outputs = new Dictionary<nn.Module, double[]>();
        foreach (var block in network.modules().OfType<Block>())
        {
            block.register_forward_pre_hook((module, input, shows) =>
            {
                seen[module] = input.Numbers();
                return (input, shows);
            });
            block.register_forward_hook((module, input, _, output) =>
            {
                Assert.Equal(seen[module], input.Numbers());
                outputs[module] = output.Map.Numbers();
                return output;
            });
        }
        foreach (bool training in new[] { true, false })
        {
            outputs.Clear();
            network.train(training);
            var images = Tensors.Wave(1, 4, 3, SideOf(name), SideOf(name)).to(ScalarType.Float32);
            var before = images.Numbers();
            var stages = network.call(images).Stages;

            Assert.Equal(before, images.Numbers());
            Assert.Equal(network.modules().OfType<Block>().Count(), outputs.Count);
            foreach (var stage in stages)
            {
                var last = network.named_children().Single(child => child.name == stage.Name).module.children().Last();
                Assert.Equal(outputs[last], stage.Map.Numbers());
            }
        }
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Only_the_outputs_outlive_a_forward_pass(string name)
    {
        using var network = ByModules(name);
        using var images = ones(4, 3, SideOf(name), SideOf(name));
        long before = Tensors.Alive;
        NetworkOutput Forward() => network.call(images);
        var output = Forward();
        Assert.Equal(before + 2 + output.Stages.Count, Tensors.Alive);

        output.Logits.Dispose();
        output.Embedding.Dispose();
        foreach (var stage in output.Stages)
            stage.Map.Dispose();
        Assert.Equal(before, Tensors.Alive);
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Many_steps_leave_no_tensor_behind(string name)
    {
        using var network = Build(name);
        using var images = ones(4, 3, SideOf(name), SideOf(name));
        Step();
        long before = Tensors.Alive;
        for (int step = 0; step < 5; step++)
            Step();
        Assert.Equal(before, Tensors.Alive);

        void Step()
        {
            using var scope = NewDisposeScope();
            var output = network.call(images);
            (output.Logits.sum() + output.Stages[1].Map.square().sum()).backward();
            Assert.NotEmpty(network.State());
            network.zero_grad();
        }
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Building_counting_and_disposing_leaves_no_tensor_behind(string name)
    {
        Once();
        long before = Tensors.Alive;
        Once();
        Once();
        Assert.Equal(before, Tensors.Alive);

        void Once()
        {
            using var network = Build(name);
            NetworkCost.OfNetwork(network);
        }
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Maps_lie_channels_last_as_images_do(string name)
    {
        // Maps of one pixel have no layout.
        int side = 2 * Math.Max(16, SideOf(name));
        using var network = NetworkCatalogue.Build(new NetworkSpec { Architecture = name }, new ImageShape(3, side, side), 10);
        var images = ones(2, side, side, 3).permute(0, 3, 1, 2);

        Assert.All(network.call(images).Stages, stage =>
            Assert.Equal([1, stage.Map.shape[1]], [stage.Map.stride(1), stage.Map.stride(3)]));
    }

    private static void AssertChannelsLast(Network network) =>
        Assert.All(network.modules().OfType<Conv2d>(), convolution =>
        {
            var (shape, stride) = (convolution.weight.shape, convolution.weight.stride());
            long[] expected = [shape[1] * shape[2] * shape[3], 1, shape[3] * shape[1], shape[1]];
            // The stride of a dimension of one element has no meaning.
            Assert.Equal(expected.Where((_, dimension) => shape[dimension] > 1), stride.Where((_, dimension) => shape[dimension] > 1));
        });

    private static int SideOf(string name) => Larger.Contains(name) ? 32 : 8;

    // Pupil's kernels have tests of their own.
    private static Network ByModules(string name)
    {
        var network = Build(name);
        network.AsConvolutional().UsesModules = true;
        return network;
    }

    private static Network Build(string name, long seed = 0) =>
        NetworkCatalogue.Build(new NetworkSpec { Architecture = name }, new(3, SideOf(name), SideOf(name)), 10, seed);

    [Theory]
    [InlineData("wrn-10-1")]
    [InlineData("resnet-8")]
    public void The_count_of_batches_which_can_crash_a_training_is_not_kept(string architecture)
    {
        using var scope = NewDisposeScope();
        using var network = NetworkCatalogue.Build(new() { Architecture = architecture }, new(3, 8, 8), 10);
        network.train();
        network.call(ones(2, 3, 8, 8));
        Assert.All(network.state_dict().Where(entry => entry.Key.EndsWith("num_batches_tracked", StringComparison.Ordinal)),
            entry => Assert.Equal(0, entry.Value.ToInt64()));
    }
}
