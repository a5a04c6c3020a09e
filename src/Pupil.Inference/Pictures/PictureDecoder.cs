using SkiaSharp;

namespace Pupil.Inference.Pictures;

/// <summary>
/// Turns picture files (JPEG, PNG, WebP, BMP, GIF's first frame) into squares of bytes. For one thread: its buffers are used again and again.
/// </summary>
/// <param name="size">The square's side, in pixels.</param>
/// <param name="fit">How a picture becomes a square.</param>
/// <param name="channels">3: RGB; 1: luminance (ITU-R 601).</param>
/// <remarks>
/// Colour profiles are not applied, as in the loaders that published results come from. What is transparent shows white. The EXIF orientation of
/// JPEG and WebP is followed.
/// </remarks>
internal sealed class PictureDecoder(int size, PictureFit fit, int channels)
{
    /// <summary>More is taken for a bomb.</summary>
    public const long LargestArea = 100_000_000;

    // A large picture that has fewer bytes than this tells of is damaged, or a bomb; what fits in little memory is left to the decoder.
    private const long SmallArea = 16_000_000, PixelsPerByte = 4000;

    // The library knows more kinds, one of which almost any bytes are of.
    private static readonly SKEncodedImageFormat[] Kinds =
        [SKEncodedImageFormat.Jpeg, SKEncodedImageFormat.Png, SKEncodedImageFormat.Webp, SKEncodedImageFormat.Bmp, SKEncodedImageFormat.Gif];

    private readonly Resampling _resampling = new();
    private byte[] _pixels = [];
    private byte[] _upright = [];
    private byte[] _part = [];

    /// <summary>Decodes a picture.</summary>
    /// <param name="file">The file's bytes.</param>
    /// <param name="target">Becomes the square: row, column, channel.</param>
    /// <returns>The picture's own size, upright.</returns>
    /// <exception cref="BrokenPictureException">It is no picture, or not a whole one.</exception>
    public PictureSize Decode(byte[] file, Span<byte> target)
    {
        var (own, stored) = Unpack(file);
        var layout = PictureLayout.Of(fit, stored.Height, stored.Width, size);
        var (left, top, width, height) = layout.Target;
        if (width == size && height == size)
        {
            _resampling.Apply(_upright, stored.Width * channels, stored.Height, stored.Width, channels, layout.Source, target, size, size);
            return own;
        }
        target.Clear();
        Grow(ref _part, width * height * channels);
        _resampling.Apply(_upright, stored.Width * channels, stored.Height, stored.Width, channels, layout.Source, _part.AsSpan(0, width * height * channels), height, width);
        for (int row = 0; row < height; row++)
            _part.AsSpan(row * width * channels, width * channels).CopyTo(target[(((top + row) * size + left) * channels)..]);
        return own;
    }

    /// <summary>Unpacks a picture without scaling it; a JPEG much larger than the square perhaps at a half, a quarter or an eighth, as for <see cref="Decode"/>.</summary>
    /// <param name="file">The file's bytes.</param>
    /// <returns>The size of what was unpacked, upright, and its pixels, row, column, channel; they stand until the next call.</returns>
    /// <exception cref="BrokenPictureException">It is no picture, or not a whole one.</exception>
    public (PictureSize Size, ReadOnlyMemory<byte> Pixels) Unpacked(byte[] file)
    {
        var (_, stored) = Unpack(file);
        return (stored, _upright.AsMemory(0, stored.Height * stored.Width * channels));
    }

    /// <summary>The picture's own size, upright, from the start of its file.</summary>
    /// <exception cref="BrokenPictureException">It is no picture.</exception>
    public static PictureSize SizeOf(byte[] file)
    {
        using var data = SKData.CreateCopy(file);
        using var codec = Open(data);
        return Upright(codec, codec.Info.Width, codec.Info.Height);
    }

    // Into _upright: rows of pixels with the channels asked for; perhaps already smaller than the picture's own size.
    private (PictureSize Own, PictureSize Stored) Unpack(byte[] file)
    {
        using var data = SKData.CreateCopy(file);
        using var codec = Open(data);
        var (ownWidth, ownHeight) = (codec.Info.Width, codec.Info.Height);
        // JPEGs can be unpacked at half, a quarter or an eighth; twice the size asked for leaves the filter enough to work with. WebP's own
        // scaling saves no decoding and changes the pixels.
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
            throw new BrokenPictureException(result == SKCodecResult.IncompleteInput ? "is cut off: the picture is not whole" : $"is damaged ({result})");
        Turn(codec.EncodedOrigin, scaled.Width, scaled.Height);
        return (Upright(codec, ownWidth, ownHeight), Upright(codec, scaled.Width, scaled.Height));
    }

    private static SKCodec Open(SKData data)
    {
        if (data.Size == 0)
            throw new BrokenPictureException("is empty");
        var codec = SKCodec.Create(data);
        if (codec is null || !Kinds.Contains(codec.EncodedFormat))
        {
            codec?.Dispose();
            throw new BrokenPictureException("is no picture (expected JPEG, PNG, WebP, BMP or GIF), or its start is damaged");
        }
        var (width, height) = (codec.Info.Width, codec.Info.Height);
        long area = (long)width * height;
        if (width > 0 && height > 0 && area <= Math.Min(LargestArea, Math.Max(SmallArea, PixelsPerByte * data.Size)))
            return codec;
        codec.Dispose();
        throw new BrokenPictureException(area > LargestArea || area <= 0
            ? $"has {height:N0}×{width:N0} pixels, expected at most {LargestArea:N0} in all"
            : $"says that it has {height:N0}×{width:N0} pixels, which its {data.Size:N0} bytes cannot hold");
    }

    private static PictureSize Upright(SKCodec codec, int width, int height) =>
        codec.EncodedOrigin >= SKEncodedOrigin.LeftTop ? new(width, height) : new(height, width);

    private void Turn(SKEncodedOrigin origin, int width, int height)
    {
        bool swapped = origin >= SKEncodedOrigin.LeftTop;
        int rows = swapped ? width : height, columns = swapped ? height : width;
        Grow(ref _upright, rows * columns * channels);
        bool fromRight = origin is SKEncodedOrigin.TopRight or SKEncodedOrigin.BottomRight or SKEncodedOrigin.RightBottom or SKEncodedOrigin.LeftBottom;
        bool fromBottom = origin is SKEncodedOrigin.BottomRight or SKEncodedOrigin.BottomLeft or SKEncodedOrigin.RightTop or SKEncodedOrigin.RightBottom;
        // How far it is, in the file's order, from one upright pixel to the next.
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

/// <summary>A file that is no picture, or not a whole one. The message goes on after the file's name.</summary>
public sealed class BrokenPictureException(string message) : Exception(message);
