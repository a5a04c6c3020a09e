namespace Pupil.Images.Transforms.PixelOperations;

/// <summary>Interpolates and extrapolates between bytes, as Pillow's <c>Image.blend</c> does.</summary>
internal static class Blending
{
    /// <summary>Returns from + amount · (to − from) in float32, as in Pillow, clamped to 0…255 and truncated.</summary>
    public static byte Blend(int from, int to, float amount) => (byte)Math.Clamp(from + amount * (to - from), 0f, 255f);
}
