using Onnx;
using Pupil.Cli.Inspection;
using Pupil.Networks;

namespace Pupil.Tests.Interop.Onnx;

/// <summary>Tests that files that are no image networks are refused with a message that names the reason.</summary>
public sealed class OnnxDamageTests
{
    [Fact]
    public void Files_that_are_no_models_are_refused()
    {
        using var folder = new TemporaryFolder();
        byte[] whole = File.ReadAllBytes(OnnxFiles.Path("residual.onnx"));
        Refused("no such file", folder["none.onnx"]);
        Refused("no graph", Written("empty", []));
        Refused("cannot be read as an ONNX model", Written("text", "This is a text, and not a short one."u8.ToArray()));
        Refused("cannot be read as an ONNX model", Written("half", whole[..(whole.Length / 2)]));
        Refused("no such file", folder.FullPath);

        string Written(string name, byte[] bytes)
        {
            File.WriteAllBytes(folder[$"{name}.onnx"], bytes);
            return folder[$"{name}.onnx"];
        }
    }

    [Fact]
    public void Models_that_cannot_be_computed_or_have_no_image_input_are_refused()
    {
        using var folder = new TemporaryFolder();
        Refused("Frobnicate", Changed(model => model.Graph.Node[3].OpType = "Frobnicate"));
        Refused("ONNX Runtime cannot open it", Changed(model => model.Graph.Node.RemoveAt(3)));
        Refused("ONNX Runtime cannot open it", Changed(model => model.OpsetImport[0].Version = 9999));
        Refused("expected one input", Changed(model => model.Graph.Input.Add(new ValueInfoProto(model.Graph.Input[0]) { Name = "more" })));
        Refused("expected one input", Changed(model => model.Graph.Input[0].Type.TensorType.Shape.Dim.RemoveAt(0)));
        Refused("found images of Int64", Changed(model => InputOf(model).ElemType = (int)TensorProto.Types.DataType.Int64));
        Refused("found no node that depends", Changed(model => model.Graph.Node[0].Input[0] = model.Graph.Initializer[0].Name));

        static TypeProto.Types.Tensor InputOf(ModelProto model) => model.Graph.Input[0].Type.TensorType;

        string Changed(Action<ModelProto> change) => OnnxFiles.Changed(folder, "residual.onnx", change);
    }

    [Fact]
    public void Images_of_unsupported_shapes_are_refused()
    {
        string file = OnnxFiles.Path("residual-fixed.onnx");
        var channels = Assert.Throws<UserErrorException>(() => OnnxFiles.Open(file, given: new ImageShape(1, 16, 16)));
        Assert.Contains("found an input of 3 channels, expected 1 as in the recipe's images", channels.Message);
        var size = Assert.Throws<UserErrorException>(() => OnnxFiles.Open(file, new() { Size = 32 }));
        Assert.Contains("has a fixed size of 16×16", size.Message);
    }

    [Fact]
    public void Huge_inputs_and_graphs_are_refused()
    {
        using var folder = new TemporaryFolder();
        Refused("found an input of", OnnxFiles.Changed(folder, "residual.onnx", model =>
        {
            var sizes = model.Graph.Input[0].Type.TensorType.Shape.Dim;
            sizes[2] = new() { DimValue = 100_000 };
            sizes[3] = new() { DimValue = 100_000 };
        }));
        Refused("found 100,0", OnnxFiles.Changed(folder, "residual.onnx", model => Append(model, 100_000, "Identity", 0)));
    }

    [Theory]
    [InlineData("Identity", 1, Explicit = true)]
    [InlineData("Identity", 2_000)]
    [InlineData("Relu", 1, Explicit = true)]
    public void Long_chains_and_many_outputs_are_walked_without_recursion(string operation, int outputs)
    {
        using var folder = new TemporaryFolder();
        string path = OnnxFiles.Changed(folder, "residual.onnx", model => Append(model, 15_000, operation, outputs));
        using var network = OnnxFiles.Open(path);
        Assert.True(network.HasLogits);
        Assert.Equal(4, network.Anatomy.Outline().Classes);
    }

    [Fact]
    public void Models_without_one_input_of_a_bounded_size_are_not_measured()
    {
        using var folder = new TemporaryFolder();
        NotMeasured("found 2 inputs", model => model.Graph.Input.Add(new ValueInfoProto(model.Graph.Input[0]) { Name = "more" }));
        NotMeasured("found 0 inputs", model =>
        {
            string name = model.Graph.Input[0].Name;
            model.Graph.Initializer.Add(new TensorProto
            {
                Name = name,
                DataType = 1,
                Dims = { 1, 3, 16, 16 },
                RawData = Google.Protobuf.ByteString.CopyFrom(new byte[4 * 3 * 16 * 16]),
            });
            model.Graph.Input.Clear();
        });
        NotMeasured("expected at most", model =>
        {
            var sizes = model.Graph.Input[0].Type.TensorType.Shape.Dim;
            sizes[2] = new() { DimValue = 100_000 };
            sizes[3] = new() { DimValue = 100_000 };
        });

        void NotMeasured(string said, Action<ModelProto> change)
        {
            string path = OnnxFiles.Changed(folder, "residual.onnx", change);
            Assert.Contains(said, Assert.Throws<UserErrorException>(() => ModelMeasure.OfFile(path)).Message);
        }
    }

    // Nodes behind the last one; the last of them are outputs.
    private static void Append(ModelProto model, int count, string operation, int outputs)
    {
        var graph = model.Graph;
        string last = graph.Output[^1].Name;
        var kind = graph.Output[^1].Type;
        for (int i = 0; i < count; i++)
        {
            var node = new NodeProto { OpType = operation, Name = $"more{i}" };
            node.Input.Add(last);
            node.Output.Add(last = $"more{i}");
            graph.Node.Add(node);
            if (i >= count - outputs)
                graph.Output.Add(new ValueInfoProto { Name = last, Type = kind });
        }
    }

    [Fact]
    public void Bytes_changed_anywhere_give_a_result_or_a_user_error()
    {
        byte[] whole = File.ReadAllBytes(OnnxFiles.Path("residual.onnx"));
        using var folder = new TemporaryFolder();
        var random = new Random(5);
        for (int round = 0; round < 150; round++)
        {
            byte[] bytes = [.. whole];
            for (int i = 0; i < 1 + round % 4; i++)
            {
                // The graph is stored before and after the weights; most changes are there.
                int place = round % 3 == 0 ? random.Next(bytes.Length) : random.Next(3000);
                bytes[place] = (byte)random.Next(256);
            }
            File.WriteAllBytes(folder["odd.onnx"], round % 5 == 0 ? bytes[..random.Next(bytes.Length)] : bytes);
            try
            {
                using var scope = TorchSharp.torch.NewDisposeScope();
                using var network = OnnxFiles.Open(folder["odd.onnx"]);
                network.Forward(OnnxFiles.Images());
            }
            catch (UserErrorException refused)
            {
                Assert.NotEmpty(refused.Message);
            }
        }
    }

    private static void Refused(string said, string path)
    {
        string message = Assert.Throws<UserErrorException>(() => OnnxFiles.Open(path)).Message;
        Assert.StartsWith(path, message);
        Assert.Contains(said, message);
    }
}
