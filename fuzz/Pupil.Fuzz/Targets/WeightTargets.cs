using System.Buffers.Binary;
using System.Text.Json;
using Pupil.Core;
using Pupil.Images.Transforms;
using Pupil.Interop.Pretrained;
using Pupil.Interop.PyTorch;
using Pupil.Interop.Students;
using Pupil.Networks;
using Pupil.Networks.Families;
using TorchSharp;

namespace Pupil.Fuzz.Targets;

/// <summary>Files of weights.</summary>
internal static class WeightTargets
{
    // The weights of the smallest network take less.
    private const long MostValues = 1 << 20;

    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        new("safetensors", "a safetensors file", (input, _) => SafeTensors.Read(new MemoryStream(input), "x").Dispose()),
        new("student-card", "the header of a student file", (input, folder) => StudentFile.ReadCard(WithZeros(input, folder))),
        new("student", "the header of a student file, whose weights are zeros", (input, folder) =>
        {
            using var scope = torch.NewDisposeScope();
            StudentFile.Read(WithZeros(input, folder), torch.CPU).Network.Dispose();
        }),
        new("pretrained", "the header of a student file from which a network of other classes and channels starts", (input, folder) =>
        {
            using var scope = torch.NewDisposeScope();
            var file = PretrainedFile.Read(WithZeros(input, folder));
            using var network = NetworkCatalogue.Build(new NetworkSpec { Architecture = "resnet-8" }, new ImageShape(1, 8, 8), 2);
            new PretrainedWeights(network, file).Load(["a", "b"], new Normalization { Mean = [0], Deviation = [1] });
        }),
        new("pickle", "a pickle of PyTorch", (input, _) => new Unpickler(new PickleStream(new MemoryStream(input), "x")).Read()),
        new("pytorch", "a file of torch.save, zip or legacy", (input, folder) =>
        {
            using var scope = torch.NewDisposeScope();
            ForeignWeights.NetworkOf(ForeignWeights.Read(folder.Write("weights.pt", input)).Weights);
        }),
    ];

    /// <summary>Writes a safetensors file from its header: the values are zeros, as many as the header asks for.</summary>
    private static string WithZeros(byte[] header, ScratchFolder folder)
    {
        var start = new byte[8 + header.Length];
        BinaryPrimitives.WriteInt64LittleEndian(start, header.Length);
        header.CopyTo(start, 8);
        string path = folder.Write("student.safetensors", start);
        using var file = File.OpenWrite(path);
        file.SetLength(start.Length + Math.Min(EndOf(header), MostValues));
        return path;
    }

    private static long EndOf(byte[] header)
    {
        try
        {
            using var document = JsonDocument.Parse(header);
            return document.RootElement.EnumerateObject()
                .Select(entry => entry.Value.TryGetProperty("data_offsets", out var place) ? place[1].GetInt64() : 0)
                .DefaultIfEmpty().Max(end => Math.Max(0, end));
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException or IndexOutOfRangeException)
        {
            return 0;
        }
    }
}
