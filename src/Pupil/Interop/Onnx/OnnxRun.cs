using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Onnx;
using Pupil.Inference;
using static TorchSharp.torch;
using TorchTensor = TorchSharp.torch.Tensor;

namespace Pupil.Interop.Onnx;

/// <summary>A model that ONNX Runtime computes, with tensors from within it as its outputs.</summary>
internal sealed class OnnxRun : IDisposable
{
    private readonly OnnxFile _file;
    private readonly InferenceSession _session;
    private readonly IReadOnlyList<string> _outputs;

    /// <summary>Opens it.</summary>
    /// <param name="file">The model.</param>
    /// <param name="outputs">Names of tensors that depend on the images. What none of them needs is not computed.</param>
    /// <exception cref="UserErrorException">ONNX Runtime cannot compute it.</exception>
    public OnnxRun(OnnxFile file, IReadOnlyList<string> outputs)
    {
        (_file, _outputs) = (file, outputs);
        var model = file.Model.Clone();
        model.Graph.Output.Clear();
        // ONNX Runtime finds out itself what they are.
        model.Graph.Output.AddRange(outputs.Select(name => new ValueInfoProto { Name = name }));
        _session = OnnxSession.OpenBeside(model.ToByteArray(), file.Path, get_num_threads());
    }

    /// <summary>Asks it.</summary>
    /// <param name="images">N×C×H×W or N×H×W×C, as the model takes them, N as it takes it.</param>
    /// <param name="read">Gets the outputs in the order of their names; they are gone afterwards.</param>
    /// <exception cref="UserErrorException">It cannot answer about these images.</exception>
    public T Ask<T>(TorchTensor images, Func<IReadOnlyList<OrtValue>, T> read)
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
            throw new UserErrorException($"{_file.Path}: ONNX Runtime cannot compute it on images of {string.Join('×', images.shape)} ({failure.Message.ReplaceLineEndings(" ")}); "
                + "expected another size (expert.onnx.size), or a model with its batch and size left open.", failure);
        }
    }

    /// <summary>An output as float32 on the CPU; null where it is something else than numbers of that kind.</summary>
    public static TorchTensor? Read(OrtValue value)
    {
        if (!value.IsTensor)
            return null;
        var about = value.GetTensorTypeAndShape();
        return about.ElementDataType switch
        {
            TensorElementType.Float => tensor(value.GetTensorDataAsSpan<float>().ToArray(), about.Shape),
            TensorElementType.Double => tensor(value.GetTensorDataAsSpan<double>().ToArray(), about.Shape, ScalarType.Float32),
            TensorElementType.Float16 => tensor(Array.ConvertAll(value.GetTensorDataAsSpan<Float16>().ToArray(), number => (float)number), about.Shape),
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
            TensorProto.Types.DataType.Uint8 => OrtValue.CreateTensorValueFromMemory(Array.ConvertAll(numbers, number => (byte)Math.Clamp(MathF.Round(number), 0, 255)), images.shape),
            TensorProto.Types.DataType.Float16 => OrtValue.CreateTensorValueFromMemory(Array.ConvertAll(numbers, number => (Float16)number), images.shape),
            _ => OrtValue.CreateTensorValueFromMemory(numbers, images.shape),
        };
    }
}
