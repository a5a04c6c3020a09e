using Pupil.Inference;
using Pupil.Interop.Onnx;
using Pupil.Networks;
using TorchSharp;

namespace Pupil.Fuzz.Targets;

/// <summary>ONNX models. ONNX Runtime's own code is not instrumented.</summary>
internal static class ModelTargets
{
    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        new("model-card", "the description in an exported model", (input, _) =>
            ModelCard.FromMetadata(new Dictionary<string, string> { [ModelCard.Key] = Texts.Of(input) }, "x")),
        new("onnx", "an ONNX model", (input, folder) => OnnxFile.Read(folder.Write("model.onnx", input)).Find("logits", "x")),
        new("onnx-expert", "an ONNX model that becomes an expert", (input, folder) =>
        {
            using var scope = torch.NewDisposeScope();
            var file = OnnxFile.Read(folder.Write("model.onnx", input));
            OnnxNetwork.Open(file, null, new ImageShape(3, 8, 8), 2, torch.CPU).Dispose();
        }),
        new("classifier", "a model that Pupil exported", (input, folder) =>
            new PictureClassifier(folder.Write("model.onnx", input), threads: 1).Dispose()),
    ];
}
