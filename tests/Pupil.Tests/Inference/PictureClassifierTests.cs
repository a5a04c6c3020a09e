using Google.Protobuf;
using Onnx;
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
    public void Probabilities_have_the_temperature_of_the_model_and_small_ones_are_of_none_of_the_classes()
    {
        const double Temperature = 1.7;
        using var folder = new TemporaryFolder();
        using var network = OnnxModelTests.OddNetwork("resnet-8", 32);
        var plain = OnnxModelTests.Card(network);
        byte[] picture = Picture(32, 32);
        var before = Classified(plain);
        double[] powers = [.. before.Select(prediction => Math.Pow(prediction.Probability, 1 / Temperature))];
        foreach (bool inside in new[] { false, true })
        {
            var found = Classified(plain with { Temperature = Temperature, GivesProbabilities = inside });
            Assert.All(found.Zip(powers), pair => Assert.Equal(pair.Second / powers.Sum(), pair.First.Probability, 1e-5));
        }
        double best = before[0].Probability;
        Assert.False(Judged(null));
        Assert.False(Judged(best - 1e-3));
        Assert.True(Judged(best + 1e-3));

        IReadOnlyList<Prediction> Classified(ModelCard card)
        {
            using var classifier = Open(card);
            return classifier.Classify(picture, 3);
        }

        bool Judged(double? threshold)
        {
            using var classifier = Open(plain with { RejectionThreshold = threshold });
            return classifier.IsNoneOfThese(classifier.Classify(picture, 1));
        }

        PictureClassifier Open(ModelCard card)
        {
            var model = OnnxModel.OfNetwork(network, card);
            if (card.GivesProbabilities)
                OnnxModel.GiveProbabilities(model, card);
            return new PictureClassifier(model.ToByteArray(), "model.onnx");
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

    [Theory]
    [InlineData("\"classes\":[\"a\"", "\"classes\":[null")]
    [InlineData("\"mean\":[", "\"mean\":null,\"x\":[")]
    [InlineData("\"precision\":\"float32\"", "\"precision\":null")]
    [InlineData("\"fit\":\"crop\"", "\"fit\":99")]
    [InlineData("\"height\":32", "\"height\":100000")]
    [InlineData("\"cutsMiddle\":false,", "\"cutsMiddle\":true,\"size\":8,")]
    public void Odd_descriptions_are_refused(string old, string changed)
    {
        string message = RefusedChange((model, card) =>
        {
            Assert.Contains(old, card.Value);
            card.Value = card.Value.Replace(old, changed);
        });
        Assert.Contains("metadata cannot be read", message);
    }

    public static TheoryData<string, string> Graphs => new()
    {
        { "fewer classes", "an output of" },
        { "no input", "0 inputs" },
        { "two inputs", "2 inputs" },
        { "integer output", "no output of floating-point numbers" },
        { "large input", "an input of" },
        { "not finite", "not finite" },
        { "another size inside", "ONNX Runtime cannot" },
    };

    [Theory]
    [MemberData(nameof(Graphs))]
    public void Graphs_that_contradict_their_description_are_refused(string change, string said)
    {
        string message = RefusedChange((model, card) =>
        {
            var graph = model.Graph;
            var input = graph.Input[0].Type.TensorType;
            var output = graph.Output[0].Type.TensorType;
            var last = graph.Node[^1];
            switch (change)
            {
                case "fewer classes": card.Value = card.Value.Replace("[\"a\",", "["); break;
                case "no input":
                    graph.Initializer.Add(Zeros(graph.Input[0].Name, 1, 3, 32, 32));
                    graph.Input.Clear();
                    break;
                case "two inputs": graph.Input.Add(new ValueInfoProto(graph.Input[0]) { Name = "more" }); break;
                case "integer output":
                    last.OpType = "Cast";
                    last.Attribute.Add(new AttributeProto { Name = "to", Type = AttributeProto.Types.AttributeType.Int, I = 7 });
                    output.ElemType = 7;
                    break;
                case "large input": input.Shape.Dim[2] = new() { DimValue = 100_000 }; break;
                case "not finite":
                    graph.Initializer.Add(Zeros("zero", 1));
                    last.OpType = "Div";
                    last.Input.Add("zero");
                    break;
                case "another size inside":
                    graph.Initializer.Add(Zeros("five", 5));
                    last.OpType = "Add";
                    last.Input.Add("five");
                    output.Shape = null;
                    break;
            }
        });
        Assert.Contains(said, message);
    }

    private static TensorProto Zeros(string name, params long[] sizes)
    {
        int count = (int)sizes.Aggregate(1L, (product, size) => product * size);
        return new TensorProto { Name = name, DataType = 1, Dims = { sizes }, RawData = ByteString.CopyFrom(new byte[4 * count]) };
    }

    private static string RefusedChange(Action<ModelProto, StringStringEntryProto> change)
    {
        using var folder = new TemporaryFolder();
        using var network = OnnxModelTests.OddNetwork("resnet-8", 32);
        var model = OnnxModel.OfNetwork(network, OnnxModelTests.Card(network));
        change(model, model.MetadataProps.Single(entry => entry.Key == ModelCard.Key));
        File.WriteAllBytes(folder["odd.onnx"], model.ToByteArray());
        File.WriteAllBytes(folder["a.png"], Picture(40, 40));
        var error = Assert.Throws<UserErrorException>(() =>
        {
            using var classifier = new PictureClassifier(folder["odd.onnx"]);
            classifier.Classify(folder["a.png"]);
        });
        Assert.StartsWith($"{folder["odd.onnx"]}: ", error.Message);
        return error.Message;
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
