using Google.Protobuf;
using Onnx;
using Pupil.Distillation;
using Pupil.Interop.Onnx;
using Pupil.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace Pupil.Tests.Interop.Onnx;

/// <summary>Tests that models of other programs, as frozen networks, give PyTorch's outputs for the same images.</summary>
public sealed class OnnxNetworkTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData("residual.onnx", 1)]
    [InlineData("residual-fixed.onnx", 1)]
    [InlineData("residual-maps.onnx", 1)]
    [InlineData("residual-nhwc.onnx", 255)]
    public void All_parts_are_found_and_have_PyTorch_s_outputs(string file, double scale)
    {
        using var network = OnnxFiles.Open(OnnxFiles.Path(file));
        Assert.Equal([new StageShape("stage1", 8, 16, 16), new("stage2", 12, 8, 8), new("stage3", 16, 4, 4)], network.StageShapes);
        Assert.Equal((file, 16, true, OnnxFiles.Shape), (network.Name, network.EmbeddingWidth, network.HasLogits, network.Input));
        AssertAsPyTorch("residual.txt", network.Forward(OnnxFiles.Images() * scale));
    }

    [Fact]
    public void Images_of_another_size_are_scaled_to_that_of_the_model()
    {
        using var network = OnnxFiles.Open(OnnxFiles.Path("residual.onnx"), new() { Size = 24 });
        Assert.Equal(new StageShape("stage2", 12, 12, 12), network.StageShapes[1]);
        long[][] sizes = [[2, 8, 24, 24], [2, 12, 12, 12], [2, 16, 6, 6], [2, 16], [2, 4]];
        AssertAsPyTorch("residual-upscaled.txt", network.Forward(ImageScaling.Fit(OnnxFiles.Images(), network.Input)), sizes);

        // When reduced, each pixel is the mean of those that it replaces.
        using var small = OnnxFiles.Open(OnnxFiles.Path("residual.onnx"), new() { Size = 8 });
        var images = OnnxFiles.Images();
        var means = images.reshape(2, 3, 8, 2, 8, 2).mean([3, 5]);
        var scaled = ImageScaling.Fit(images, small.Input);
        Tensors.AssertNear(small.Forward(means).Logits.Numbers(), small.Forward(scaled).Logits.Numbers(), 1e-5, "logits");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void A_model_with_a_fixed_batch_size_computes_any_number_of_images(int batch)
    {
        using var folder = new TemporaryFolder();
        string file = OnnxFiles.Changed(folder, "residual.onnx",
            model => model.Graph.Input[0].Type.TensorType.Shape.Dim[0] = new() { DimValue = batch });
        using OnnxNetwork network = OnnxFiles.Open(file), any = OnnxFiles.Open(OnnxFiles.Path("residual.onnx"));
        foreach (int count in new[] { 1, 3, 7 })
        {
            var images = cat([.. Enumerable.Range(0, count).Select(i => OnnxFiles.Images()[..1] * (1 + i))]);
            NetworkOutput expected = any.Forward(images), found = network.Forward(images);
            Assert.Equal(expected.Stages[2].Map.shape, found.Stages[2].Map.shape);
            Tensors.AssertNear(expected.Logits.Numbers(), found.Logits.Numbers(), 1e-5, "logits");
            Tensors.AssertNear(expected.Stages[0].Map.Numbers(), found.Stages[0].Map.Numbers(), 1e-5, "stage1");
        }
    }

    [Fact]
    public void Colours_may_have_another_order_and_outputs_keep_double_precision()
    {
        using var plain = OnnxFiles.Open(OnnxFiles.Path("residual.onnx"));
        using var other = OnnxFiles.Open(OnnxFiles.Path("residual.onnx"), new() { Channels = ChannelOrder.Bgr });
        var images = OnnxFiles.Images().to(ScalarType.Float64);
        var turned = stack([images.select(1, 2), images.select(1, 1), images.select(1, 0)], 1);
        Assert.Equal(plain.Forward(turned).Logits.Numbers(), other.Forward(images).Logits.Numbers());
        Assert.Equal(ScalarType.Float64, other.Forward(images).Stages[0].Map.dtype);
    }

    [Fact]
    public void Images_in_half_precision_and_weights_beside_the_file_are_read()
    {
        using var folder = new TemporaryFolder();
        string half = OnnxFiles.Changed(folder, "residual.onnx", model =>
        {
            model.Graph.Input[0].Type.TensorType.ElemType = (int)TensorProto.Types.DataType.Float16;
            var first = model.Graph.Node.First(node => node.Input.Contains("pixels"));
            first.Input[0] = "wide";
            var to = OnnxGraph.Attribute("to", (long)TensorProto.Types.DataType.Float);
            model.Graph.Node.Insert(0, new NodeProto { OpType = "Cast", Input = { "pixels" }, Output = { "wide" }, Attribute = { to } });
        });
        string apart = OnnxFiles.Changed(folder, "residual-maps.onnx", model =>
        {
            var weight = model.Graph.Initializer.First(tensor => tensor.Dims.Count == 4);
            File.WriteAllBytes(folder["weights.bin"], weight.RawData.ToByteArray());
            weight.RawData = ByteString.Empty;
            weight.DataLocation = TensorProto.Types.DataLocation.External;
            weight.ExternalData.Add(new StringStringEntryProto { Key = "location", Value = "weights.bin" });
        });
        double[] expected = OnnxFiles.Expected("residual.txt", OnnxFiles.Sizes)[4];
        using OnnxNetwork narrow = OnnxFiles.Open(half), two = OnnxFiles.Open(apart);
        Tensors.AssertNear(expected, narrow.Forward(OnnxFiles.Images()).Logits.Numbers(), 2e-3, "half");
        Tensors.AssertNear(expected, two.Forward(OnnxFiles.Images()).Logits.Numbers(), 1e-5, "apart");
        File.Delete(folder["weights.bin"]);
        Assert.Contains("cannot open it", Assert.Throws<UserErrorException>(() => OnnxFiles.Open(apart)).Message);
    }

    [Fact]
    public void Pre_activations_are_the_inputs_of_the_last_ReLU()
    {
        using var network = OnnxFiles.Open(OnnxFiles.Path("residual.onnx"));
        Assert.Null(network.Forward(OnnxFiles.Images()).Stages[0].PreActivation);
        network.ShowPreActivations();
        foreach (var stage in network.Forward(OnnxFiles.Images()).Stages)
        {
            Assert.True(stage.PreActivation!.min().ToDouble() < 0);
            Assert.Equal(stage.Map.Numbers(), stage.PreActivation.relu().Numbers());
        }
    }

    [Fact]
    public void A_model_of_other_classes_has_stages_and_an_embedding()
    {
        using var network = OnnxFiles.Open(OnnxFiles.Path("other-classes.onnx"));
        var answer = network.Forward(OnnxFiles.Images());
        Assert.Equal((false, false, true, 3), (network.HasLogits, answer.HasLogits, answer.HasEmbedding, answer.Stages.Count));
        Assert.Contains("no logits", Assert.Throws<UserErrorException>(() => answer.Logits).Message);
        string file = OnnxFiles.Path("other-classes.onnx");
        var error = Assert.Throws<UserErrorException>(() => OnnxFiles.Open(file, new() { Logits = "scores" }));
        Assert.Contains("expected one number for each of the 4 classes", error.Message);
    }

    [Fact]
    public void Parts_are_named_by_tensors_or_nodes()
    {
        using var network = OnnxFiles.Open(OnnxFiles.Path("residual.onnx"), new()
        {
            Stages = ["/network/stem/stem.2/Relu_output_0", "/network/layer3/Relu_1"],
            Embedding = "/network/fc/Gemm",
            Logits = "probabilities",
        });
        Assert.Equal([new StageShape("stage1", 8, 16, 16), new("stage2", 16, 4, 4)], network.StageShapes);
        Assert.Equal(4, network.EmbeddingWidth);
        var answer = network.Forward(OnnxFiles.Images());
        var expected = OnnxFiles.Expected("residual.txt", OnnxFiles.Sizes);
        Tensors.AssertNear(expected[2], answer.Stages[1].Map.Numbers(), 1e-5, "stage2");
        // The tensor before the softmax, though the softmax's output is named.
        Tensors.AssertNear(expected[4], answer.Logits.Numbers(), 1e-5, "logits");
    }

    [Theory]
    [InlineData("stages", "/network/layer3/Relu_2", "did you mean '/network/layer3/Relu_1'?")]
    [InlineData("stages", "pixels", "expected a tensor or a node between")]
    [InlineData("stages", "probabilities", "is 4 for each image, expected a map")]
    [InlineData("embedding", "/network/layer3/Relu_1", "expected a vector")]
    [InlineData("logits", "/network/ReduceMean", "expected one number for each of the 4 classes")]
    public void A_part_that_does_not_exist_or_has_other_sizes_is_refused(string part, string name, string said)
    {
        OnnxExpertOptions options = part switch
        {
            "stages" => new() { Stages = [name] },
            "embedding" => new() { Embedding = name },
            _ => new() { Logits = name },
        };
        string message = Assert.Throws<UserErrorException>(() => OnnxFiles.Open(OnnxFiles.Path("residual.onnx"), options)).Message;
        Assert.StartsWith($"expert.onnx.{part}: ", message);
        Assert.Contains(said, message);
    }

    [Fact]
    public void Stages_are_named_once_and_in_order()
    {
        string[][] wrong =
        [
            ["/network/layer3/Relu_1", "/network/layer1/Relu_1"],
            ["/network/layer1/Relu_1", "/network/layer1/Relu_1_output_0"],
        ];
        foreach (string[] stages in wrong)
        {
            var options = new OnnxExpertOptions { Stages = stages };
            var error = Assert.Throws<UserErrorException>(() => OnnxFiles.Open(OnnxFiles.Path("residual.onnx"), options));
            Assert.Contains("in the order", error.Message);
        }
    }

    [Fact]
    public void A_classifier_may_be_a_product_and_a_sum()
    {
        using var folder = new TemporaryFolder();
        string file = OnnxFiles.Changed(folder, "residual-maps.onnx", model =>
        {
            var whole = model.Graph.Node.Last(node => node.OpType == "Gemm");
            model.Graph.Node.Remove(whole);
            model.Graph.Node.Add(new NodeProto { OpType = "Transpose", Input = { whole.Input[1] }, Output = { "turned" } });
            model.Graph.Node.Add(new NodeProto { OpType = "MatMul", Input = { whole.Input[0], "turned" }, Output = { "product" } });
            model.Graph.Node.Add(new NodeProto { OpType = "Add", Input = { whole.Input[2], "product" }, Output = { whole.Output[0] } });
        });
        using OnnxNetwork network = OnnxFiles.Open(file), whole = OnnxFiles.Open(OnnxFiles.Path("residual-maps.onnx"));
        Assert.Equal("features", network.Anatomy.Embedding);
        Assert.Equal(whole.Outline.Cost, network.Outline.Cost);
        AssertAsPyTorch("residual.txt", network.Forward(OnnxFiles.Images()));
    }

    [Fact]
    public void Of_two_outputs_the_last_one_is_used()
    {
        using var folder = new TemporaryFolder();
        string file = OnnxFiles.Changed(folder, "residual-maps.onnx", model =>
        {
            var early = new NodeProto(model.Graph.Node.Last(node => node.OpType == "Gemm")) { Name = "early" };
            early.Output[0] = "early";
            model.Graph.Node.Insert(model.Graph.Node.Count - 1, early);
            model.Graph.Output.Insert(0, new ValueInfoProto(model.Graph.Output[^1]) { Name = "early" });
        });
        using var network = OnnxFiles.Open(file);
        Assert.Equal("scores", network.Anatomy.Logits);
        Assert.Equal(3, network.StageShapes.Count);
    }

    [Fact]
    public void Probabilities_are_distinguished_from_logits()
    {
        using var folder = new TemporaryFolder();
        string file = OnnxFiles.Changed(folder, "residual.onnx", model =>
        {
            var softmax = model.Graph.Node[^1];
            model.Graph.Node.RemoveAt(model.Graph.Node.Count - 1);
            var axis = new TensorProto { Name = "axis", DataType = (int)TensorProto.Types.DataType.Int64, Dims = { 1 }, Int64Data = { 1 } };
            model.Graph.Initializer.Add(axis);
            model.Graph.Node.Add(new NodeProto { OpType = "Exp", Input = { softmax.Input[0] }, Output = { "exp" } });
            model.Graph.Node.Add(new NodeProto { OpType = "ReduceSum", Input = { "exp", "axis" }, Output = { "sum" } });
            model.Graph.Node.Add(new NodeProto { OpType = "Div", Input = { "exp", "sum" }, Output = { softmax.Output[0] } });
        });
        using var network = OnnxFiles.Open(file);
        double[] expected = Tensors.FromValues(OnnxFiles.Expected("residual.txt", OnnxFiles.Sizes)[4], 2, 4).softmax(1).Numbers();
        Tensors.AssertNear(expected, network.Forward(OnnxFiles.Images()).Logits.softmax(1).Numbers(), 1e-5, "probabilities");
    }

    [Theory]
    [InlineData("wrn-16-1", false)]
    [InlineData("resnet-14", false)]
    [InlineData("mobilenet-v2-0.5", false)]
    [InlineData("shufflenet-v2-0.5", false)]
    [InlineData("vgg-8", false)]
    [InlineData("resnet-8", true)]
    public void The_parts_of_exported_models_are_found(string name, bool takesPictures)
    {
        using var folder = new TemporaryFolder();
        using var own = OnnxModelTests.OddNetwork(name, 32);
        var card = OnnxModelTests.Card(own) with { TakesPictures = takesPictures };
        File.WriteAllBytes(folder["own.onnx"], OnnxModel.OfNetwork(own, card).ToByteArray());
        using var network = OnnxFiles.Open(folder["own.onnx"], classes: 3, given: own.Input);
        Assert.Equal(["a", "b", "c"], network.Classes);
        Assert.Equal(takesPictures ? [0, 0, 0] : [0.5, 0.4, 0.3], network.Normalization!.Mean);
        Assert.Equal(own.EmbeddingWidth, network.EmbeddingWidth);

        if (takesPictures)
        {
            var given = new OnnxExpertOptions { Normalization = new() { Mean = [0.5, 0.5, 0.5], Deviation = [1, 1, 1] } };
            var error = Assert.Throws<UserErrorException>(() => OnnxFiles.Open(folder["own.onnx"], given, 3, own.Input));
            Assert.Contains("is bytes; expected none", error.Message);
        }
        var bytes = (OnnxFiles.Images().repeat(1, 1, 2, 2) * 127 + 128).round();
        var (mean, deviation) = (tensor(new[] { 0.5f, 0.4f, 0.3f }, [1, 3, 1, 1]), tensor(new[] { 0.2f, 0.25f, 0.3f }, [1, 3, 1, 1]));
        var normalized = (bytes / 255 - mean) / deviation;
        using var noGradient = no_grad();
        var expected = own.call(normalized);
        var found = network.Forward(takesPictures ? bytes : normalized);
        Tensors.AssertNear(expected.Logits.Numbers(), found.Logits.Numbers(), 1e-4, "logits");
        Tensors.AssertNear(expected.Embedding.Numbers(), found.Embedding.Numbers(), 1e-4, "embedding");
        var sizes = own.StageShapes.Select(stage => (stage.Height, stage.Width)).Distinct();
        Assert.Equal(sizes, network.StageShapes.Select(stage => (stage.Height, stage.Width)).Where(sizes.Contains));
        // If only the average follows a stage, and no connection skips it, the maps are those of the network too.
        foreach (var (i, stage) in own.StageShapes.Index().Where(_ => name is "resnet-14" or "resnet-8"))
        {
            var map = found.Stages.Last(map => map.Map.shape[2] == stage.Height).Map;
            Tensors.AssertNear(expected.Stages[i].Map.Numbers(), map.Numbers(), 1e-4, stage.Name);
        }
    }

    [Fact]
    public void The_cost_is_counted_as_for_Pupil_s_networks()
    {
        // From PyTorch: all parameters, and multiply-adds of convolutions and classifier.
        using var kept = OnnxFiles.Open(OnnxFiles.Path("residual-fixed.onnx"));
        Assert.Equal(new NetworkCost(8132, 562_240), kept.Outline.Cost);
        Assert.Equal(["stem", "stage1", "stage2", "stage3", "embedding", "classifier"], kept.Outline.Parts.Select(part => part.Name));
        // Folded batch norms have no scales, but a bias for each channel.
        using var folded = OnnxFiles.Open(OnnxFiles.Path("residual.onnx"));
        Assert.Equal(new NetworkCost(7912 + 108 + 4, 562_240), folded.Outline.Cost);
    }

    [Fact]
    public void A_forward_pass_leaves_no_tensor_behind()
    {
        using var network = OnnxFiles.Open(OnnxFiles.Path("residual.onnx"));
        using var images = OnnxFiles.Images();
        Once();
        long before = Tensors.Alive;
        Once();
        Assert.Equal(before, Tensors.Alive);

        void Once()
        {
            using var scope = NewDisposeScope();
            Assert.False(network.Forward(images).Logits.requires_grad);
        }
    }

    private static void AssertAsPyTorch(string file, NetworkOutput found, long[][]? sizes = null)
    {
        var expected = OnnxFiles.Expected(file, sizes ?? OnnxFiles.Sizes);
        foreach (var (i, stage) in found.Stages.Index())
        {
            Assert.Equal((sizes ?? OnnxFiles.Sizes)[i], stage.Map.shape);
            Tensors.AssertNear(expected[i], stage.Map.Numbers(), 1e-5, stage.Name);
        }
        Tensors.AssertNear(expected[3], found.Embedding.Numbers(), 1e-5, "embedding");
        Tensors.AssertNear(expected[4], found.Logits.Numbers(), 1e-5, "logits");
    }
}
