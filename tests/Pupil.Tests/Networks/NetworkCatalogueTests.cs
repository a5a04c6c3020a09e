using Pupil.Networks;
using Pupil.Tests.References;
using static TorchSharp.torch;

namespace Pupil.Tests.Networks;

public sealed class NetworkCatalogueTests
{
    private static readonly ImageShape Cifar = new(3, 32, 32);

    [Theory]
    [InlineData("wrn-16-1", 10, 175_066)]
    [InlineData("wrn-16-1", 100, 180_916)]
    [InlineData("wrn-16-1", 200, 187_416)]
    [InlineData("wrn-16-2", 10, 691_674)]
    [InlineData("wrn-16-2", 100, 703_284)]
    [InlineData("wrn-16-2", 200, 716_184)]
    [InlineData("wrn-40-1", 10, 563_930)]
    [InlineData("wrn-40-1", 100, 569_780)]
    [InlineData("wrn-40-1", 200, 576_280)]
    [InlineData("wrn-40-2", 10, 2_243_546)]
    [InlineData("wrn-40-2", 100, 2_255_156)]
    [InlineData("wrn-40-2", 200, 2_268_056)]
    public void Wide_networks_have_exactly_the_published_parameters(string name, int classes, long parameters)
    {
        using var network = Build(name, Cifar, classes);

        Assert.Equal(parameters, network.parameters().Sum(parameter => parameter.numel()));
    }

    [Theory]
    [InlineData("wrn-10-1")]
    [InlineData("wrn-16-1")]
    [InlineData("wrn-16-2")]
    [InlineData("wrn-40-1")]
    [InlineData("wrn-40-2")]
    [InlineData("resnet-8")]
    [InlineData("resnet-20")]
    [InlineData("resnet-56")]
    [InlineData("resnet-110")]
    public void Cost_is_counted_as_the_references_count_it(string name)
    {
        using var network = Build(name, Cifar, 10);

        long Reference(string quantity) => ReferenceNumbers.Integers($"cost/{name}/{quantity}")[0];
        Assert.Equal(new NetworkCost(Reference("parameters"), Reference("multiply-adds")), NetworkCost.Of(network));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Counting_the_cost_leaves_the_network_as_it_was(bool training)
    {
        using var network = Build("wrn-10-1", new ImageShape(3, 8, 8), 10);
        network.train(training);
        var before = network.Snapshot();
        NetworkCost first = NetworkCost.Of(network), second = NetworkCost.Of(network);

        Assert.Equal(first, second);
        Assert.All(network.modules(), module => Assert.Equal(training, module.training));
        Assert.Equal(before, network.Snapshot());
    }

    [Theory]
    [InlineData("wrn-10-1", 3, 8, 8, 2)]
    [InlineData("wrn-22-3", 3, 9, 13, 10)]
    [InlineData("wrn-10-5", 1, 8, 8, 3)]
    [InlineData("wrn-16-1", 1, 28, 28, 10)]
    [InlineData("wrn-28-1", 4, 11, 8, 7)]
    [InlineData("resnet-8", 1, 9, 13, 2)]
    [InlineData("resnet-14", 3, 9, 13, 5)]
    [InlineData("resnet-32", 3, 15, 10, 100)]
    [InlineData("resnet-110", 4, 8, 8, 200)]
    public void Any_depth_width_size_and_number_of_classes_works(string name, int channels, int height, int width, int classes)
    {
        using var scope = NewDisposeScope();
        using var network = Build(name, new ImageShape(channels, height, width), classes);
        int factor = name.StartsWith("wrn", StringComparison.Ordinal) ? int.Parse(name.Split('-')[2]) : 1;
        foreach (bool training in new[] { true, false })
        {
            network.train(training);
            var output = network.call(ones(2, channels, height, width));

            Assert.Equal([2, classes], output.Logits.shape);
            Assert.Equal([2, 64 * factor], output.Embedding.shape);
            Assert.Equal(network.StageNames, output.Stages.Select(stage => stage.Name));
            for (int stage = 0; stage < 3; stage++)
            {
                // A stride of 2 rounds up.
                (long h, long w) = ((height + (1 << stage) - 1) >> stage, (width + (1 << stage) - 1) >> stage);
                Assert.Equal([2, (16 << stage) * factor, h, w], output.Stages[stage].Map.shape);
            }
        }
    }

    [Theory]
    [InlineData("wrn-10-1", 1)]
    [InlineData("wrn-22-1", 3)]
    [InlineData("resnet-8", 1)]
    [InlineData("resnet-26", 4)]
    public void The_depth_is_the_number_of_blocks(string name, int blocks)
    {
        using var network = Build(name, new ImageShape(3, 8, 8), 10);

        foreach (string stage in network.StageNames)
            Assert.Equal(blocks, network.named_children().Single(child => child.name == stage).module.children().Count());
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("wrn")]
    [InlineData("wrn-16")]
    [InlineData("wrn-17-1")]
    [InlineData("wrn-4-1")]
    [InlineData("wrn-0-1")]
    [InlineData("wrn-16-0")]
    [InlineData("wrn-16-21")]
    [InlineData("wrn-16--1")]
    [InlineData("wrn--16-1")]
    [InlineData("wrn-16-1.5")]
    [InlineData("wrn-16-1 ")]
    [InlineData("wrn-16-1\n")]
    [InlineData("wrn-016-1")]
    [InlineData("wrn-16-01")]
    [InlineData("WRN-16-1")]
    [InlineData("wrn_16_1")]
    [InlineData("wrn-١٦-1")]
    [InlineData("resnet-2")]
    [InlineData("resnet-21")]
    [InlineData("resnet-18")]
    [InlineData("resnet-020")]
    [InlineData("resnet-20\n")]
    [InlineData("resnet20")]
    [InlineData("ResNet-20")]
    [InlineData("vgg-16")]
    [InlineData("wrn-99999999999-1")]
    [InlineData("wrn-16-99999999999")]
    [InlineData("wrn-999999999999999999999999999999-999999999999999999999999999999")]
    [InlineData("resnet-99999999999")]
    public void A_name_that_does_not_exist_is_refused_with_the_names_that_do(string name)
    {
        var spec = new NetworkSpec { Architecture = name };
        var error = Assert.Throws<UserErrorException>(() => NetworkCatalogue.Build(spec, Cifar, 10));

        Assert.Contains($"'{name}'", error.Message);
        Assert.All(NetworkCatalogue.Names, known => Assert.Contains(known, error.Message));
        Assert.Equal(error.Message, Assert.Throws<UserErrorException>(() => NetworkCatalogue.Check(spec)).Message);
    }

    [Theory]
    [InlineData("wrn-10-1")]
    [InlineData("wrn-28-10")]
    [InlineData("wrn-100-20")]
    [InlineData("resnet-8")]
    [InlineData("resnet-1202")]
    public void Names_that_exist_pass_the_check(string name) => NetworkCatalogue.Check(new NetworkSpec { Architecture = name });

    [Fact]
    public void The_list_of_names_tells_every_family_and_its_rule()
    {
        Assert.Collection(NetworkCatalogue.Names,
            wide => Assert.StartsWith("wrn-DEPTH-WIDTH: depth 6n+4", wide),
            plain => Assert.StartsWith("resnet-DEPTH: depth 6n+2", plain));
    }

    [Theory]
    [InlineData(7, 8)]
    [InlineData(8, 7)]
    [InlineData(1, 32)]
    [InlineData(0, 0)]
    public void Images_below_eight_pixels_are_refused(int height, int width)
    {
        var error = Assert.Throws<UserErrorException>(() => Build("wrn-16-1", new ImageShape(3, height, width), 10));

        Assert.Contains($"{height}×{width}", error.Message);
        Assert.Contains("8×8", error.Message);
    }

    [Fact]
    public void The_network_knows_what_it_was_built_from()
    {
        var spec = new NetworkSpec { Architecture = "resnet-8", Dropout = 0.1 };
        using var network = NetworkCatalogue.Build(spec, new ImageShape(1, 9, 10), 4);

        Assert.Equal((spec, new ImageShape(1, 9, 10), 4, true), (network.Spec, network.Input, network.Classes, network.training));
        Assert.Equal("resnet-8", spec.ToString());
    }

    private static Network Build(string name, ImageShape input, int classes) =>
        NetworkCatalogue.Build(new NetworkSpec { Architecture = name }, input, classes);
}
