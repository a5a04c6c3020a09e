using Pupil.Inference.Pictures;
using Pupil.Lettering;

namespace Pupil.Fuzz.Targets;

/// <summary>Pictures, and the letters of names. The code of SkiaSharp and HarfBuzz is not instrumented.</summary>
internal static class PictureTargets
{
    private const int Side = 8;

    private static readonly Lazy<PictureDecoder> Colours = new(() => new PictureDecoder(Side, PictureFit.Crop, 3));
    private static readonly Lazy<PictureDecoder> Grey = new(() => new PictureDecoder(Side, PictureFit.Pad, 1));
    private static readonly Lazy<TextShaper> Shaper = new(() => new TextShaper(new SheetFonts()));

    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        new("picture", "a picture: JPEG, PNG, WebP, BMP or GIF", (input, _) =>
        {
            PictureDecoder.SizeOf(input);
            Colours.Value.Decode(input, new byte[Side * Side * 3]);
            Grey.Value.Decode(input, new byte[Side * Side]);
        })
        {
            MostAllocated = 300 << 20,
        },
        new("lettering", "a name on a sheet of pictures", (input, _) =>
            Shaper.Value.Shape(WrittenText.Characters(Texts.Of(input)), size: 13)),
    ];
}
