using System.ComponentModel;

namespace Pupil.Data.Sources;

/// <summary>
/// CIFAR-10 (Krizhevsky 2009) in its binary layout: five training files and a test file of 3,073-byte records, a label byte and
/// then 32×32 red, green and blue bytes.
/// </summary>
public sealed record Cifar10Source : DataSource
{
    private const int Side = 32;
    private const int PlaneBytes = Side * Side;
    private const int RecordBytes = 1 + 3 * PlaneBytes;
    private const int PublishedRecords = 10_000;
    private static readonly string[] TrainFiles = [.. Enumerable.Range(1, 5).Select(i => $"data_batch_{i}.bin")];

    /// <summary>The class names in the order of the label numbers, as in the data set's <c>batches.meta.txt</c>.</summary>
    public static IReadOnlyList<string> ClassNames { get; } =
        ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];

    /// <summary>The folder of the <c>.bin</c> files, or the folder above it. Default <c>data/cifar-10-batches-bin</c>.</summary>
    [Description("The folder that holds data_batch_1.bin … data_batch_5.bin and test_batch.bin.")]
    public string Path { get; init; } = "data/cifar-10-batches-bin";

    /// <summary>Whether files with fewer records than the published 10,000 are taken. Default false.</summary>
    [Description("Accept files that hold fewer records than the published 10,000 (whole ones, at least one).")]
    public bool AllowPartial { get; init; }

    /// <inheritdoc/>
    public override DataSplits Load(LoadSetting? setting = null)
    {
        string folder = FindFolder();
        return new DataSplits("cifar10", Read("cifar10/train", folder, TrainFiles), Read("cifar10/test", folder, ["test_batch.bin"]));
    }

    private string FindFolder()
    {
        string inside = System.IO.Path.Combine(Path, "cifar-10-batches-bin");
        string folder = Directory.Exists(inside) ? inside : Path;
        if (Directory.Exists(folder))
            return folder;
        throw new UserErrorException($"{Path}: no such folder; expected CIFAR-10's binary files ({TrainFiles[0]} … test_batch.bin): unpack "
            + "cifar-10-binary.tar.gz from https://www.cs.toronto.edu/~kriz/cifar.html into data/, or give its place with --set data.source.path=FOLDER.");
    }

    private ImageSet Read(string name, string folder, string[] files)
    {
        var contents = new List<byte[]>();
        foreach (string file in files)
            contents.Add(ReadFile(System.IO.Path.Combine(folder, file)));
        int count = contents.Sum(bytes => bytes.Length / RecordBytes);
        var labels = new int[count];
        var pixels = new byte[count * 3 * PlaneBytes];
        int image = 0;
        foreach (byte[] bytes in contents)
        {
            for (int start = 0; start < bytes.Length; start += RecordBytes, image++)
            {
                labels[image] = bytes[start];
                Interleave(bytes.AsSpan(start + 1, 3 * PlaneBytes), pixels.AsSpan(image * 3 * PlaneBytes, 3 * PlaneBytes));
            }
        }
        return new ImageSet(name, pixels, labels, ClassNames, Side, Side, 3);
    }

    private byte[] ReadFile(string path)
    {
        byte[] bytes;
        try
        {
            long length = new FileInfo(path).Length;
            bool whole = length > 0 && length % RecordBytes == 0;
            if (!whole || (AllowPartial ? length > PublishedRecords * RecordBytes : length != PublishedRecords * RecordBytes))
            {
                throw new UserErrorException($"{path}: found {length:N0} bytes, expected {PublishedRecords * RecordBytes:N0} "
                    + $"({PublishedRecords:N0} records of {RecordBytes:N0}): the file is not CIFAR-10's or is incomplete; unpack the archive again"
                    + (whole && !AllowPartial && length < PublishedRecords * RecordBytes ? ", or set data.source.allowPartial=true." : "."));
            }
            bytes = File.ReadAllBytes(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"{path}: cannot be read ({error.Message}); expected one of CIFAR-10's six binary files.", error);
        }
        for (int start = 0; start < bytes.Length; start += RecordBytes)
        {
            if (bytes[start] >= ClassNames.Count)
            {
                throw new UserErrorException($"{path}: found label {bytes[start]} in record {start / RecordBytes}, expected 0…9: "
                    + "the file is damaged or not CIFAR-10's (CIFAR-100 has other records).");
            }
        }
        return bytes;
    }

    // From three planes to three bytes a pixel.
    private static void Interleave(ReadOnlySpan<byte> planes, Span<byte> pixels)
    {
        for (int i = 0; i < PlaneBytes; i++)
        {
            pixels[3 * i] = planes[i];
            pixels[3 * i + 1] = planes[PlaneBytes + i];
            pixels[3 * i + 2] = planes[2 * PlaneBytes + i];
        }
    }
}
