using Pupil.Networks;
using Pupil.Networks.Families;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Pupil.Tests.Networks;

public sealed class StartingWeightsTests
{
    private static readonly ImageShape Small = new(3, 8, 8);

    public static TheoryData<string, Initialization> Every =>
        new MatrixTheoryData<string, Initialization>(["wrn-10-2", "resnet-8"], Enum.GetValues<Initialization>());

    [Theory]
    [InlineData("wrn-16-2")]
    [InlineData("resnet-14")]
    [InlineData("vgg-8")]
    public void Default_weights_are_uniform_within_one_over_the_root_of_the_fan_in(string name)
    {
        using var network = Build(name);
        foreach (var (where, weight, fanIn) in Weighted(network))
        {
            double bound = 1 / Math.Sqrt(fanIn);
            Assert.True(weight.Max(Math.Abs) <= bound && weight.Max() > 0.9 * bound && weight.Min() < -0.9 * bound, where);
            AssertSpread(weight, 0, bound / Math.Sqrt(3), where);
        }
        Assert.All(Norms(network), norm => Assert.All(norm.weight.Numbers(), value => Assert.Equal(1, value)));
        AssertFreshNorms(network);
    }

    [Theory]
    [InlineData("wrn-16-2")]
    [InlineData("resnet-14")]
    [InlineData("vgg-8")]
    public void Released_code_weights_are_kaiming_normal_with_uniform_batch_norm(string name)
    {
        using var network = Build(name, initialization: Initialization.ReleasedCode);
        foreach (var (where, weight, fanIn) in Weighted(network))
        {
            double deviation = Math.Sqrt(2 / fanIn);
            AssertSpread(weight, 0, deviation, where);
            // Uniform numbers of this deviation end at 1.73 of it.
            Assert.True(weight.Length < 1000 || weight.Max(Math.Abs) > 2.5 * deviation, where);
        }
        double[] norms = [.. Norms(network).SelectMany(norm => norm.weight.Numbers())];
        Assert.All(norms, value => Assert.InRange(value, 0, 0.9999999));
        AssertSpread(norms, 0.5, 1 / Math.Sqrt(12), "batch-norm weights");
        AssertFreshNorms(network);
        var biases = network.named_parameters().Where(entry => entry.name.EndsWith("bias", StringComparison.Ordinal));
        Assert.All(biases, entry => Assert.All(entry.parameter.Numbers(), value => Assert.Equal(0, value)));
    }

    [Theory]
    [MemberData(nameof(Every))]
    public void Seed_role_and_architecture_determine_the_weights_whatever_was_drawn_before(string name, Initialization initialization)
    {
        random.manual_seed(1);
        using var first = Build(name, 5, "student", initialization);
        random.manual_seed(2);
        using var drawn = rand(7);
        using var second = Build(name, 5, "student", initialization);
        Assert.Equal(first.Snapshot(), second.Snapshot());

        using var otherSeed = Build(name, 6, "student", initialization);
        using var otherRole = Build(name, 5, "companion", initialization);
        foreach (var other in new[] { otherSeed, otherRole })
            AssertDifferent(first, other);
        AssertDifferent(otherSeed, otherRole);
    }

    [Fact]
    public void Networks_built_at_the_same_time_have_the_weights_of_networks_built_alone()
    {
        using var alone = Build("wrn-10-1", 4);
        var expected = alone.State().Select(entry => entry.Value.Numbers()).ToList();
        var found = new List<double[]>[8];
        Parallel.For(0, found.Length, new ParallelOptions { MaxDegreeOfParallelism = 4 }, i =>
        {
            using var network = Build("wrn-10-1", 4);
            found[i] = [.. network.State().Select(entry => entry.Value.Numbers())];
        });

        Assert.All(found, weights => Assert.Equal(expected, weights));
    }

    [Fact]
    public void Dropout_and_mode_change_no_starting_weight()
    {
        using var plain = Build("wrn-10-1", 3);
        using var dropping = NetworkCatalogue.Build(new NetworkSpec { Architecture = "wrn-10-1", Dropout = 0.5 }, Small, 10, 3);

        Assert.Equal(plain.Snapshot(), dropping.Snapshot());
    }

    [Theory]
    [InlineData("wrn-10-1")]
    [InlineData("resnet-8")]
    [InlineData("resnet-8x1")]
    public void Dropout_is_at_work_in_training_only(string name)
    {
        using var scope = NewDisposeScope();
        using var plain = Build(name, 3);
        using var dropping = NetworkCatalogue.Build(new NetworkSpec { Architecture = name, Dropout = 0.5 }, Small, 10, 3);
        var images = Tensors.Wave(1, 2, 3, 8, 8).to(ScalarType.Float32);
        double[] Ask(Network network) => network.call(images).Logits.Numbers();

        plain.train();
        dropping.train();
        Assert.Equal(Ask(plain), Ask(plain));
        Assert.NotEqual(Ask(dropping), Ask(dropping));
        random.manual_seed(9);
        var once = Ask(dropping);
        random.manual_seed(9);
        Assert.Equal(once, Ask(dropping));

        dropping.LoadState(plain.State().ToDictionary(), "plain");
        plain.eval();
        dropping.eval();
        Assert.Equal(Ask(plain), Ask(dropping));
    }

    private static void AssertDifferent(Network one, Network other)
    {
        var others = Weighted(other).ToDictionary(entry => entry.Where, entry => entry.Weight);
        Assert.All(Weighted(one), entry => Assert.NotEqual(entry.Weight, others[entry.Where]));
    }

    // Five standard errors around what is expected.
    private static void AssertSpread(double[] values, double mean, double deviation, string where)
    {
        double found = values.Average(), spread = Math.Sqrt(values.Average(value => (value - mean) * (value - mean)));
        Assert.True(Math.Abs(found - mean) < 5 * deviation / Math.Sqrt(values.Length), $"{where}: mean {found}");
        Assert.True(Math.Abs(spread - deviation) < 5 * deviation / Math.Sqrt(2 * values.Length),
            $"{where}: deviation {spread}, expected {deviation}");
    }

    private static void AssertFreshNorms(Network network) => Assert.All(Norms(network), norm =>
    {
        Assert.All(norm.bias!.Numbers(), value => Assert.Equal(0, value));
        Assert.All(norm.running_mean!.Numbers(), value => Assert.Equal(0, value));
        Assert.All(norm.running_var!.Numbers(), value => Assert.Equal(1, value));
    });

    private static IEnumerable<BatchNorm2d> Norms(Network network) => network.modules().OfType<BatchNorm2d>();

    private static IEnumerable<(string Where, double[] Weight, double FanIn)> Weighted(Network network) =>
        network.named_parameters().Where(entry => entry.parameter.dim() > 1)
            .Select(entry => (entry.name, entry.parameter.Numbers(), (double)(entry.parameter.numel() / entry.parameter.shape[0])));

    private static Network Build(string name, long seed = 0, string role = "", Initialization initialization = Initialization.Default) =>
        NetworkCatalogue.Build(new NetworkSpec { Architecture = name, Initialization = initialization }, Small, 10, seed, role);
}
