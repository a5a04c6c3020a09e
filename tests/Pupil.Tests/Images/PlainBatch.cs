using Pupil.Images;
using Pupil.Images.Transforms;

namespace Pupil.Tests.Images;

/// <summary>The expected content of a batch, computed in plain steps: mirror, pad, crop, normalise.</summary>
internal static class PlainBatch
{
    /// <summary>C×H×W numbers of one image.</summary>
    public static double[] Image(
        ImageSet set, int index, Normalization normalization, Augmentation augmentation, bool flip, int down, int right)
    {
        int[] rows = PaddedLine(set.Height, augmentation.Pad, augmentation.Border);
        int[] columns = PaddedLine(set.Width, augmentation.Pad, augmentation.Border);
        var values = new List<double>();
        for (int channel = 0; channel < set.Channels; channel++)
        {
            byte[,] picture = Picture(set, index, channel);
            if (flip)
                picture = Mirrored(picture);
            byte[,] padded = Padded(picture, rows, columns);
            for (int row = 0; row < set.Height; row++)
            {
                for (int column = 0; column < set.Width; column++)
                {
                    byte value = padded[augmentation.Pad + down + row, augmentation.Pad + right + column];
                    values.Add((value / 255.0 - normalization.Mean[channel]) / normalization.Deviation[channel]);
                }
            }
        }
        return [.. values];
    }

    private static byte[,] Picture(ImageSet set, int index, int channel)
    {
        var picture = new byte[set.Height, set.Width];
        for (int row = 0; row < set.Height; row++)
        {
            for (int column = 0; column < set.Width; column++)
                picture[row, column] = set.Image(index)[(row * set.Width + column) * set.Channels + channel];
        }
        return picture;
    }

    private static byte[,] Mirrored(byte[,] picture)
    {
        var mirrored = new byte[picture.GetLength(0), picture.GetLength(1)];
        for (int row = 0; row < picture.GetLength(0); row++)
        {
            for (int column = 0; column < picture.GetLength(1); column++)
                mirrored[row, picture.GetLength(1) - 1 - column] = picture[row, column];
        }
        return mirrored;
    }

    private static byte[,] Padded(byte[,] picture, int[] rows, int[] columns)
    {
        var padded = new byte[rows.Length, columns.Length];
        for (int row = 0; row < rows.Length; row++)
        {
            for (int column = 0; column < columns.Length; column++)
                padded[row, column] = rows[row] < 0 || columns[column] < 0 ? (byte)0 : picture[rows[row], columns[column]];
        }
        return padded;
    }

    private static int[] PaddedLine(int length, int pad, Border border) =>
        [.. Side(0, -1, length, pad, border).Reverse(), .. Enumerable.Range(0, length), .. Side(length - 1, 1, length, pad, border)];

    // Moves outside the line step by step, and reflects as the border requires.
    private static IEnumerable<int> Side(int at, int step, int length, int pad, Border border)
    {
        for (int i = 0; i < pad; i++)
        {
            bool atEnd = at + step < 0 || at + step >= length;
            switch (border)
            {
                case Border.Zero:
                    yield return -1;
                    continue;
                case Border.Symmetric when atEnd:
                    step = -step;
                    break;
                case Border.Symmetric:
                    at += step;
                    break;
                case Border.Reflect when length > 1:
                    step = atEnd ? -step : step;
                    at += step;
                    break;
            }
            yield return at;
        }
    }
}
