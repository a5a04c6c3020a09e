using System.Runtime.InteropServices;
using Google.Protobuf;
using Onnx;
using Pupil.Distillation;
using Pupil.Interop.Onnx;
using Pupil.Networks;
using Pupil.Networks.Families;
using Pupil.Reporting.Descriptions;
using TorchSharp;
using static TorchSharp.torch;
using DataType = Onnx.TensorProto.Types.DataType;

namespace Pupil.Tests.Interop.Onnx;

/// <summary>
/// Tests that the tokens, blocks and attention weights of transformers are found, with PyTorch's numbers
/// (References/make_transformer_files.py).
/// </summary>
public sealed class OnnxTransformerTests : IDisposable
{
    private static readonly ImageShape Shape = new(3, 32, 32);

    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData("tv-vit", 1, false)]
    [InlineData("tv-vit-one", 1, false)]
    [InlineData("registers", 5, false)]
    [InlineData("unfolded", 5, true)]
    [InlineData("parallel", 5, false)]
    [InlineData("sequence-first", 1, false)]
    public void Blocks_have_PyTorch_s_tokens(string file, int leading, bool isGuessed)
    {
        using var network = Open(file);
        Assert.Equal([new StageShape("stage1", 24, 4, 4), new StageShape("stage2", 24, 4, 4)], network.StageShapes);
        var output = network.Forward(Images());
        int tokens = leading + 16;
        string numbers = file.Replace("-one", "", StringComparison.Ordinal);
        long[][] sizes = [[2, tokens, 24], [2, tokens, 24], [2, 24], .. output.HasLogits ? new long[][] { [2, 5] } : []];
        var found = output.Stages.Select(stage => stage.Tokens).Append(output.Embedding).ToList();
        if (output.HasLogits)
            found.Add(output.Logits);
        AssertNear(OnnxFiles.Expected($"{numbers}.txt", sizes), [.. found]);
        Assert.Equal((24, file.StartsWith("tv", StringComparison.Ordinal)), (network.EmbeddingWidth, network.HasLogits));
        Assert.All(output.Stages, stage => Assert.True(stage.ClassToken!.eq(stage.Tokens.select(1, 0)).all().item<bool>()));
        Assert.Equal([2, 24, 4, 4], output.Stages[0].Map.shape);
        Assert.Equal(isGuessed, network.Anatomy.IsGridGuessed);
    }

    [Fact]
    public void Maps_of_Swin_are_its_stages()
    {
        using var network = Open("tv-swin");
        Assert.Equal([new StageShape("stage1", 12, 8, 8), new StageShape("stage2", 24, 4, 4)], network.StageShapes);
        var output = network.Forward(Images());
        AssertNear(OnnxFiles.Expected("tv-swin.txt", [[2, 12, 8, 8], [2, 24, 4, 4], [2, 24], [2, 5]]),
            [output.Stages[0].Map, output.Stages[1].Map, output.Embedding, output.Logits]);
    }

    [Fact]
    public void Attention_weights_are_stages_by_an_option_or_by_name()
    {
        var expected = OnnxFiles.Expected("registers-attention.txt", [[2, 3, 16], [2, 3, 16]]);
        using var network = Open("registers", new() { Blocks = BlockFeatures.AttentionWeights });
        Assert.Equal([new StageShape("stage1", 3, 4, 4), new StageShape("stage2", 3, 4, 4)], network.StageShapes);
        AssertNear(expected, [.. network.Forward(Images()).Stages.Select(stage => stage.Map)]);
        Assert.True(network.Anatomy.HasAttentionWeights);

        string second = network.Anatomy.Stages[1].Tensor;
        using var named = Open("registers", new() { Stages = [second] });
        AssertNear([expected[1]], [named.Forward(Images()).Stages.Single().Map]);

        string error = Assert.Throws<UserErrorException>(() => Open("tv-swin", new() { Blocks = BlockFeatures.AttentionWeights })).Message;
        Assert.Contains("expert.onnx.blocks: found attention-weights", error);
    }

    [Fact]
    public void Embedding_and_stages_can_be_named_among_the_tokens()
    {
        using var network = Open("tv-vit", new() { Stages = ["/conv_proj/Conv", "/encoder/ln/Add_1"], Embedding = "/encoder/ln/Add_1" });
        Assert.Equal([new StageShape("stage1", 24, 4, 4), new StageShape("stage2", 24, 4, 4)], network.StageShapes);
        var output = network.Forward(Images());
        using var plain = Open("tv-vit");
        Tensors.AssertNear(plain.Forward(Images()).Embedding.Numbers(), output.Embedding.Numbers(), 1e-6, "embedding");
        Assert.Null(output.Stages[0].ClassToken);
        string error = Assert.Throws<UserErrorException>(() => Open("tv-vit", new() { Embedding = "/conv_proj/Conv" })).Message;
        Assert.Contains("expected a vector, N×D or N×D×1×1, or tokens, N×T×D", error);
    }

    [Fact]
    public void The_tokens_of_a_Vit_that_Pupil_exported_are_those_of_its_network()
    {
        using var folder = new TemporaryFolder();
        using var vit = NetworkCatalogue.Build(new NetworkSpec { Architecture = "vit-tiny-8" }, Shape, 5);
        vit.eval();
        File.WriteAllBytes(folder["vit.onnx"], OnnxModel.OfNetwork(vit, OnnxModelTests.Card(vit)).ToByteArray());
        using var network = OnnxFiles.Open(folder["vit.onnx"], null, 5, Shape);
        using var expected = FrozenNetwork.Freeze(vit);
        var (own, found) = (expected.Forward(Images()), network.Forward(Images()));
        Assert.Equal(12, network.StageShapes.Count);
        Tensors.AssertNear(own.Stages[^1].Tokens.Numbers(), found.Stages[^1].Tokens.Numbers(), 1e-4, "tokens");
        Tensors.AssertNear(own.Embedding.Numbers(), found.Embedding.Numbers(), 1e-4, "embedding");
    }

    [Fact]
    public void Tokens_have_no_inputs_of_ReLUs()
    {
        using var network = Open("tv-vit");
        Assert.Contains("is no map N×C×H×W", Assert.Throws<UserErrorException>(network.ShowPreActivations).Message);
    }

    [Fact]
    public void Sizes_of_half_precision_weights_are_bounded()
    {
        using var folder = new TemporaryFolder();
        string path = OnnxFiles.Changed(folder, "tv-vit.onnx", model =>
        {
            Narrow(model, DataType.Float16);
            model.Graph.Initializer[0].Dims.Clear();
            model.Graph.Initializer[0].Dims.AddRange([1L << 62, 2]);
        });
        Assert.Contains("in half precision", Assert.Throws<UserErrorException>(() => OnnxFile.Read(path)).Message);
    }

    [Fact]
    public void Blocks_of_a_model_in_8_bits_are_found_too()
    {
        using var folder = new TemporaryFolder();
        using var vit = NetworkCatalogue.Build(new NetworkSpec { Architecture = "vit-tiny-8" }, Shape, 5);
        vit.eval();
        var model = OnnxModel.OfNetwork(vit, OnnxModelTests.Card(vit));
        OnnxInteger.Apply(model, OnnxInteger.Calibrate(model, [OnnxModelTests.Value(Images())]));
        Assert.Contains(model.Graph.Node, node => node.OpType == "QuantizeLinear");
        File.WriteAllBytes(folder["vit.onnx"], model.ToByteArray());
        using var network = OnnxFiles.Open(folder["vit.onnx"], null, 5, Shape);
        Assert.Equal(12, network.StageShapes.Count);
        using var expected = FrozenNetwork.Freeze(vit);
        double[] own = expected.Forward(Images()).Stages[^1].Tokens.Numbers();
        double[] found = network.Forward(Images()).Stages[^1].Tokens.Numbers();
        double error = own.Zip(found, (x, y) => (x - y) * (x - y)).Average(), spread = own.Average(x => x * x);
        Assert.True(error < 0.01 * spread, $"{error} of {spread}");
    }

    [Theory]
    [InlineData(DataType.Float16, 0.01)]
    [InlineData(DataType.Bfloat16, 0.05)]
    public void Half_precision_is_computed(DataType type, double tolerance)
    {
        using var folder = new TemporaryFolder();
        string path = OnnxFiles.Changed(folder, "tv-vit.onnx", model => Narrow(model, type));
        using var network = OnnxFiles.Open(path, null, 5, Shape);
        using var whole = Open("tv-vit");
        Tensors.AssertNear(whole.Forward(Images()).Logits.Numbers(), network.Forward(Images()).Logits.Numbers(), tolerance, "logits");
    }

    [Fact]
    public void Weights_in_half_precision_may_lie_beside_the_model_and_nowhere_else()
    {
        using var folder = new TemporaryFolder();
        using var whole = Open("tv-vit");
        string path = OnnxFiles.Changed(folder, "tv-vit.onnx", model =>
        {
            Narrow(model, DataType.Bfloat16);
            Move(model, folder["weights.bin"], "weights.bin");
        });
        using (var network = OnnxFiles.Open(path, null, 5, Shape))
            Tensors.AssertNear(whole.Forward(Images()).Logits.Numbers(), network.Forward(Images()).Logits.Numbers(), 0.05, "logits");
        File.WriteAllBytes(folder["weights.bin"], new byte[10]);
        Assert.Contains("of 10 for", Assert.Throws<UserErrorException>(() => OnnxFile.Read(path)).Message);
        File.Delete(folder["weights.bin"]);
        Assert.Contains("in no file beside the model", Assert.Throws<UserErrorException>(() => OnnxFile.Read(path)).Message);
        path = OnnxFiles.Changed(folder, "tv-vit.onnx", model =>
        {
            Narrow(model, DataType.Bfloat16);
            Move(model, folder["weights.bin"], "/etc/hostname");
        });
        Assert.Contains("in no file beside the model", Assert.Throws<UserErrorException>(() => OnnxFile.Read(path)).Message);
    }

    [Fact]
    public void Descriptions_say_what_tokens_there_are_and_how_sure_that_is()
    {
        var model = DescribedModel.FromFile(OnnxFiles.Path("unfolded.onnx"));
        Assert.Equal([5, 5, null], model.Parts.Select(part => part.LeadingTokens));
        Assert.True(model.IsGridGuessed && model.HasAttentionWeights);
        Assert.False(DescribedModel.FromFile(OnnxFiles.Path("vit.onnx")).IsGridGuessed);
        Assert.False(DescribedModel.FromFile(OnnxFiles.Path("residual.onnx")).HasAttentionWeights);
    }

    private static OnnxNetwork Open(string file, OnnxExpertOptions? options = null) =>
        OnnxFiles.Open(OnnxFiles.Path($"{file}.onnx"), options, 5, Shape);

    private static Tensor Images() =>
        arange(2 * 3 * 32 * 32, dtype: ScalarType.Float64).sin().reshape(2, 3, 32, 32).to(ScalarType.Float32);

    private static void AssertNear(double[][] expected, Tensor[] found)
    {
        Assert.Equal(expected.Length, found.Length);
        foreach (var (i, numbers) in expected.Index())
            Tensors.AssertNear(numbers, found[i].Numbers(), 1e-4, $"part {i}");
    }

    // Weights and sums in another type; images and outputs stay float32.
    private static void Narrow(ModelProto model, DataType type)
    {
        var graph = model.Graph;
        foreach (var tensor in graph.Initializer.Concat(graph.Node.SelectMany(node => node.Attribute).Select(attribute => attribute.T)
            .OfType<TensorProto>()).Where(tensor => tensor.DataType == (int)DataType.Float))
        {
            float[] values = tensor.RawData.Length > 0
                ? MemoryMarshal.Cast<byte, float>(tensor.RawData.Span).ToArray() : [.. tensor.FloatData];
            tensor.FloatData.Clear();
            tensor.RawData = ByteString.CopyFrom(MemoryMarshal.AsBytes<ushort>([.. values.Select(value => type == DataType.Float16
                ? BitConverter.HalfToUInt16Bits((Half)value) : (ushort)(BitConverter.SingleToUInt32Bits(value) >> 16))]));
            tensor.DataType = (int)type;
        }
        foreach (var attribute in graph.Node.SelectMany(node => node.Attribute))
        {
            if (attribute is { Name: "to", I: (long)DataType.Float })
                attribute.I = (long)type;
        }
        foreach (var node in graph.Node)
        {
            for (int i = 0; i < node.Input.Count; i++)
                node.Input[i] = node.Input[i] == "images" ? "images.narrow" : node.Input[i];
            for (int i = 0; i < node.Output.Count; i++)
                node.Output[i] = node.Output[i] == "out" ? "out.narrow" : node.Output[i];
        }
        graph.Node.Insert(0, Cast("images", "images.narrow", type));
        graph.Node.Add(Cast("out.narrow", "out", DataType.Float));
        graph.ValueInfo.Clear();

        static NodeProto Cast(string from, string to, DataType type)
        {
            var node = new NodeProto { OpType = "Cast", Name = to };
            node.Input.Add(from);
            node.Output.Add(to);
            node.Attribute.Add(new AttributeProto { Name = "to", Type = AttributeProto.Types.AttributeType.Int, I = (long)type });
            return node;
        }
    }

    private static void Move(ModelProto model, string file, string location)
    {
        using var stream = File.Create(file);
        foreach (var tensor in model.Graph.Initializer.Where(tensor => tensor.DataType == (int)DataType.Bfloat16))
        {
            byte[] bytes = tensor.RawData.ToByteArray();
            tensor.DataLocation = TensorProto.Types.DataLocation.External;
            tensor.ExternalData.Add(new StringStringEntryProto { Key = "location", Value = location });
            tensor.ExternalData.Add(new StringStringEntryProto { Key = "offset", Value = $"{stream.Position}" });
            tensor.ExternalData.Add(new StringStringEntryProto { Key = "length", Value = $"{bytes.Length}" });
            tensor.RawData = ByteString.Empty;
            stream.Write(bytes);
        }
    }
}
