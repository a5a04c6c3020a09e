using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Onnx;
using Pupil.Inference;
using static TorchSharp.torch;
using TorchTensor = TorchSharp.torch.Tensor;

namespace Pupil.Interop.Onnx;

/// <summary>A session of ONNX Runtime for a model, with inner tensors as its outputs.</summary>
internal sealed class OnnxRun : IDisposable
{
    private readonly OnnxFile _file;
    private readonly InferenceSession _session;
    private readonly IReadOnlyList<string> _outputs;

    /// <summary>Opens a session.</summary>
    /// <param name="file">The model.</param>
    /// <param name="outputs">Names of tensors that depend on the images. Nodes that none of them needs are not computed.</param>
    /// <exception cref="UserErrorException">ONNX Runtime cannot load the model.</exception>
    public OnnxRun(OnnxFile file, IReadOnlyList<string> outputs)
    {
        (_file, _outputs) = (file, outputs);
        var model = file.Model.Clone();
        model.Graph.Output.Clear();
        // ONNX Runtime infers the types itself.
        model.Graph.Output.AddRange(outputs.Select(name => new ValueInfoProto { Name = name }));
        _session = OnnxSession.OpenBeside(model.ToByteArray(), file.Path, get_num_threads());
    }

    /// <summary>Computes the outputs.</summary>
    /// <param name="images">N×C×H×W or N×H×W×C, with the model's N.</param>
    /// <param name="read">Reads the outputs in the order of their names; they are freed afterwards.</param>
    /// <exception cref="UserErrorException">ONNX Runtime cannot compute the model on these images.</exception>
    public T Compute<T>(TorchTensor images, Func<IReadOnlyList<OrtValue>, T> read)
    {
        using var input = InputOf(images);
        using var options = new RunOptions { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };
        try
        {
            using var answer = _session.Run(options, new Dictionary<string, OrtValue> { [_file.Input.Name] = input }, _outputs);
            return read(answer);
        }
        catch (OnnxRuntimeException failure)
        {
            string sizes = string.Join('×', images.shape), reason = failure.Message.ReplaceLineEndings(" ");
            throw new UserErrorException($"{_file.Path}: ONNX Runtime cannot compute it on images of {sizes} ({reason}); "
                + "expected another size (expert.onnx.size), or a model with variable batch and image size.", failure);
        }
    }

    /// <summary>Returns an output as float32 on the CPU; null if it is no floating-point tensor.</summary>
    public static TorchTensor? Read(OrtValue value)
    {
        if (!value.IsTensor)
            return null;
        var about = value.GetTensorTypeAndShape();
        return about.ElementDataType switch
        {
            TensorElementType.Float => tensor(value.GetTensorDataAsSpan<float>().ToArray(), about.Shape),
            TensorElementType.Double => tensor(value.GetTensorDataAsSpan<double>().ToArray(), about.Shape, ScalarType.Float32),
            _ => null,
        };
    }

    public void Dispose() => _session.Dispose();

    private OrtValue InputOf(TorchTensor images)
    {
        using var plain = images.cpu().to(ScalarType.Float32).contiguous();
        float[] numbers = plain.data<float>().ToArray();
        return _file.Input.Type switch
        {
            TensorProto.Types.DataType.Uint8 => OrtValue.CreateTensorValueFromMemory(Array.ConvertAll(numbers, ToByte), images.shape),
            _ => OrtValue.CreateTensorValueFromMemory(numbers, images.shape),
        };

        static byte ToByte(float number) => (byte)Math.Clamp(MathF.Round(number), 0, 255);
    }
}
