using Pupil.Inference.Pictures;
using Pupil.Tests.Images.Formats.Pictures;

namespace Pupil.Tests.Inference.Pictures;

public sealed class PictureDecoderFuzzTests
{
    [Theory]
    [InlineData("jpeg", "jpeg, progressive", "jpeg, orientation 6", "jpeg, cmyk", "jpeg, grey")]
    [InlineData("png", "png, palette with a transparent colour", "png, 16 bits", "png, one bit", "png, alpha")]
    [InlineData("webp, lossless", "webp, lossy", "webp, orientation 6", "webp, lossless with alpha", "webp, animated")]
    [InlineData("bmp", "bmp, palette", "bmp, grey")]
    [InlineData("gif", "gif, transparent", "gif, animated")]
    public void Broken_pictures_are_decoded_or_refused(params string[] names)
    {
        const int Size = 8;
        var decoder = new PictureDecoder(Size, PictureFit.Crop, 3);
        var square = new byte[Size * Size * 3];
        byte[][] valid = [.. names.Select(PictureReferences.FileOf)];
        var (read, refused) = Fuzz.Run(seed: 11, cases: 10_000, valid, mostAllocated: 150_000_000, file =>
        {
            try
            {
                var size = decoder.Decode(file, square);
                Assert.InRange((long)size.Height * size.Width, 1, PictureDecoder.LargestArea);
            }
            catch (BrokenPictureException error)
            {
                throw new UserErrorException(error.Message);
            }
        });
        Assert.True(read > 100 && refused > 1000, $"{read} read, {refused} refused");
    }
}
