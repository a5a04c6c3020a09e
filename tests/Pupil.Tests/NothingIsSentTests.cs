using Google.Protobuf;
using Pupil.Distillation.Methods;
using Pupil.Experiments.Runs;
using Pupil.Images.Transforms;
using Pupil.Interop.Onnx;
using Pupil.Settings;
using Pupil.Tests.Experiments.Runs;
using Pupil.Tests.Inference;
using Pupil.Tests.Interop.Onnx;

namespace Pupil.Tests;

/// <summary>Pupil sends nothing, and writes only its output files: ONNX Runtime would do both by default.</summary>
public sealed class NothingIsSentTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_prediction_writes_no_file_and_makes_no_network_call()
    {
        using var folder = new TemporaryFolder();
        WriteModel(folder);
        await AssertQuiet(folder,
            [Path.Combine(AppContext.BaseDirectory, "Pupil.Cli.dll"), "predict", folder["model.onnx"], folder["picture.png"]]);
    }

    [Fact]
    public async Task An_application_writes_no_file_and_makes_no_network_call()
    {
        Assert.SkipWhen(RealData.RepositoryFolder is null, "The sample is not here.");
        using var folder = new TemporaryFolder();
        WriteModel(folder);
        await AssertQuiet(folder, [Path.Combine(RealData.RepositoryFolder!, "samples", "Classify", "bin", "Release", "net10.0",
            "Classify.dll"), folder["model.onnx"], folder["picture.png"]]);
    }

    [Fact]
    public async Task Distillation_from_an_onnx_model_writes_its_run_and_makes_no_network_call()
    {
        using var folder = new TemporaryFolder();
        var recipe = TinyRecipe.Ctkd with
        {
            Method = new AtOptions(),
            Expert = new()
            {
                File = OnnxFiles.Path("other-classes.onnx"),
                Onnx = new() { Normalization = new Normalization { Mean = [0.5, 0.5, 0.5], Deviation = [0.5, 0.5, 0.5] } },
            },
        };
        File.WriteAllText(folder["recipe.json"], SettingsWriter.Write(recipe));
        await AssertQuiet(folder,
            [Path.Combine(AppContext.BaseDirectory, "Pupil.Cli.dll"), "distill", folder["recipe.json"], "--out", folder["run"], "--experts",
                folder["experts"], "--threads", "1"],
            folder["run"], folder["experts"]);
        Assert.True(new RunFolder(folder["run"]).IsFinished);
    }

    [Fact]
    public void Every_session_is_opened_where_telemetry_is_turned_off()
    {
        Assert.SkipWhen(RealData.RepositoryFolder is null, "The sources are not here.");
        var opening = from part in new[] { "src", "samples", "tests", "fuzz", "benchmarks" }
                      from file in Directory.EnumerateFiles(Path.Combine(RealData.RepositoryFolder!, part), "*.cs",
                          SearchOption.AllDirectories)
                      where File.ReadLines(file).Any(line => line.Contains("new InferenceSession" + "(", StringComparison.Ordinal))
                      select Path.GetFileName(file);
        Assert.Equal(["OnnxSession.cs"], opening);
    }

    private static void WriteModel(TemporaryFolder folder)
    {
        using var network = OnnxModelTests.OddNetwork("resnet-8", 32);
        File.WriteAllBytes(folder["model.onnx"], OnnxModel.OfNetwork(network, OnnxModelTests.Card(network)).ToByteArray());
        File.WriteAllBytes(folder["picture.png"], PictureClassifierTests.Picture(40, 60));
    }

    private static async Task AssertQuiet(TemporaryFolder folder, string[] arguments, params string[] written)
    {
        var calls = await SystemCalls.Record(folder, arguments, Stop);
        Assert.Contains(calls.Opened, file => Path.GetFileName(file).StartsWith("libonnxruntime.", StringComparison.Ordinal));
        Assert.Empty(calls.Internet);
        string[] allowed = ["/dev", "/proc", .. written];
        Assert.DoesNotContain(calls.Made, made =>
            !allowed.Any(place => made == place || made.StartsWith(place + "/", StringComparison.Ordinal)));
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder["home"], "*", SearchOption.AllDirectories));
    }
}
