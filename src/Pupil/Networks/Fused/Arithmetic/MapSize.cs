namespace Pupil.Networks.Fused.Arithmetic;

/// <summary>The size of one image's map.</summary>
/// <param name="Channels">C.</param>
/// <param name="Height">H.</param>
/// <param name="Width">W.</param>
internal readonly record struct MapSize(int Channels, int Height, int Width)
{
    /// <summary>H·W.</summary>
    public int Pixels => Height * Width;

    /// <summary>H·W·C.</summary>
    public long Numbers => (long)Pixels * Channels;
}
