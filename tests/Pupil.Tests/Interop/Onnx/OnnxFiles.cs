using Google.Protobuf;
using Onnx;
using Pupil.Interop.Onnx;
using Pupil.Networks;
using Pupil.Tests.References;
using static TorchSharp.torch;

namespace Pupil.Tests.Interop.Onnx;

/// <summary>Networks written by PyTorch's exporter (References/make_onnx_files.py), and PyTorch's outputs for two images.</summary>
internal static class OnnxFiles
{
    /// <summary>The sizes of the outputs in <c>residual.txt</c>, in their order: three maps, embedding, logits.</summary>
    public static readonly long[][] Sizes = [[2, 8, 16, 16], [2, 12, 8, 8], [2, 16, 4, 4], [2, 16], [2, 4]];

    /// <summary>The images.</summary>
    public static readonly ImageShape Shape = new(3, 16, 16);

    public static string Path(string name) => ReferenceNumbers.Find(System.IO.Path.Combine("onnx", name));

    /// <summary>The two images of PyTorch's outputs.</summary>
    public static Tensor Images() => arange(2 * 3 * 16 * 16, dtype: ScalarType.Float64).sin().reshape(2, 3, 16, 16).to(ScalarType.Float32);

    /// <summary>Returns PyTorch's outputs, part by part.</summary>
    public static double[][] Expected(string name, long[][] sizes)
    {
        var culture = System.Globalization.CultureInfo.InvariantCulture;
        double[] all = [.. File.ReadLines(Path(name)).Select(line => double.Parse(line, culture))];
        int start = 0;
        var parts = new List<double[]>();
        foreach (long[] size in sizes)
        {
            int count = (int)size.Aggregate(1L, (product, side) => product * side);
            parts.Add(all[start..(start += count)]);
        }
        Assert.Equal(all.Length, start);
        return [.. parts];
    }

    public static OnnxNetwork Open(string path, OnnxExpertOptions? options = null, int? classes = 4, ImageShape? given = null) =>
        OnnxNetwork.Open(OnnxFile.Read(path), options, given ?? Shape, classes, CPU);

    /// <summary>Writes a changed copy of a file.</summary>
    public static string Changed(TemporaryFolder folder, string name, Action<ModelProto> change)
    {
        var model = ModelProto.Parser.ParseFrom(File.ReadAllBytes(Path(name)));
        change(model);
        string path = folder[$"changed-{name}"];
        File.WriteAllBytes(path, model.ToByteArray());
        return path;
    }
}
