using Pupil.Core;

namespace Pupil.Reporting.Descriptions;

/// <summary>Draws what <c>pupil describe</c> tells, as SVG files: dark on light, or light on dark where whoever shows them prefers that.</summary>
public static class Description
{
    /// <summary>Draws the networks of a recipe and what joins them.</summary>
    /// <exception cref="UserErrorException">The file cannot be written.</exception>
    public static void WriteSvg(TeachingDescription teaching, string path) => AtomicFile.WriteText(path, Drawing.Of(teaching));

    /// <summary>Draws a network alone.</summary>
    /// <exception cref="UserErrorException">The file cannot be written.</exception>
    public static void WriteSvg(DescribedNetwork network, string path) => AtomicFile.WriteText(path, Drawing.Of(network));
}
