using System.Diagnostics;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Pupil.Inference;
using Pupil.Interop.Onnx;
using Pupil.Interop.Students;
using Pupil.Networks;
using Pupil.Training;
using TorchSharp;

namespace Pupil.Cli.Inspection;

/// <summary>What a model costs on this machine.</summary>
internal sealed record ModelMeasure
{
    private const int LargeBatch = 32, DefaultSide = 32, MostNumbers = 1 << 27;

    /// <summary>The file.</summary>
    public required string File { get; init; }

    /// <summary>The network's name; empty where the file does not say.</summary>
    public string Network { get; init; } = "";

    /// <summary>In what its weights are kept, and what computes it: <c>float32, libtorch</c>, <c>int8, ONNX Runtime</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>Trained numbers; 0 where the file does not say.</summary>
    public long Parameters { get; init; }

    /// <summary>Multiply-adds for one image; 0 where the file does not say.</summary>
    public long MultiplyAdds { get; init; }

    /// <summary>Bytes of the file.</summary>
    public required long Bytes { get; init; }

    /// <summary>Its accuracy on the test images, as the file says, 0…1; null: it does not.</summary>
    public double? TestTop1 { get; init; }

    /// <summary>Its mAP on the test images with several labels each, as the file says, 0…1; null: it does not.</summary>
    public double? TestMeanAveragePrecision { get; init; }

    /// <summary>Batches of 1 and 32 with one thread.</summary>
    public required IReadOnlyList<Latency> OneThread { get; init; }

    /// <summary>The same with all of <see cref="Threads"/>.</summary>
    public required IReadOnlyList<Latency> AllThreads { get; init; }

    /// <summary>Threads of the machine.</summary>
    public required int Threads { get; init; }

    /// <summary>The peak memory of the whole process in bytes: runtime, computing library and model.</summary>
    public required long PeakMemory { get; init; }

    /// <summary>Measures a student file or an ONNX model, in a process of its own, whose memory is measured.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="UserErrorException">It is missing, broken, or takes input of no known size.</exception>
    public static ModelMeasure OfFile(string path)
    {
        var measure = Path.GetExtension(path).Equals(".onnx", StringComparison.OrdinalIgnoreCase) ? OfOnnx(path) : OfStudent(path);
        measure = measure with { PeakMemory = Process.GetCurrentProcess().PeakWorkingSet64 };
        // Last, because it takes memory itself.
        return measure.Parameters > 0 ? measure : WithCost(measure);
    }

    private static ModelMeasure OfStudent(string path)
    {
        var (network, card) = StudentFile.Read(path, torch.CPU);
        using var owned = network;
        var cost = NetworkCost.OfNetwork(network);
        return new ModelMeasure
        {
            File = path,
            Network = card.Network.Architecture,
            Kind = "float32, libtorch",
            Parameters = cost.Parameters,
            MultiplyAdds = cost.MultiplyAdds,
            Bytes = new FileInfo(path).Length,
            TestTop1 = card.TestTop1,
            TestMeanAveragePrecision = card.TestMeanAveragePrecision,
            OneThread = With(1),
            AllThreads = With(Environment.ProcessorCount),
            Threads = Environment.ProcessorCount,
            PeakMemory = 0,
        };

        Latency[] With(int threads)
        {
            torch.set_num_threads(threads);
            return [Latency.Measure(network), Latency.Measure(network, LargeBatch)];
        }
    }

    private static ModelMeasure OfOnnx(string path)
    {
        using InferenceSession one = OnnxSession.Open(path, 1), all = OnnxSession.Open(path, Environment.ProcessorCount);
        var metadata = OnnxSession.MetadataOf(one, path);
        var card = metadata.ContainsKey(ModelCard.Key) ? ModelCard.FromMetadata(metadata, path) : null;
        return new ModelMeasure
        {
            File = path,
            Network = card?.Network ?? "",
            Kind = $"{card?.Precision ?? "ONNX"}{(card?.TakesPictures == true ? ", pictures" : "")}, ONNX Runtime",
            Parameters = card?.Parameters ?? 0,
            MultiplyAdds = card?.MultiplyAdds ?? 0,
            Bytes = new FileInfo(path).Length,
            TestTop1 = card?.TestTop1,
            TestMeanAveragePrecision = card?.TestMeanAveragePrecision,
            OneThread = With(one),
            AllThreads = With(all),
            Threads = Environment.ProcessorCount,
            PeakMemory = 0,
        };

        Latency[] With(InferenceSession session) => [Once(session, 1), Once(session, LargeBatch)];

        Latency Once(InferenceSession session, int batch)
        {
            if (session.InputMetadata.Count != 1 || session.InputMetadata.First() is not { Value.IsTensor: true } first
                || first.Value.ElementDataType is not (TensorElementType.UInt8 or TensorElementType.Float)
                || first.Value.Dimensions.Length == 0)
            {
                throw new UserErrorException($"{path}: found {session.InputMetadata.Count} inputs or another type of numbers, expected one "
                    + "input of floating-point numbers or bytes; choose another model.");
            }
            var (name, input) = first;
            int rank = input.Dimensions.Length;
            int[] shape = [.. input.Dimensions.Select((size, i) => size > 0 ? size : i == 0 ? batch : SideOf(card, i, rank))];
            if (shape[0] != batch)
            {
                throw new UserErrorException($"{path}: takes batches of {shape[0]} images only, expected any size; "
                    + $"batches of 1 and {LargeBatch} are measured: export it with an open batch size.");
            }
            double numbers = shape.Aggregate(1.0, (product, size) => product * size);
            if (numbers > MostNumbers)
            {
                throw new UserErrorException($"{path}: found an input of {string.Join('×', shape)}, expected at most {MostNumbers:N0} "
                    + "numbers; choose another model.");
            }
            var value = input.ElementDataType == TensorElementType.UInt8
                ? NamedOnnxValue.CreateFromTensor(name, new DenseTensor<byte>(shape))
                : NamedOnnxValue.CreateFromTensor(name, new DenseTensor<float>(shape));
            try
            {
                return Latency.Measure(() => session.Run([value]).Dispose(), batch);
            }
            catch (OnnxRuntimeException failure)
            {
                string reason = failure.Message.ReplaceLineEndings(" ");
                throw new UserErrorException($"{path}: ONNX Runtime cannot compute it ({reason}); choose another model.", failure);
            }
        }
    }

    // Of an image network that says nothing about itself.
    private static ModelMeasure WithCost(ModelMeasure measure)
    {
        try
        {
            var file = OnnxFile.Read(measure.File);
            var input = file.Input;
            var shape = new ImageShape(input.Channels > 0 ? input.Channels : 3, Side(input.Height), Side(input.Width));
            var cost = OnnxSizes.OfModel(file, shape).CostOf(file.Nodes);
            return measure with { Parameters = cost.Parameters, MultiplyAdds = cost.MultiplyAdds };
        }
        catch (UserErrorException)
        {
            // It takes no images. What it costs beside time and memory stays unsaid.
            return measure;
        }

        static int Side(int known) => known > 0 ? known : DefaultSide;
    }

    // Of pictures in rows: the square that they become, so that little is scaled. Of planes: what the network sees.
    private static int SideOf(ModelCard? card, int axis, int axes) => card switch
    {
        null => DefaultSide,
        { TakesPictures: true } => card.Size,
        _ => axis == axes - 1 ? card.Width : card.Height,
    };
}
