using System.Text.Json;
using Pupil.Distillation.Methods;
using Pupil.Experiments.Runs;
using Pupil.Interop.Onnx;
using Pupil.Networks;
using Pupil.Tests.Experiments.Runs;
using Pupil.Tests.References;
using TorchSharp;
using static TorchSharp.torch;

namespace Pupil.Tests.Interop.Onnx;

/// <summary>Tests classifiers that text embeddings make of an image tower, with made-up embeddings.</summary>
public sealed class ClassWordsTests : IDisposable
{
    private static readonly string[] Names = ["cat", "dog", "emu"];

    private readonly TemporaryFolder _folder = new();
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose()
    {
        _scope.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Logits_are_scaled_cosines_of_image_and_text()
    {
        var texts = Texts(16);
        using var network = Open(Write("words.json", texts), Names, scale: 20);
        Assert.Equal((true, 16), (network.HasLogits, network.EmbeddingWidth));
        Assert.Equal(Names, network.Classes);
        var images = arange(2 * 3 * 32 * 32, dtype: ScalarType.Float32).sin().reshape(2, 3, 32, 32);
        var output = network.Forward(images);
        double[][] embeddings = [.. output.Embedding.Numbers().Chunk(16)];
        double[] expected = [.. embeddings.SelectMany(image => Names.Select(name => 20 * Cosine(image, texts[name])))];
        Tensors.AssertNear(expected, output.Logits.Numbers(), 1e-4, "logits");
        // The projection, which is the model's output, and not what comes before it.
        using var plain = OnnxFiles.Open(OnnxFiles.Path("sequence-first.onnx"), null, null, new(3, 32, 32));
        Tensors.AssertNear(plain.Forward(images).Logits.Numbers(), output.Embedding.Numbers(), 1e-6, "embedding");
    }

    [Fact]
    public void Directions_of_several_prompts_are_averaged_and_the_order_is_that_of_the_classes()
    {
        string file = Write("words.json", new Dictionary<string, float[][]>
        {
            ["dog"] = [[0, 2]],
            ["unused"] = [[1, 1]],
            ["cat"] = [[3, 0], [0, 5]],
        });
        var words = ClassWords.Read(new() { File = file }, ["cat", "dog"]);
        double half = Math.Sqrt(0.5);
        Tensors.AssertNear([half, half, 0, 1], words.Directions.Numbers(), 1e-6, "directions");
        Assert.Equal(["dog", "unused", "cat"], ClassWords.Read(new() { File = file }, null).Classes);
        Assert.Equal(["dog", "unused", "cat"], ClassWords.NamesIn(file));
    }

    [Fact]
    public void Arrays_of_NumPy_have_a_row_for_each_class()
    {
        string file = Path.Combine(Path.GetDirectoryName(ReferenceNumbers.Find("references.json"))!, "pytorch", "float32.npy");
        Assert.Equal([2, 3], ClassWords.Read(new() { File = file }, ["a", "b"]).Directions.shape);
        Refused("expected 3×D", file, Names);
        Refused("has no class names", file, null);
    }

    [Fact]
    public void Wrong_files_are_refused()
    {
        Refused("lacks the class 'emu'", Write("a.json", new Dictionary<string, float[]> { ["cat"] = [1], ["dog"] = [2] }), Names);
        Refused("of 1 and of 2 numbers", Write("b.json", new Dictionary<string, float[]> { ["cat"] = [1], ["dog"] = [2, 3] }), null);
        Refused("only zeros", Write("c.json", new Dictionary<string, float[]> { ["cat"] = [0], ["dog"] = [2] }), null);
        Refused("is no table of text embeddings", Write("d.json", new[] { 1, 2 }), null);
        Refused("is no table of text embeddings", Write("e.json", new Dictionary<string, string> { ["cat"] = "x" }), null);
        Refused("cannot be read", _folder["none.json"], null);
        var error = Assert.Throws<UserErrorException>(() => Open(Write("f.json", Texts(7)), Names));
        Assert.Contains("text embeddings of 7 numbers, but no output", error.Message);
    }

    [Fact]
    public void An_image_tower_teaches_by_the_names_of_the_classes()
    {
        var classes = Pupil.Images.Formats.Synthetic.Outline.Names;
        var random = new Random(2);
        string file = Write("shapes.json",
            classes.ToDictionary(name => name, _ => Enumerable.Range(0, 16).Select(_ => random.NextSingle() - 0.5f)));
        var recipe = TinyRecipe.Ctkd with
        {
            Method = new KdOptions(),
            Expert = new()
            {
                File = OnnxFiles.Path("sequence-first.onnx"),
                Onnx = new()
                {
                    Words = new() { File = file },
                    Normalization = new() { Mean = [0.5, 0.5, 0.5], Deviation = [0.5, 0.5, 0.5] },
                },
            },
        };
        recipe.Run(_folder, stop: TestContext.Current.CancellationToken);
        string hash = new RunFolder(_folder["run"]).ReadSummary()!.Expert!.FileHash;
        Assert.NotEqual(Pupil.Core.Hash.OfFile(recipe.Expert!.File!), hash);
    }

    private static double Cosine(double[] image, float[] text) =>
        image.Zip(text, (x, y) => x * y).Sum() / Math.Sqrt(image.Sum(x => x * x) * text.Sum(y => (double)y * y));

    private static Dictionary<string, float[]> Texts(int width)
    {
        var random = new Random(1);
        return Names.ToDictionary(name => name, _ => Enumerable.Range(0, width).Select(_ => random.NextSingle() - 0.5f).ToArray());
    }

    private string Write(string name, object content)
    {
        File.WriteAllText(_folder[name], JsonSerializer.Serialize(content));
        return _folder[name];
    }

    private static OnnxNetwork Open(string words, IReadOnlyList<string> classes, double scale = 100) =>
        OnnxNetwork.Open(OnnxFile.Read(OnnxFiles.Path("sequence-first.onnx")), null, new ImageShape(3, 32, 32), classes.Count, CPU,
            ClassWords.Read(new() { File = words, Scale = scale }, classes));

    private static void Refused(string said, string file, IReadOnlyList<string>? classes) =>
        Assert.Contains(said, Assert.Throws<UserErrorException>(() => ClassWords.Read(new() { File = file }, classes)).Message);
}
