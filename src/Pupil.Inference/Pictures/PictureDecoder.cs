using SkiaSharp;

namespace Pupil.Inference.Pictures;

/// <summary>
/// Decodes picture files (JPEG, PNG, WebP, BMP, GIF's first frame) to squares of bytes. An instance reuses its buffers and serves one
/// thread.
/// </summary>
/// <param name="size">The square's side, in pixels.</param>
/// <param name="fit">How a picture becomes a square.</param>
/// <param name="channels">3 for RGB; 1 for luminance (ITU-R 601).</param>
/// <remarks>
/// Colour profiles are not applied, as in the loaders behind published results. Transparent pixels are blended with white. The EXIF
/// orientation of JPEG and WebP is applied.
/// </remarks>
internal sealed class PictureDecoder(int size, PictureFit fit, int channels)
{
    /// <summary>The largest area in pixels; a larger picture is refused as a decompression bomb.</summary>
    public const long LargestArea = 100_000_000;

    // A large picture with fewer bytes per pixel is damaged or a decompression bomb; the decoder judges pictures of a small area.
    private const long SmallArea = 16_000_000, PixelsPerByte = 4000;

    // The library decodes more formats, one of which (WBMP) almost any bytes match.
    private static readonly SKEncodedImageFormat[] Formats =
    [
        SKEncodedImageFormat.Jpeg, SKEncodedImageFormat.Png, SKEncodedImageFormat.Webp, SKEncodedImageFormat.Bmp,
        SKEncodedImageFormat.Gif,
    ];

    private readonly Resampling _resampling = new();
    private byte[] _pixels = [];
    private byte[] _upright = [];
    private byte[] _part = [];

    /// <summary>Decodes a picture to a square.</summary>
    /// <param name="file">The file's bytes.</param>
    /// <param name="target">Receives size × size × channels bytes: row, column, channel.</param>
    /// <returns>The upright picture's own size.</returns>
    /// <exception cref="BrokenPictureException">The file is not a picture, or not a whole one.</exception>
    public PictureSize Decode(byte[] file, Span<byte> target)
    {
        var (own, stored) = Unpack(file);
        var layout = PictureLayout.FromFit(fit, stored.Height, stored.Width, size);
        var (left, top, width, height) = layout.Target;
        if (width == size && height == size)
        {
            Resample(stored, layout, target, size, size);
            return own;
        }
        target.Clear();
        Grow(ref _part, width * height * channels);
        Resample(stored, layout, _part.AsSpan(0, width * height * channels), height, width);
        for (int row = 0; row < height; row++)
            _part.AsSpan(row * width * channels, width * channels).CopyTo(target[(((top + row) * size + left) * channels)..]);
        return own;
    }

    /// <summary>
    /// Decodes a picture without scaling it. As in <see cref="Decode"/>, a JPEG much larger than the square may be decoded at a half,
    /// a quarter or an eighth of its size.
    /// </summary>
    /// <param name="file">The file's bytes.</param>
    /// <returns>The upright size, and the pixels in the order row, column, channel; they are valid until the next call.</returns>
    /// <exception cref="BrokenPictureException">The file is not a picture, or not a whole one.</exception>
    public (PictureSize Size, ReadOnlyMemory<byte> Pixels) Unpacked(byte[] file)
    {
        var (_, stored) = Unpack(file);
        return (stored, _upright.AsMemory(0, stored.Height * stored.Width * channels));
    }

    /// <summary>Returns the upright picture's own size from the header of its file.</summary>
    /// <exception cref="BrokenPictureException">The file is not a picture.</exception>
    public static PictureSize SizeOf(byte[] file)
    {
        using var data = SKData.CreateCopy(file);
        using var codec = Open(data);
        return Upright(codec, codec.Info.Width, codec.Info.Height);
    }

    private void Resample(PictureSize stored, PictureLayout layout, Span<byte> target, int height, int width) => _resampling.Apply(
        _upright, stored.Width * channels, stored.Height, stored.Width, channels, layout.Source, target, height, width);

    // Decodes into _upright: H×W×C bytes of the decoded size, which may already be smaller than the picture's own.
    private (PictureSize Own, PictureSize Stored) Unpack(byte[] file)
    {
        using var data = SKData.CreateCopy(file);
        using var codec = Open(data);
        var (ownWidth, ownHeight) = (codec.Info.Width, codec.Info.Height);
        // JPEGs can be decoded at a half, a quarter or an eighth; twice the square's side leaves enough pixels for the filter. WebP's
        // own scaling does not speed up decoding and changes the pixels.
        double wanted = codec.EncodedFormat == SKEncodedImageFormat.Jpeg ? Math.Min(1.0, 2.0 * size / Math.Min(ownWidth, ownHeight)) : 1.0;
        var scaled = codec.GetScaledDimensions((float)wanted);
        var info = new SKImageInfo(scaled.Width, scaled.Height, SKColorType.Rgba8888, SKAlphaType.Unpremul);
        Grow(ref _pixels, checked((int)info.BytesSize64));
        SKCodecResult result;
        unsafe
        {
            fixed (byte* pixels = _pixels)
                result = codec.GetPixels(info, (nint)pixels);
        }
        if (result != SKCodecResult.Success)
        {
            throw new BrokenPictureException(result == SKCodecResult.IncompleteInput
                ? "is cut off: the picture is not whole" : $"is damaged ({result})");
        }
        Turn(codec.EncodedOrigin, scaled.Width, scaled.Height);
        return (Upright(codec, ownWidth, ownHeight), Upright(codec, scaled.Width, scaled.Height));
    }

    private static SKCodec Open(SKData data)
    {
        if (data.Size == 0)
            throw new BrokenPictureException("is empty");
        var codec = SKCodec.Create(data);
        if (codec is null || !Formats.Contains(codec.EncodedFormat))
        {
            codec?.Dispose();
            throw new BrokenPictureException(PictureFile.UnreadFormat(data.AsSpan()) is { } format
                ? $"is a picture in the format {format}, which cannot be read; convert it to JPEG or PNG"
                : "is no picture (expected JPEG, PNG, WebP, BMP or GIF), or its start is damaged");
        }
        var (width, height) = (codec.Info.Width, codec.Info.Height);
        long area = (long)width * height;
        if (width > 0 && height > 0 && area <= Math.Min(LargestArea, Math.Max(SmallArea, PixelsPerByte * data.Size)))
            return codec;
        codec.Dispose();
        throw new BrokenPictureException(area > LargestArea || area <= 0
            ? $"has {height:N0}×{width:N0} pixels, expected at most {LargestArea:N0} in all"
            : $"declares {height:N0}×{width:N0} pixels, which its {data.Size:N0} bytes cannot hold");
    }

    private static PictureSize Upright(SKCodec codec, int width, int height) =>
        codec.EncodedOrigin >= SKEncodedOrigin.LeftTop ? new(width, height) : new(height, width);

    private void Turn(SKEncodedOrigin origin, int width, int height)
    {
        bool swapped = origin >= SKEncodedOrigin.LeftTop;
        int rows = swapped ? width : height, columns = swapped ? height : width;
        Grow(ref _upright, rows * columns * channels);
        bool fromRight = origin is SKEncodedOrigin.TopRight or SKEncodedOrigin.BottomRight
            or SKEncodedOrigin.RightBottom or SKEncodedOrigin.LeftBottom;
        bool fromBottom = origin is SKEncodedOrigin.BottomRight or SKEncodedOrigin.BottomLeft
            or SKEncodedOrigin.RightTop or SKEncodedOrigin.RightBottom;
        // The distance in the file's order from one upright pixel to the next.
        int step = 4 * (swapped ? (fromBottom ? -width : width) : fromRight ? -1 : 1);
        for (int row = 0; row < rows; row++)
        {
            int x = swapped ? row : 0, y = swapped ? 0 : row;
            int from = ((fromBottom ? height - 1 - y : y) * width + (fromRight ? width - 1 - x : x)) * 4;
            Copy(_pixels, from, step, _upright.AsSpan(row * columns * channels, columns * channels));
        }
    }

    private void Copy(ReadOnlySpan<byte> pixels, int from, int step, Span<byte> line)
    {
        for (int at = 0; at < line.Length; at += channels, from += step)
        {
            var (red, green, blue, alpha) = (pixels[from], pixels[from + 1], pixels[from + 2], pixels[from + 3]);
            if (alpha < 255)
                (red, green, blue) = (OverWhite(red, alpha), OverWhite(green, alpha), OverWhite(blue, alpha));
            if (channels == 1)
                line[at] = (byte)((19595 * red + 38470 * green + 7471 * blue + 0x8000) >> 16);
            else
                (line[at], line[at + 1], line[at + 2]) = (red, green, blue);
        }
    }

    private static byte OverWhite(byte value, byte alpha) => (byte)((value * alpha + 255 * (255 - alpha) + 127) / 255);

    private static void Grow(ref byte[] buffer, int length)
    {
        if (buffer.Length < length)
            buffer = new byte[length];
    }
}

/// <summary>
/// The error for a file that is not a picture, or not a whole one. The message continues a sentence that begins with the file's name.
/// </summary>
public sealed class BrokenPictureException(string message) : Exception(message);
