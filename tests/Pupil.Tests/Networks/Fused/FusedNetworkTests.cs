using System.Runtime.InteropServices;
using Pupil.LibTorch;
using Pupil.Networks;
using Pupil.Networks.Families;
using Pupil.Networks.Fused.Arithmetic;
using TorchSharp;
using static TorchSharp.torch;

namespace Pupil.Tests.Networks.Fused;

/// <summary>Networks by Pupil's kernels beside the same networks by libtorch in double precision.</summary>
public sealed class FusedNetworkTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    public FusedNetworkTests() => Assert.SkipUnless(WindowSums.IsSupported, "The processor has no AVX2.");

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData("wrn-10-1", 3, 32, 32, 4)]
    [InlineData("wrn-10-1", 1, 20, 20, 3)]
    [InlineData("wrn-16-2", 3, 9, 14, 2)]
    [InlineData("wrn-10-2", 3, 13, 8, 1)]
    [InlineData("resnet-8x1", 3, 11, 8, 3)]
    [InlineData("resnet-8", 3, 10, 13, 3)]
    [InlineData("imagenet-resnet-18", 3, 64, 64, 2)]
    public void Outputs_gradients_and_statistics_are_those_of_libtorch(string name, int channels, int height, int width, int images)
    {
        using var trio = new Trio(name, channels, height, width);
        var outputs = trio.Forward(Tensors.Wave(1, images, channels, height, width));

        trio.AssertOutputs(outputs);
        foreach (var output in outputs)
            Loss(output).backward();
        trio.AssertGradients();
        trio.AssertClose("state", network => network.State().ToDictionary());
    }

    [Theory]
    [InlineData("wrn-10-1")]
    [InlineData("resnet-8x1")]
    public void A_loss_may_read_some_of_the_outputs(string name)
    {
        foreach (string read in new[] { "stage1", "stage2", "embedding" })
        {
            using var trio = new Trio(name, 3, 12, 12);
            foreach (var output in trio.Forward(Tensors.Wave(1, 3, 3, 12, 12)))
                Part(output).backward();
            trio.AssertGradients();

            Tensor Part(NetworkOutput output) =>
                Weighted(read == "embedding" ? output.Embedding : output.Stages.Single(stage => stage.Name == read).Map, 3);
        }
    }

    [Theory]
    [InlineData("wrn-16-1", 12, 9)]
    [InlineData("resnet-8x1", 12, 9)]
    [InlineData("imagenet-resnet-50", 64, 70)]
    [InlineData("imagenet-resnet-18", 64, 64)]
    public void Evaluation_is_that_of_libtorch(string name, int height, int width)
    {
        using var trio = new Trio(name, 3, height, width);
        trio.Forward(Tensors.Wave(1, 8, 3, height, width)); // changes the statistics
        foreach (var network in trio.All)
            network.eval();
        using var noGradient = no_grad();
        trio.AssertOutputs(trio.Forward(Tensors.Wave(2, 5, 3, height, width)));
    }

    [Fact]
    public void Two_graphs_of_one_network_can_wait_for_their_backward_passes()
    {
        using var trio = new Trio("wrn-10-1", 3, 12, 12);
        var first = trio.Forward(Tensors.Wave(1, 3, 3, 12, 12));
        var second = trio.Forward(Tensors.Wave(2, 2, 3, 12, 12));
        trio.Fused.eval();
        using (no_grad())
            trio.Fused.call(Tensors.Wave(3, 4, 3, 12, 12).to(ScalarType.Float32));
        foreach (var output in second.Concat(first))
            Loss(output).backward();

        trio.AssertGradients();
    }

    [Fact]
    public void A_retained_graph_has_several_backward_passes()
    {
        using var trio = new Trio("wrn-10-1", 3, 12, 12);
        foreach (var output in trio.Forward(Tensors.Wave(1, 3, 3, 12, 12)))
        {
            Loss(output).backward(retain_graph: true);
            Weighted(output.Stages[1].Map, 3).backward(retain_graph: true);
            Weighted(output.Embedding, 5).backward();
        }
        trio.AssertGradients();
    }

    // Threads share the images; those of small maps are computed together, as far as each thread has some.
    [Theory]
    [InlineData("wrn-16-1", 12, 7)]
    [InlineData("imagenet-resnet-18", 64, 6)]
    public void Results_are_the_same_for_every_number_of_threads(string name, int side, int images)
    {
        int before = get_num_threads();
        try
        {
            var alone = Numbers(1);
            Assert.Equal(alone, Numbers(2));
            Assert.Equal(alone, Numbers(3));
            Assert.Equal(alone, Numbers(images));
        }
        finally
        {
            set_num_threads(before);
        }

        List<double[]> Numbers(int threads)
        {
            set_num_threads(threads);
            using var scope = NewDisposeScope();
            using var network = Build(name, 3, side, side);
            var given = Tensors.Wave(1, images, 3, side, side).to(ScalarType.Float32);
            var output = network.call(given);
            // Without the logits: libtorch's product may depend on the number of threads.
            (Weighted(output.Stages[0].Map.pow(2), 1) + Weighted(output.Embedding, 2)).backward();
            network.eval();
            using var noGradient = no_grad();
            var evaluated = network.call(given);
            return [output.Embedding.Numbers(), evaluated.Embedding.Numbers(), evaluated.Stages[^1].Map.Numbers(),
                .. network.parameters().Select(parameter => parameter.grad).OfType<Tensor>().Select(gradient => gradient.Numbers()),
                .. network.State().Select(entry => entry.Value.Numbers())];
        }
    }

    [Fact]
    public void More_threads_in_the_backward_pass_than_in_the_forward_pass_change_nothing()
    {
        int before = get_num_threads();
        using var trio = new Trio("wrn-10-1", 3, 12, 12);
        try
        {
            set_num_threads(1);
            var outputs = trio.Forward(Tensors.Wave(1, 9, 3, 12, 12));
            set_num_threads(4);
            foreach (var output in outputs)
                Loss(output).backward();
        }
        finally
        {
            set_num_threads(before);
        }
        trio.AssertGradients();
    }

    [Fact]
    public void An_exception_in_the_backward_pass_is_an_exception_of_libtorch()
    {
        using var weight = ones(2, requires_grad: true);
        var output = Assert.Single(GraphNode.Attach(new Failing(), [weight], [ones(2)]));
        Assert.ThrowsAny<ExternalException>(() => output.sum().backward());
        Assert.Equal("no gradient", GraphNode.TakeError()!.SourceException.Message);
        Assert.Null(GraphNode.TakeError());
    }

    [Theory]
    [InlineData("wrn-16-1", LayerSharing.Bottom)]
    [InlineData("wrn-16-1", LayerSharing.Interval)]
    [InlineData("resnet-8x1", LayerSharing.FirstConvolution)]
    public void Networks_that_share_convolutions_add_their_gradients(string name, LayerSharing sharing)
    {
        using var lenders = new Trio(name, 3, 12, 12);
        using var borrowers = new Trio(name, 3, 12, 12);
        foreach (var (borrower, lender) in borrowers.All.Zip(lenders.All))
            borrower.ShareWith(lender, sharing);
        var images = Tensors.Wave(1, 3, 3, 12, 12);
        foreach (var output in lenders.Forward(images).Concat(borrowers.Forward(images)))
            Loss(output).backward();

        lenders.AssertGradients();
        borrowers.AssertGradients();
    }

    [Fact]
    public void A_graph_without_a_backward_pass_is_freed_with_its_outputs()
    {
        using var network = Build("wrn-10-1", 3, 8, 8);
        for (int i = 0; i < 10; i++)
        {
            using var scope = NewDisposeScope();
            network.call(Tensors.Wave(1, 2, 3, 8, 8).to(ScalarType.Float32));
        }
        Assert.InRange(GraphNode.Count, 0, 1);
    }

    [Fact]
    public void What_the_kernels_do_not_compute_libtorch_computes()
    {
        var images = Tensors.Wave(1, 2, 3, 8, 8).to(ScalarType.Float32);
        using var network = Build("wrn-10-1", 3, 8, 8);
        var fused = FusedNetwork.Of(network, network.Input)!;
        Assert.True(fused.Takes(images));
        using (no_grad())
            Assert.False(fused.Takes(images)); // batch statistics without a backward pass
        Assert.False(fused.Takes(images.to(ScalarType.Float64)));
        Assert.False(fused.Takes(images.detach().requires_grad_()));
        network.parameters().First().requires_grad = false;
        Assert.False(fused.Takes(images));
        network.parameters().First().requires_grad = true;
        network.eval();
        Assert.False(fused.Takes(images)); // fixed statistics with a backward pass
        using (no_grad())
            Assert.True(fused.Takes(images));
        using var mobile = Build("mobilenet-v2-0.25", 3, 8, 8);
        Assert.Null(FusedNetwork.Of(mobile, mobile.Input));
    }

    // The same weights on every processor: an activation that is almost 0 may have either sign, and then its gradient is 0 or not.
    private static ConvolutionalNetwork Build(string name, int channels, int height, int width)
    {
        var shape = new ImageShape(channels, height, width);
        var network = NetworkCatalogue.Build(new NetworkSpec { Architecture = name }, shape, 5).Filled().AsConvolutional();
        network.to(ScalarType.Float32);
        network.UsesModules = false;
        return network;
    }

    // Every output with weights that differ.
    private static Tensor Loss(NetworkOutput output) => output.Stages.Select((stage, i) => Weighted(stage.Map.pow(2), i))
        .Append(Weighted(output.Embedding, 7)).Append(Weighted(output.Logits, 8)).Aggregate((sum, next) => sum + next);

    private static Tensor Weighted(Tensor output, int phase) => (output * Tensors.Wave(phase, output.shape).to(output.dtype)).sum();

    private sealed class Failing : IGraphFunction
    {
        public IReadOnlyList<Tensor?> Gradients(IReadOnlyList<Tensor?> outputGradients) =>
            throw new InvalidOperationException("no gradient");

        public void Release()
        {
        }
    }

    // A network by the kernels, by libtorch in single precision, and in double precision.
    private sealed class Trio : IDisposable
    {
        public Trio(string name, int channels, int height, int width)
        {
            All = [.. Enumerable.Range(0, 3).Select(_ => Build(name, channels, height, width))];
            All[1].UsesModules = true;
            All[2].to(ScalarType.Float64);
            Assert.NotNull(FusedNetwork.Of(Fused, Fused.Input));
        }

        public IReadOnlyList<ConvolutionalNetwork> All { get; }

        public ConvolutionalNetwork Fused => All[0];

        public IReadOnlyList<NetworkOutput> Forward(Tensor images)
        {
            var single = images.to(ScalarType.Float32);
            Assert.True(FusedNetwork.Of(Fused, Fused.Input)!.Takes(single));
            return [Fused.call(single), All[1].call(single), All[2].call(single.to(ScalarType.Float64))];
        }

        public void AssertOutputs(IReadOnlyList<NetworkOutput> outputs) => AssertClose("outputs", network =>
        {
            var output = outputs[Enumerable.Range(0, 3).Single(i => All[i] == network)];
            return output.Stages.Select(stage => KeyValuePair.Create(stage.Name, stage.Map))
                .Append(new("embedding", output.Embedding)).Append(new("logits", output.Logits)).ToDictionary();
        });

        public void AssertGradients() => AssertClose("gradients", network => network.named_parameters()
            .Where(parameter => parameter.parameter.grad is not null).ToDictionary(entry => entry.name, entry => entry.parameter.grad!));

        // The kernels may err as much as libtorch in single precision, and by a few units more.
        public void AssertClose(string what, Func<ConvolutionalNetwork, Dictionary<string, Tensor>> tensors)
        {
            var (found, library, expected) = (tensors(All[0]), tensors(All[1]), tensors(All[2]));
            Assert.Equal(expected.Keys.Order(), found.Keys.Order());
            foreach (var (name, value) in expected)
            {
                double scale = value.Numbers().Max(Math.Abs), error = Error(found[name], value), usual = Error(library[name], value);
                Assert.True(error <= 10 * usual + 1e-5 * scale, $"{what}, {name}: error {error}, of libtorch {usual}, of at most {scale}");
            }
        }

        public void Dispose()
        {
            foreach (var network in All)
                network.Dispose();
        }

        private static double Error(Tensor found, Tensor expected) =>
            found.Numbers().Zip(expected.Numbers(), (one, other) => Math.Abs(one - other)).Max();
    }
}
