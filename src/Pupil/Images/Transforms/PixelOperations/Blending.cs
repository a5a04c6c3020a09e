namespace Pupil.Images.Transforms.PixelOperations;

/// <summary>Pillow's <c>Image.blend</c>: the way from one value to another, and beyond both.</summary>
internal static class Blending
{
    /// <summary>from + amount · (to − from), cut off to a whole number and to 0…255. In float32, as Pillow counts.</summary>
    public static byte Blend(int from, int to, float amount) => (byte)Math.Clamp(from + amount * (to - from), 0f, 255f);
}
