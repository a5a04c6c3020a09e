using Pupil.Core;

namespace Pupil.Reporting.Descriptions;

/// <summary>Draws descriptions as SVG files, dark on light, or light on dark if the viewer prefers that.</summary>
internal static class Description
{
    /// <summary>Draws the networks of a recipe and the terms between them.</summary>
    /// <exception cref="UserErrorException">The file cannot be written.</exception>
    public static void WriteSvg(TeachingDescription teaching, string path) => AtomicFile.WriteText(path, Drawing.OfTeaching(teaching));

    /// <summary>Draws one network.</summary>
    /// <exception cref="UserErrorException">The file cannot be written.</exception>
    public static void WriteSvg(DescribedNetwork network, string path) => AtomicFile.WriteText(path, Drawing.OfNetwork(network));
}
