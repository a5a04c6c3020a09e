using Pupil.Images.Transforms.PixelOperations;

namespace Pupil.Images.Transforms;

/// <summary>
/// Turns a stored image into a network input: scales or crops it to the input size, augments it for training, and normalises it.
/// Stateless: the result is a function of (seed, epoch, index) and does not depend on caller, order or thread.
/// </summary>
internal sealed class ImagePreparation
{
    private readonly ImageSet _set, _pixels;
    private readonly ImageView? _view;
    private readonly (int Height, int Width) _base;
    private readonly InputOptions? _input;
    private readonly Augmentation _augmentation;
    private readonly long? _seed;
    private readonly float[] _table;

    /// <summary>Creates the preparation of a set's images.</summary>
    /// <param name="set">The images.</param>
    /// <param name="normalization">The statistics to normalise by.</param>
    /// <param name="input">The input size; null for the stored size.</param>
    /// <param name="augmentation">The random changes.</param>
    /// <param name="seed">The seed of the random changes; null for none.</param>
    /// <param name="view">Another size of the same inputs; null for that of <paramref name="input"/>.</param>
    /// <exception cref="UserErrorException">The statistics or the input size do not fit the images.</exception>
    public ImagePreparation(ImageSet set, Normalization normalization, InputOptions? input, Augmentation augmentation, long? seed,
        ImageView? view = null)
    {
        normalization.Check(set.Channels);
        input?.Check(set.Height, set.Width);
        (_set, _input, _augmentation, _seed, _table) = (set, input, augmentation, seed, normalization.Table());
        _base = (input?.Size ?? set.Height, input?.Size ?? set.Width);
        (_view, _pixels) = (view, view is null ? set : set.ForSize(view.StoredSize));
        (Height, Width) = view is null ? _base : (view.Size, view.Size);
    }

    /// <summary>H of the network input, in pixels.</summary>
    public int Height { get; }

    /// <summary>W of the network input, in pixels.</summary>
    public int Width { get; }

    /// <summary>H·W·C, the count of numbers of one input.</summary>
    public int Numbers => Height * Width * _set.Channels;

    /// <summary>The approximate number of bytes processed per image; scaling and operations count as several passes.</summary>
    public long Work => Math.Max(_pixels.ImageBytes, Numbers) * Passes;

    private long Passes =>
        _augmentation is { RandomResizedCrop: null, Policy: null, ColourJitter: null } && _input is null && _view is null ? 1L : 6L;

    /// <summary>Returns the box of an image's object in the network input without random changes; null where none of it is left.</summary>
    public BoundingBox? BoxOf(int index) =>
        _set.Boxes![index] is var box && _input is { } input ? input.Map(box, _set.Height, _set.Width) : box;

    /// <summary>Creates the buffers of one thread.</summary>
    public PreparationBuffers CreateBuffers() => new(Height, Width, _set.Channels);

    /// <summary>Prepares one image.</summary>
    /// <param name="epoch">The epoch, from 1.</param>
    /// <param name="index">The index of the image in its set.</param>
    /// <param name="target">Receives H×W×C numbers.</param>
    /// <param name="buffers">Buffers that no other thread uses during the call.</param>
    public void Write(int epoch, int index, Span<float> target, PreparationBuffers buffers)
    {
        var image = Scaled(epoch, index, buffers, out int stride);
        Place(epoch, index, stride, buffers);
        Gather(image, buffers);
        if (_seed is not long seed)
        {
            Normalize(buffers.Picture, target);
            return;
        }
        // The gathered picture replaces the scaled one, whose buffer is free from here on.
        var raster = new Raster(buffers.Picture, buffers.Scaled, Height, Width, _set.Channels);
        _augmentation.Policy?.Apply(raster, seed, epoch, index, _base, _view?.Crop ?? 1);
        _augmentation.ColourJitter?.Apply(raster, seed, epoch, index);
        Normalize(buffers.Picture, target);
        if (_augmentation.Cutout is { } cutout)
        {
            var squares = cutout.Draw(seed, epoch, index, _base.Height, _base.Width);
            Cutout.Apply(target, Width, _set.Channels,
                _view is null ? squares : squares.Select(square => square.In(_view, _base.Height, _base.Width)));
        }
    }

    // The pixels of this input for each pixel of the students' input.
    private double Down => (double)Height / _base.Height;

    private double Across => (double)Width / _base.Width;

    // Returns the pixels from which rows and columns are gathered, and the distance of their rows in bytes.
    private ReadOnlySpan<byte> Scaled(int epoch, int index, PreparationBuffers buffers, out int stride)
    {
        var image = _pixels.Image(index);
        int channels = _pixels.Channels, stored = _pixels.Width * channels;
        var part = Part(epoch, index);
        var first = image[(part.Top * stored + part.Left * channels)..];
        if ((part.Bottom - part.Top, part.Right - part.Left) == (Height, Width))
        {
            stride = stored;
            return first;
        }
        stride = Width * channels;
        Scale(first, stored, part.Bottom - part.Top, part.Right - part.Left, buffers);
        return buffers.Scaled;
    }

    // The part of the stored image that becomes the input.
    private BoundingBox Part(int epoch, int index)
    {
        var part = new BoundingBox(0, 0, _set.Width, _set.Height);
        if (_seed is long seed && _augmentation.RandomResizedCrop is { } crop)
            part = crop.Draw(seed, epoch, index, _set.Height, _set.Width);
        else if (_input is { Fit: InputFit.CentreCrop } input && input.Corner(_set.Height, _set.Width) is var (top, left))
            part = new BoundingBox(left, top, left + input.Size, top + input.Size);
        if (_view is null)
            return part;
        return _view.Central(part.Scaled((double)_pixels.Height / _set.Height, (double)_pixels.Width / _set.Width));
    }

    // The part is cropped before it is scaled, as in torchvision: pixels outside do not influence its edge.
    private void Scale(ReadOnlySpan<byte> part, int stride, int height, int width, PreparationBuffers buffers) =>
        buffers.Resampling.Apply(part, stride, height, width, _set.Channels, (0, 0, width, height), buffers.Scaled, Height, Width);

    // Computes the source of every row and column.
    private void Place(int epoch, int index, int stride, PreparationBuffers buffers)
    {
        var (flip, down, right) = _seed is long seed ? _augmentation.Draw(seed, epoch, index) : default;
        if (_view is not null)
            (down, right) = ((int)Math.Round(down * Down / _view.Crop), (int)Math.Round(right * Across / _view.Crop));
        for (int row = 0; row < Height; row++)
            buffers.Rows[row] = _augmentation.Source(row + down, Height) is >= 0 and var from ? from * stride : -1;
        for (int column = 0; column < Width; column++)
        {
            // The released code mirrors before it crops: the crop is taken from the mirrored picture.
            int mirrored = _augmentation.Source(column + right, Width);
            buffers.Columns[column] = mirrored < 0 ? -1 : (flip ? Width - 1 - mirrored : mirrored) * _set.Channels;
        }
    }

    private void Gather(ReadOnlySpan<byte> image, PreparationBuffers buffers)
    {
        int channels = _set.Channels, line = Width * channels;
        for (int row = 0; row < Height; row++)
        {
            var target = buffers.Picture.AsSpan(row * line, line);
            if (buffers.Rows[row] is >= 0 and var from)
                GatherLine(image[from..], buffers.Columns, channels, target);
            else
                target.Clear();
        }
    }

    private static void GatherLine(ReadOnlySpan<byte> line, ReadOnlySpan<int> columns, int channels, Span<byte> target)
    {
        int at = 0;
        foreach (int column in columns)
        {
            for (int channel = 0; channel < channels; channel++)
                target[at++] = column < 0 ? (byte)0 : line[column + channel];
        }
    }

    private void Normalize(ReadOnlySpan<byte> picture, Span<float> target)
    {
        for (int channel = 0; channel < _set.Channels; channel++)
        {
            var table = _table.AsSpan(channel << 8, 256);
            for (int at = channel; at < target.Length; at += _set.Channels)
                target[at] = table[picture[at]];
        }
    }
}
