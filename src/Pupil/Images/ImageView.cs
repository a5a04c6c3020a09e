namespace Pupil.Images;

/// <summary>
/// Another size of a batch's images, for a teacher with an input of its own. The images show the same part of each picture under the same
/// random changes as those of the students (function matching; Beyer et al. 2022).
/// </summary>
/// <param name="Size">Height and width, in pixels.</param>
/// <param name="Crop">The side of the central part that is seen, as a share of the students' part, 0.5…1.</param>
internal sealed record ImageView(int Size, double Crop = 1)
{
    /// <summary>The size of stored pictures whose central part has <see cref="Size"/> pixels without scaling.</summary>
    public int StoredSize => (int)Math.Round(Size / Crop);

    /// <summary>Returns the central share of a part of a picture.</summary>
    internal BoundingBox Central(BoundingBox part)
    {
        int height = Share(part.Bottom - part.Top), width = Share(part.Right - part.Left);
        int top = part.Top + (part.Bottom - part.Top - height) / 2, left = part.Left + (part.Right - part.Left - width) / 2;
        return new(left, top, left + width, top + height);

        int Share(int length) => Math.Max(1, (int)Math.Round(length * Crop));
    }
}
