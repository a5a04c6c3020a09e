using Pupil.Images;
using Pupil.Images.Formats.Pictures;
using Pupil.Inference.Pictures;

namespace Pupil.Tests.Inference.Pictures;

public sealed class PictureLayoutTests
{
    [Fact]
    public void A_box_is_mapped_as_whole_numbers_would_map_it()
    {
        foreach (int size in (int[])[8, 31, 64, 100])
        {
            for (int width = 3; width < 130; width++)
            {
                var layout = PictureLayout.FromFit(PictureFit.Stretch, width + 7, width, size);
                for (int left = 0; left < width; left++)
                {
                    var box = layout.Map(new BoundingBox(left, left + 7, left + 1, width + 7));
                    Assert.Equal(left * size / width, box.Left);
                    Assert.Equal(((left + 1) * size + width - 1) / width, box.Right);
                    Assert.Equal((left + 7) * size / (width + 7), box.Top);
                    Assert.Equal(size, box.Bottom);
                }
            }
        }
    }

    [Theory]
    [InlineData(PictureFit.Stretch, 10, 20, 30, 30, 40, 5, 20, 15, 30)] // 40 high, 80 wide, into 40: y as it is, x halved
    [InlineData(PictureFit.Crop, 30, 10, 50, 30, 40, 10, 10, 30, 30)] // x less the 20 that are cut away
    [InlineData(PictureFit.Crop, 0, 0, 25, 40, 40, 0, 0, 5, 40)]
    [InlineData(PictureFit.Crop, 0, 0, 20, 40, 40, 0, 0, 0, 40)] // cut away
    [InlineData(PictureFit.Crop, 70, 0, 80, 40, 40, 40, 0, 40, 40)]
    [InlineData(PictureFit.Pad, 0, 0, 80, 40, 40, 0, 10, 40, 30)] // halved, ten rows of bars above
    [InlineData(PictureFit.Pad, 3, 5, 9, 7, 40, 1, 12, 5, 14)] // rounded outwards
    [InlineData(PictureFit.Pad, 60, 30, 500, 600, 40, 30, 25, 40, 30)] // beyond the picture
    [InlineData(PictureFit.Stretch, 60, 30, 500, 600, 40, 30, 30, 40, 40)]
    public void Boxes_follow_their_picture(
        PictureFit fit, int left, int top, int right, int bottom, int size, int newLeft, int newTop, int newRight, int newBottom)
    {
        var box = PictureLayout.FromFit(fit, 40, 80, size).Map(new BoundingBox(left, top, right, bottom));
        Assert.Equal(new BoundingBox(newLeft, newTop, newRight, newBottom), box);
    }

    [Fact]
    public void A_picture_that_is_all_but_a_line_keeps_a_pixel()
    {
        var layout = PictureLayout.FromFit(PictureFit.Pad, 1, 5000, 64);
        Assert.Equal((0, 31, 64, 1), layout.Target);
        Assert.Equal((31, 0, 1, 64), PictureLayout.FromFit(PictureFit.Pad, 5000, 1, 64).Target);
    }
}
