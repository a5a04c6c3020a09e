using Pupil.Experiments.Planning;
using Pupil.Images.Formats.Folder;
using SkiaSharp;

namespace Pupil.Tests.Experiments.Planning;

public sealed class ImageFormTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData(28, new[] { 32 }, 32)]
    [InlineData(32, new[] { 32 }, 32)]
    [InlineData(44, new[] { 32 }, 48)]
    [InlineData(52, new[] { 32, 64 }, 64)]
    [InlineData(64, new[] { 32, 64 }, 64)]
    [InlineData(500, new[] { 32, 64, 96 }, 96)]
    public void Inputs_are_considered_up_to_the_size_of_the_pictures(int side, int[] sides, int stored)
    {
        var form = new ImageForm(side, 0, false);
        Assert.Equal(sides, form.Candidates);
        Assert.Equal(stored, form.Stored);
    }

    [Fact]
    public void Sizes_proportions_and_colours_are_those_of_the_files()
    {
        for (int i = 0; i < 10; i++)
        {
            Save($"a/{i}.png", width: 40 + i, height: 50, SKColors.Gray);
            // Three times as wide as high: a square crop keeps a third.
            Save($"b/{i}.png", width: 150, height: 50, i == 9 ? SKColors.Red : SKColors.Silver);
        }
        File.WriteAllText(_folder["a/broken.png"], "no picture");
        var form = ImageForm.FromSource(new FolderSource { Path = _folder.FullPath, TestShare = 0.1 });
        Assert.InRange(form.Side, 48, 50);
        Assert.InRange(form.Long, 0.4, 0.6);
        Assert.False(form.IsGrey);
        File.Delete(_folder["b/9.png"]);
        Assert.True(ImageForm.FromSource(new FolderSource { Path = _folder.FullPath, TestShare = 0.1 }).IsGrey);
    }

    public void Dispose() => _folder.Dispose();

    private void Save(string name, int width, int height, SKColor colour)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder[name])!);
        using var bitmap = new SKBitmap(width, height);
        bitmap.Erase(colour);
        using var png = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        File.WriteAllBytes(_folder[name], png.ToArray());
    }
}
