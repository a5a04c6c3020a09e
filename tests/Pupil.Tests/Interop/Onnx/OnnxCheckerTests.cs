using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Onnx;
using Pupil.Inference.Pictures;
using Pupil.Interop.Onnx;
using static TorchSharp.torch;

namespace Pupil.Tests.Interop.Onnx;

/// <summary>Checks written models with the ONNX project's checker (Debian's python3-onnx). Skipped without it.</summary>
public sealed class OnnxCheckerTests
{
    [Fact]
    public void Every_kind_of_file_passes_the_checker()
    {
        PythonProcess.Require("onnx", "apt install python3-onnx");
        using var folder = new TemporaryFolder();
        string[] names =
        [
            "wrn-10-1", "resnet-8", "vgg-8", "mobilenet-v2-0.5", "shufflenet-v2-0.5", "mobilenet-v3-small", "efficientnet-b0", "vit-tiny-8",
        ];
        foreach (string name in names)
        {
            using var network = OnnxModelTests.OddNetwork(name, 32);
            var card = OnnxModelTests.Card(network);
            Write($"{name}.onnx", OnnxModel.OfNetwork(network, card));
            // The steps before the network are the same for all.
            foreach (var fit in name == "wrn-10-1" ? Enum.GetValues<PictureFit>() : [])
                Write($"{name}-{fit}.onnx", OnnxModel.OfNetwork(network, card with { TakesPictures = true, Fit = fit, Size = 48 }));
            var half = OnnxModel.OfNetwork(network, card);
            OnnxHalf.Apply(half);
            OnnxModel.GiveProbabilities(half, card);
            Write($"{name}-half.onnx", half);
            var small = OnnxModel.OfNetwork(network, card);
            using var images = randn(4, 3, 32, 32);
            var tensor = new DenseTensor<float>(images.data<float>().ToArray(), [4, 3, 32, 32]);
            OnnxInteger.Apply(small, OnnxInteger.Calibrate(small, [NamedOnnxValue.CreateFromTensor(OnnxModel.Images, tensor)]));
            Write($"{name}-int8.onnx", small);
        }
        const string Program = """
            import glob, onnx, sys
            for file in glob.glob(sys.argv[1] + '/*.onnx'):
                onnx.checker.check_model(onnx.load(file), full_check=True)
            """;
        var (code, _, errors) = PythonProcess.Run("-c", Program, folder.FullPath);
        Assert.True(code == 0, errors);

        void Write(string name, ModelProto model) => File.WriteAllBytes(folder[name], model.ToByteArray());
    }
}
