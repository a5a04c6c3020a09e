using Onnx;
using Pupil.Networks;

namespace Pupil.Tests.Interop.Onnx;

/// <summary>Files that are no image networks: each is refused in words that say what is wrong with it.</summary>
public sealed class OnnxDamageTests
{
    [Fact]
    public void What_is_no_model_is_refused()
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
    public void What_cannot_be_computed_or_takes_no_images_is_refused()
    {
        using var folder = new TemporaryFolder();
        Refused("Frobnicate", Changed(model => model.Graph.Node[3].OpType = "Frobnicate"));
        Refused("ONNX Runtime cannot open it", Changed(model => model.Graph.Node.RemoveAt(3)));
        Refused("ONNX Runtime cannot open it", Changed(model => model.OpsetImport[0].Version = 9999));
        Refused("expected one input", Changed(model => model.Graph.Input.Add(new ValueInfoProto(model.Graph.Input[0]) { Name = "more" })));
        Refused("expected one input", Changed(model => model.Graph.Input[0].Type.TensorType.Shape.Dim.RemoveAt(0)));
        Refused("takes images of Int64", Changed(model => model.Graph.Input[0].Type.TensorType.ElemType = (int)TensorProto.Types.DataType.Int64));
        Refused("nothing in it depends", Changed(model => model.Graph.Node[0].Input[0] = model.Graph.Initializer[0].Name));

        string Changed(Action<ModelProto> change) => OnnxFiles.Changed(folder, "residual.onnx", change);
    }

    [Fact]
    public void Images_that_it_cannot_take_are_refused()
    {
        string file = OnnxFiles.Path("residual-fixed.onnx");
        Assert.Contains("takes images of 3 channels, but there is 1 in the recipe's", Assert.Throws<UserErrorException>(() => OnnxFiles.Open(file, given: new ImageShape(1, 16, 16))).Message);
        Assert.Contains("takes images of 16×16 and no others", Assert.Throws<UserErrorException>(() => OnnxFiles.Open(file, new() { Size = 32 })).Message);
    }

    [Fact]
    public void Bytes_changed_anywhere_end_in_an_answer_or_a_clear_refusal()
    {
        byte[] whole = File.ReadAllBytes(OnnxFiles.Path("residual.onnx"));
        using var folder = new TemporaryFolder();
        var random = new Random(5);
        for (int round = 0; round < 150; round++)
        {
            byte[] bytes = [.. whole];
            for (int i = 0; i < 1 + round % 4; i++)
            {
                // The graph lies before and after the weights: most changes go there.
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
