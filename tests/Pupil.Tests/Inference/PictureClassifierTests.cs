using Google.Protobuf;
using Pupil.Inference;
using Pupil.Inference.Pictures;
using Pupil.Interop.Onnx;
using Pupil.Tests.Interop.Onnx;
using SkiaSharp;

namespace Pupil.Tests.Inference;

/// <summary>Tests that pictures have the same preprocessing within exported models and by the classifier.</summary>
public sealed class PictureClassifierTests
{
    [Theory]
    [InlineData(PictureFit.Crop, 32, false)]
    [InlineData(PictureFit.Crop, 48, false)]
    [InlineData(PictureFit.Crop, 48, true)]
    [InlineData(PictureFit.Stretch, 32, false)]
    [InlineData(PictureFit.Pad, 32, false)]
    [InlineData(PictureFit.Pad, 47, true)]
    public void A_model_prepares_pictures_as_in_training(PictureFit fit, int size, bool cutsMiddle)
    {
        using var folder = new TemporaryFolder();
        using var network = OnnxModelTests.OddNetwork("resnet-8", 32);
        var card = OnnxModelTests.Card(network) with { Fit = fit, Size = size, CutsMiddle = cutsMiddle };
        foreach (bool inside in new[] { false, true })
            File.WriteAllBytes(folder[$"{inside}.onnx"], OnnxModel.OfNetwork(network, card with { TakesPictures = inside }).ToByteArray());
        using PictureClassifier outside = new(folder["False.onnx"]), within = new(folder["True.onnx"]);
        foreach (var (height, width) in new[] { (32, 32), (47, 90), (91, 40), (300, 201), (17, 23), (size, size) })
        {
            byte[] picture = Picture(height, width);
            var expected = outside.Classify(picture, 3);
            var found = within.Classify(picture, 3);
            // Compared by class, because rounding decides the order of two nearly equal probabilities.
            var byClass = found.ToDictionary(prediction => prediction.Class, prediction => prediction.Probability);
            Assert.Equal(3, byClass.Count);
            Assert.All(expected, prediction => Assert.Equal(prediction.Probability, byClass[prediction.Class], 1e-3));
            Assert.Equal(found.OrderByDescending(prediction => prediction.Probability), found);
            Assert.Equal(1, found.Sum(prediction => prediction.Probability), 1e-6);
        }
    }

    [Fact]
    public void Files_that_are_no_pictures_or_models_are_refused()
    {
        using var folder = new TemporaryFolder();
        using var network = OnnxModelTests.OddNetwork("resnet-8", 32);
        File.WriteAllBytes(folder["model.onnx"], OnnxModel.OfNetwork(network, OnnxModelTests.Card(network)).ToByteArray());
        using var classifier = new PictureClassifier(folder["model.onnx"]);
        byte[] whole = Picture(64, 64);
        File.WriteAllBytes(folder["cut.png"], whole[..(whole.Length / 2)]);
        File.WriteAllText(folder["text.png"], "no picture");
        Assert.Contains("cut.png: is", Refused(() => classifier.Classify(folder["cut.png"])));
        Assert.Contains("text.png: is no picture", Refused(() => classifier.Classify(folder["text.png"])));
        Assert.Contains("found no such file", Refused(() => classifier.Classify(folder["missing.png"])));
        Assert.Contains("found no such file", Refused(() => new PictureClassifier(folder["missing.onnx"])));
        Assert.Contains("ONNX Runtime cannot open it", Refused(() => new PictureClassifier(folder["text.png"])));

        static string Refused(Func<object> act) => Assert.Throws<UserErrorException>(act).Message;
    }

    internal static byte[] Picture(int height, int width)
    {
        using var bitmap = new SKBitmap(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque);
        var random = new Random(height * 1000 + width);
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
                bitmap.SetPixel(x, y, new SKColor((byte)(x * 255 / width), (byte)(y * 255 / height), (byte)random.Next(256)));
        }
        using var data = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        return data.ToArray();
    }
}
