using Pupil.Networks.Fused.Arithmetic;
using TorchSharp.Modules;

namespace Pupil.Networks.Fused;

/// <summary>A map that a step of a fused network writes, N×H×W×C in memory.</summary>
/// <param name="index">Its number in the network.</param>
/// <param name="size">The size of one image's.</param>
internal sealed class FusedMap(int index, MapSize size)
{
    public int Index => index;

    public MapSize Size => size;

    public int Channels => size.Channels;

    public int Height => size.Height;

    public int Width => size.Width;

    public int Pixels => size.Pixels;

    /// <summary>The numbers of one image.</summary>
    public long Numbers => size.Numbers;

    /// <summary>Whether the network returns it.</summary>
    public bool IsOutput { get; set; }

    /// <summary>The memory that it has in evaluation: maps that are not needed at the same time share one.</summary>
    public int Slot { get; set; }

    /// <summary>The batch-norms of the map.</summary>
    public List<FusedNorm> Norms { get; } = [];

    /// <summary>The ways in which steps read the map.</summary>
    public List<MapView> Views { get; } = [];
}

/// <summary>A batch-norm of a map. Its output is never stored: steps compute it from the map as they read it.</summary>
/// <param name="index">Its number in the network.</param>
/// <param name="map">Its input.</param>
/// <param name="module">Weight, bias and running statistics.</param>
internal sealed class FusedNorm(int index, FusedMap map, BatchNorm2d module)
{
    public int Index => index;

    public FusedMap Map => map;

    public BatchNorm2d Module => module;
}

/// <summary>A map as steps read it.</summary>
/// <param name="index">Its number in the network.</param>
/// <param name="map">The map.</param>
/// <param name="norm">The batch-norm that is applied; null for none.</param>
/// <param name="isRectified">Whether ReLU is applied, after the batch-norm.</param>
internal sealed class MapView(int index, FusedMap map, FusedNorm? norm, bool isRectified)
{
    public int Index => index;

    public FusedMap Map => map;

    public FusedNorm? Norm => norm;

    public bool IsRectified => isRectified;

    /// <summary>Whether it is the map itself.</summary>
    public bool IsPlain => norm is null && !isRectified;

    /// <summary>The number of steps that read it.</summary>
    public int Readers { get; set; }
}
