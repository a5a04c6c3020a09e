using Pupil.Images.Formats.Matlab;
using Pupil.Images.Formats.Trees;

namespace Pupil.Images.Formats.Svhn;

/// <summary>One file of SVHN's cropped digits; labels are read at once, pixels on request.</summary>
internal sealed class SvhnFile : IDisposable
{
    /// <summary>Height and width of the images, in pixels.</summary>
    public const int Side = 32;

    /// <summary>The number of bytes of an image.</summary>
    public const int ImageBytes = 3 * Side * Side;

    private const int MostImages = int.MaxValue / ImageBytes;

    private readonly Stream _stream;
    private readonly string _path;
    private readonly MatArray _pixels;
    private readonly int _count;

    /// <summary>Checks the file and reads the labels.</summary>
    /// <param name="stream">The file, which this object then owns.</param>
    /// <param name="path">The file's name in errors.</param>
    /// <exception cref="UserErrorException">The file is not one of SVHN's, or is damaged.</exception>
    public SvhnFile(Stream stream, string path)
    {
        (_stream, _path) = (stream, path);
        try
        {
            Bytes = stream.Length;
            var file = MatFile.Read(stream, path);
            _pixels = file["X"];
            _count = CountImages(_pixels, path);
            OpenPixels().Dispose(); // refuses a file that cannot hold so many images, before memory is allocated
            Labels = ReadLabels(file["y"]);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>The file's size in bytes.</summary>
    public long Bytes { get; }

    /// <summary>The labels: digits, 0…9.</summary>
    public int[] Labels { get; }

    /// <summary>Reads all images as H×W×C bytes.</summary>
    /// <param name="images">Receives the images.</param>
    /// <param name="context">Receives progress and cancels; null for neither.</param>
    /// <exception cref="UserErrorException">The file is damaged.</exception>
    /// <exception cref="OperationCanceledException">The reading was cancelled.</exception>
    public void ReadImages(GrowingBytes images, LoadContext? context)
    {
        var steps = new LoadSteps(context, $"reading {Path.GetFileName(_path)}", _count);
        using var numbers = OpenPixels();
        var planes = new byte[ImageBytes];
        for (int image = 0; image < _count; image++)
        {
            steps.Reach(image);
            numbers.ReadBytes(planes);
            Turn(planes, images.Next(ImageBytes));
        }
        numbers.Finish();
        steps.Reach(_count);
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _stream.Dispose();

    private static int CountImages(MatArray array, string path)
    {
        // MATLAB omits a last dimension of 1.
        bool areImages = array is { Class: MatClass.UInt8, IsNumeric: true, Dimensions: [Side, Side, 3] or [Side, Side, 3, _] };
        int count = array.Dimensions.Count == 3 ? 1 : areImages ? array.Dimensions[3] : 0;
        return areImages && count is > 0 and <= MostImages
            ? count
            : throw DataFile.Broken(path, $"X as {array}", $"uint8 {Side}×{Side}×3×N, N in 1…{MostImages:N0} (SVHN's cropped digits)");
    }

    private MatNumbers OpenPixels()
    {
        var numbers = _pixels.OpenNumbers((long)_count * ImageBytes);
        if (numbers.Type == MatType.UInt8)
            return numbers;
        numbers.Dispose();
        throw DataFile.Broken(_path, $"X stored as type {numbers.Type:d}", "type 2 (bytes)");
    }

    private int[] ReadLabels(MatArray array)
    {
        bool isOneEach = array.Dimensions is [int rows, 1] && rows == _count || array.Dimensions is [1, int columns] && columns == _count;
        if (!isOneEach || !array.IsNumeric)
            throw DataFile.Broken(_path, $"y as {array}", $"{_count:N0}×1 real numbers, one for each image of X");
        using var numbers = array.OpenNumbers(_count);
        var labels = new int[_count];
        for (int image = 0; image < _count; image++)
        {
            double label = numbers.ReadNumber();
            if (!(label is >= 1 and <= 10 && label == Math.Floor(label)))
                throw DataFile.Broken(_path, $"label {label} of image {image}", "a whole number in 1…10 (10 means the digit 0)");
            labels[image] = (int)label % 10;
        }
        numbers.Finish();
        return labels;
    }

    // Converts three planes in column order to three bytes per pixel in row order.
    private static void Turn(ReadOnlySpan<byte> planes, Span<byte> pixels)
    {
        const int PlaneBytes = Side * Side;
        int at = 0;
        for (int row = 0; row < Side; row++)
        {
            for (int source = row; source < PlaneBytes; source += Side, at += 3)
            {
                pixels[at] = planes[source];
                pixels[at + 1] = planes[source + PlaneBytes];
                pixels[at + 2] = planes[source + 2 * PlaneBytes];
            }
        }
    }
}
