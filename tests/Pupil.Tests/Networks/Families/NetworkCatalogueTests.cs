using Pupil.Networks;
using Pupil.Networks.Families;
using Pupil.Tests.References;
using TorchSharp;
using static TorchSharp.torch;

namespace Pupil.Tests.Networks.Families;

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
    [InlineData("resnet-20x1", 278_324)]
    [InlineData("resnet-56x1", 861_620)]
    [InlineData("resnet-110x1", 1_736_564)]
    [InlineData("resnet-8x4", 1_233_540)]
    [InlineData("resnet-32x4", 7_433_860)]
    [InlineData("vgg-8", 3_965_028)]
    [InlineData("vgg-11", 9_277_284)]
    [InlineData("vgg-13", 9_462_180)]
    [InlineData("vgg-16", 14_774_436)]
    [InlineData("vgg-19", 20_086_692)]
    [InlineData("mobilenet-v2-0.25", 364_492)]
    [InlineData("mobilenet-v2-0.5", 812_836)]
    [InlineData("mobilenet-v2-1", 2_353_060)]
    [InlineData("mobilenet-v2-1.4", 4_470_904)]
    [InlineData("mobilenet-v2-2", 8_957_412)]
    [InlineData("shufflenet-v2-0.5", 443_716)]
    [InlineData("shufflenet-v2-1", 1_355_528)]
    [InlineData("shufflenet-v2-1.5", 2_580_548)]
    [InlineData("shufflenet-v2-2", 7_393_996 - (9 * 24 * 3) + (24 * 3) - (900 * 2049))] // torchvision's, with another stem and 1000 classes
    [InlineData("imagenet-mobilenet-v2-1", 3_504_872, 32, 1000)]
    [InlineData("mobilenet-v3-small", 2_542_856, 32, 1000)]
    [InlineData("mobilenet-v3-large", 5_483_032, 32, 1000)]
    [InlineData("efficientnet-b0", 5_288_548, 32, 1000)]
    [InlineData("efficientnet-lite0", 4_652_008, 32, 1000)]
    [InlineData("regnet-y-400mf", 4_344_144, 32, 1000)]
    [InlineData("vit-tiny-16", 5_717_416, 224, 1000)] // as published for DeiT-Tiny
    [InlineData("imagenet-resnet-18", 11_689_512, 64, 1000)]
    [InlineData("imagenet-resnet-34", 21_797_672, 64, 1000)]
    [InlineData("imagenet-resnet-50", 25_557_032, 64, 1000)]
    public void Other_networks_have_exactly_the_published_parameters(string name, int parameters, int side = 32, int classes = 100)
    {
        using var network = Build(name, new ImageShape(3, side, side), classes);

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
    [InlineData("resnet-8x4")]
    [InlineData("resnet-32x4")]
    [InlineData("resnet-20x1")]
    [InlineData("vgg-8")]
    [InlineData("vgg-11", 64)]
    [InlineData("mobilenet-v2-0.5")]
    [InlineData("mobilenet-v2-1.4")]
    [InlineData("shufflenet-v2-0.5")]
    [InlineData("shufflenet-v2-1")]
    [InlineData("shufflenet-v2-1.5")]
    [InlineData("shufflenet-v2-2")]
    [InlineData("imagenet-mobilenet-v2-0.25")]
    [InlineData("imagenet-mobilenet-v2-0.35")]
    [InlineData("imagenet-mobilenet-v2-0.5")]
    [InlineData("imagenet-mobilenet-v2-0.75")]
    [InlineData("imagenet-mobilenet-v2-1")]
    [InlineData("imagenet-mobilenet-v2-1.4")]
    [InlineData("imagenet-mobilenet-v2-2")]
    [InlineData("mobilenet-v3-small")]
    [InlineData("mobilenet-v3-large")]
    [InlineData("efficientnet-b0")]
    [InlineData("efficientnet-lite0")]
    [InlineData("regnet-y-400mf")]
    [InlineData("vit-tiny-4")]
    [InlineData("vit-tiny-8")]
    [InlineData("imagenet-resnet-18", 64)]
    [InlineData("imagenet-resnet-34", 64)]
    [InlineData("imagenet-resnet-50", 64)]
    public void Cost_is_counted_as_the_references_count_it(string name, int side = 32)
    {
        using var network = Build(name, new ImageShape(3, side, side), 10);
        // oneDNN's float32 code divides by zero for this number of channels on virtual machines that hide the sizes of their caches.
        if (name == "imagenet-resnet-50")
            network.to(ScalarType.Float64);

        long Reference(string quantity) => ReferenceNumbers.Integers($"cost/{name}/{quantity}")[0];
        Assert.Equal(new NetworkCost(Reference("parameters"), Reference("multiply-adds")), NetworkCost.OfNetwork(network));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Counting_the_cost_leaves_the_network_as_it_was(bool training)
    {
        using var network = Build("wrn-10-1", new ImageShape(3, 8, 8), 10);
        network.train(training);
        var before = network.Snapshot();
        NetworkCost first = NetworkCost.OfNetwork(network), second = NetworkCost.OfNetwork(network);

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
    [InlineData("resnet-8x2", 8, 8, "32×8×8 64×4×4 128×2×2", 128)]
    [InlineData("resnet-14x1", 9, 13, "16×9×13 32×5×7 64×3×4", 64)]
    [InlineData("vgg-8", 8, 8, "128×4×4 256×2×2 512×1×1 512×1×1", 512)]
    [InlineData("vgg-11", 32, 63, "128×16×31 256×8×15 512×4×7 512×4×7", 512)]
    [InlineData("vgg-8", 64, 65, "128×32×32 256×16×16 512×8×8 512×4×4", 512)]
    [InlineData("mobilenet-v2-0.25", 8, 8, "6×4×4 8×2×2 24×1×1 80×1×1", 1280)]
    [InlineData("mobilenet-v2-1.4", 9, 32, "33×5×16 44×3×8 134×2×4 448×1×2", 1792)]
    [InlineData("shufflenet-v2-0.5", 8, 8, "48×4×4 96×2×2 192×1×1", 1024)]
    [InlineData("shufflenet-v2-1", 13, 9, "116×7×5 232×4×3 464×2×2", 1024)]
    [InlineData("imagenet-mobilenet-v2-0.5", 32, 32, "8×16×16 16×8×8 16×4×4 48×2×2 160×1×1", 1280)]
    [InlineData("imagenet-mobilenet-v2-1.4", 33, 47, "24×17×24 32×9×12 48×5×6 136×3×3 448×2×2", 1792)]
    [InlineData("mobilenet-v3-small", 32, 33, "16×8×9 24×4×5 48×2×3 96×1×2", 1024)]
    [InlineData("mobilenet-v3-large", 32, 32, "16×16×16 24×8×8 40×4×4 112×2×2 160×1×1", 1280)]
    [InlineData("efficientnet-b0", 32, 32, "16×16×16 24×8×8 40×4×4 112×2×2 320×1×1", 1280)]
    [InlineData("efficientnet-lite0", 32, 65, "16×16×33 24×8×17 40×4×9 112×2×5 320×1×3", 1280)]
    [InlineData("regnet-y-400mf", 32, 32, "48×8×8 104×4×4 208×2×2 440×1×1", 440)]
    [InlineData("vit-tiny-4", 8, 8, "192×2×2 192×2×2 192×2×2 192×2×2", 192)]
    [InlineData("vit-tiny-16", 32, 16, "192×2×1 192×2×1 192×2×1 192×2×1", 192)]
    [InlineData("imagenet-resnet-18", 64, 64, "64×16×16 128×8×8 256×4×4 512×2×2", 512)]
    [InlineData("imagenet-resnet-34", 65, 71, "64×17×18 128×9×9 256×5×5 512×3×3", 512)]
    public void Every_family_works_from_its_smallest_images_on(string name, int height, int width, string stages, int embedding)
    {
        using var scope = NewDisposeScope();
        using var network = Build(name, new ImageShape(3, height, width), 7);

        Assert.Equal(stages, string.Join(' ', network.StageShapes.Select(shape => $"{shape.Channels}×{shape.Height}×{shape.Width}")));
        Assert.Equal(Enumerable.Range(1, network.StageShapes.Count).Select(number => $"stage{number}"), network.StageNames);
        var output = network.call(ones(2, 3, height, width));
        Assert.Equal([2, 7], output.Logits.shape);
        Assert.Equal([2, embedding], output.Embedding.shape);
        Assert.Equal(network.StageShapes.Select(shape => new long[] { 2, shape.Channels, shape.Height, shape.Width }),
            output.Stages.Select(stage => stage.Map.shape));
    }

    [Theory]
    [InlineData("wrn-10-1", 1)]
    [InlineData("wrn-22-1", 3)]
    [InlineData("resnet-8", 1)]
    [InlineData("resnet-26", 4)]
    [InlineData("resnet-20x1", 3)]
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
    [InlineData("resnet-8x")]
    [InlineData("resnet-8x0")]
    [InlineData("resnet-8x21")]
    [InlineData("resnet-8x04")]
    [InlineData("resnet-9x4")]
    [InlineData("resnet-2x4")]
    [InlineData("resnet-8x4\n")]
    [InlineData("vgg")]
    [InlineData("vgg-9")]
    [InlineData("vgg-08")]
    [InlineData("vgg-16\n")]
    [InlineData("mobilenet-v2")]
    [InlineData("mobilenet-v2-0")]
    [InlineData("mobilenet-v2-0.2")]
    [InlineData("mobilenet-v2-0.50")]
    [InlineData("mobilenet-v2-1.0")]
    [InlineData("mobilenet-v2-.5")]
    [InlineData("mobilenet-v2-0,5")]
    [InlineData("mobilenet-v2-2.1")]
    [InlineData("mobilenet-v2-3")]
    [InlineData("mobilenet-v2-0.5\n")]
    [InlineData("shufflenet-v2")]
    [InlineData("shufflenet-v2-1.0")]
    [InlineData("shufflenet-v2-3")]
    [InlineData("shufflenet-v2-1\n")]
    [InlineData("imagenet-resnet-20")]
    [InlineData("imagenet-mobilenet-v2")]
    [InlineData("mobilenet-v3")]
    [InlineData("mobilenet-v3-medium")]
    [InlineData("mobilenet-v3-small\n")]
    [InlineData("efficientnet-b1")]
    [InlineData("efficientnet-lite1")]
    [InlineData("regnet-y-800mf")]
    [InlineData("vit-tiny")]
    [InlineData("vit-tiny-5")]
    [InlineData("vit-tiny-016")]
    [InlineData("vit-tiny-16\n")]
    [InlineData("imagenet-mobilenet-v2-1.0")]
    [InlineData("imagenet-mobilenet-v2-0.2")]
    [InlineData("imagenet-mobilenet-v2-1\n")]
    [InlineData("imagenet-resnet-101")]
    [InlineData("imagenet-resnet-018")]
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
    [InlineData("resnet-110x20")]
    [InlineData("mobilenet-v2-0.35")]
    public void Names_that_exist_pass_the_check(string name) => NetworkCatalogue.Check(new NetworkSpec { Architecture = name });

    [Fact]
    public void The_list_of_names_has_every_family_and_its_rule()
    {
        Assert.Collection(NetworkCatalogue.Names,
            wide => Assert.StartsWith("wrn-DEPTH-WIDTH: depth 6n+4", wide),
            plain => Assert.StartsWith("resnet-DEPTH: depth 6n+2", plain),
            projecting => Assert.StartsWith("resnet-DEPTHxWIDTH: depth 6n+2, width", projecting),
            vgg => Assert.StartsWith("vgg-DEPTH: depth 8, 11", vgg),
            mobile => Assert.StartsWith("mobilenet-v2-WIDTH: width 0.25…2", mobile),
            shuffle => Assert.StartsWith("shufflenet-v2-WIDTH: width 0.5, 1", shuffle),
            imageNet => Assert.StartsWith("imagenet-resnet-DEPTH: depth 18, 34 or 50 (images from 64×64", imageNet),
            mobile => Assert.StartsWith("imagenet-mobilenet-v2-WIDTH: width 0.25…2 (1 is published; images from 32×32", mobile),
            small => Assert.StartsWith("mobilenet-v3-small: images from 32×32", small),
            large => Assert.StartsWith("mobilenet-v3-large: images", large),
            efficient => Assert.StartsWith("efficientnet-b0: images", efficient),
            lite => Assert.StartsWith("efficientnet-lite0: images", lite),
            regular => Assert.StartsWith("regnet-y-400mf: images", regular),
            transformer => Assert.StartsWith("vit-tiny-PATCH: patch 4, 8, 16 or 32", transformer));
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

    [Theory]
    [InlineData("imagenet-resnet-18", 64, 63, 64)]
    [InlineData("imagenet-resnet-18", 64, 64, 63)]
    [InlineData("imagenet-resnet-18", 64, 32, 32)]
    [InlineData("imagenet-mobilenet-v2-1", 32, 31, 32)]
    [InlineData("mobilenet-v3-small", 32, 31, 32)]
    [InlineData("efficientnet-b0", 32, 32, 31)]
    [InlineData("efficientnet-lite0", 32, 31, 31)]
    [InlineData("regnet-y-400mf", 32, 32, 31)]
    public void Images_too_small_for_a_family_are_refused(string name, int least, int height, int width)
    {
        var error = Assert.Throws<UserErrorException>(() => Build(name, new ImageShape(3, height, width), 10));

        Assert.Equal($"{name}: images of {height}×{width} pixels; expected at least {least}×{least}.", error.Message);
    }

    [Theory]
    [InlineData("vit-tiny-16", 24, 32, 16)]
    [InlineData("vit-tiny-16", 8, 8, 16)]
    [InlineData("vit-tiny-4", 12, 10, 4)]
    public void Images_that_are_not_of_whole_patches_are_refused(string name, int height, int width, int patch)
    {
        var error = Assert.Throws<UserErrorException>(() => Build(name, new ImageShape(3, height, width), 10));

        Assert.Equal($"{name}: images of {height}×{width} pixels; expected sides that are multiples of {patch}.", error.Message);
    }

    [Fact]
    public void A_transformer_takes_images_of_its_own_size_alone()
    {
        using var scope = NewDisposeScope();
        using var network = Build("vit-tiny-4", new ImageShape(3, 8, 12), 10);
        var error = Assert.Throws<UserErrorException>(() => network.call(zeros(1, 3, 12, 8)));

        Assert.Equal("vit-tiny-4: images of 12×8 pixels; expected 8×12, the size of its positions.", error.Message);
    }

    [Theory]
    [InlineData("vgg-8", "vgg-DEPTH")]
    [InlineData("mobilenet-v2-0.5", "mobilenet-v2-WIDTH")]
    [InlineData("shufflenet-v2-1", "shufflenet-v2-WIDTH")]
    [InlineData("imagenet-resnet-18", "imagenet-resnet-DEPTH")]
    public void Dropout_is_refused_where_there_is_no_place_for_it(string name, string family)
    {
        var spec = new NetworkSpec { Architecture = name, Dropout = 0.25 };
        string message = Assert.Throws<UserErrorException>(() => NetworkCatalogue.Check(spec)).Message;

        Assert.Equal($"network '{name}': dropout is 0.25, but {family} has none; "
            + "use 0, or one of wrn-DEPTH-WIDTH, resnet-DEPTH, resnet-DEPTHxWIDTH.", message);
        Assert.Equal(message, Assert.Throws<UserErrorException>(() => NetworkCatalogue.Build(spec, new ImageShape(3, 64, 64), 10)).Message);
        NetworkCatalogue.Check(spec with { Dropout = 0 });
    }

    [Fact]
    public void The_network_keeps_its_specification_shape_and_classes()
    {
        var spec = new NetworkSpec { Architecture = "resnet-8", Dropout = 0.1 };
        using var network = NetworkCatalogue.Build(spec, new ImageShape(1, 9, 10), 4);

        Assert.Equal((spec, new ImageShape(1, 9, 10), 4, true), (network.Spec, network.Input, network.Classes, network.training));
        Assert.Equal("resnet-8", spec.ToString());
    }

    private static Network Build(string name, ImageShape input, int classes) =>
        NetworkCatalogue.Build(new NetworkSpec { Architecture = name }, input, classes);
}
