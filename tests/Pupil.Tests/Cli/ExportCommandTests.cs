using System.Text.Json;
using Pupil.Inference;
using Pupil.Tests.Inference;
using Pupil.Tests.Runs;

namespace Pupil.Tests.Cli;

/// <summary><c>pupil export</c> and <c>pupil predict</c>, as processes of their own.</summary>
public sealed class ExportCommandTests(FinishedRun finished) : IClassFixture<FinishedRun>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("float32")]
    [InlineData("float16", "--softmax")]
    [InlineData("int8", "--pictures")]
    public async Task A_student_leaves_as_a_model_that_sees_pictures(string precision, params string[] more)
    {
        using var folder = new TemporaryFolder();
        string model = folder["student.onnx"];
        var export = await PupilProcess.Run(["export", finished.Folder.StudentFile("student"), "--precision", precision, "--out", model, .. more], [], Stop);
        Assert.Equal((0, ""), (export.ExitCode, export.Errors));
        Assert.Contains("of the classes as the network says", export.Output);
        using (var classifier = new PictureClassifier(model))
            Assert.Equal((precision, more.Contains("--pictures"), more.Contains("--softmax")), (classifier.Card.Precision, classifier.Card.TakesPictures, classifier.Card.GivesProbabilities));

        File.WriteAllBytes(folder["whole.png"], PictureClassifierTests.Picture(40, 60));
        File.WriteAllText(folder["broken.png"], "no picture");
        // What the loader opens is written beside: libtorch must not be in it.
        var predict = await PupilProcess.Run(["predict", model, folder.FullPath, "--json", "--top", "2"],
            new() { ["LD_DEBUG"] = "files", ["LD_DEBUG_OUTPUT"] = folder["opened"] }, Stop);
        Assert.Equal(2, predict.ExitCode);
        Assert.Contains("broken.png: is no picture", predict.Errors);
        var answer = JsonDocument.Parse(predict.Output).RootElement;
        Assert.Equal(folder["whole.png"], answer.GetProperty("picture").GetString());
        Assert.Equal(2, answer.GetProperty("predictions").GetArrayLength());
        if (OperatingSystem.IsLinux())
        {
            string opened = string.Concat(Directory.GetFiles(folder.FullPath, "opened*").Select(File.ReadAllText));
            Assert.Contains("libonnxruntime", opened);
            Assert.DoesNotContain("libtorch_cpu", opened);
            Assert.DoesNotContain("LibTorchSharp", opened);
        }
    }

    [Fact]
    public async Task What_cannot_be_exported_or_looked_at_is_said()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["text.onnx"], "no model");
        Directory.CreateDirectory(folder["empty"]);
        Assert.Contains("found no", await Said("export", folder["missing.safetensors"]));
        Assert.Contains("lie in a run folder", await Said("export", CopyOf(finished.Folder.StudentFile("student"), folder["alone.safetensors"])));
        Assert.Contains("cannot open it", await Said("predict", folder["text.onnx"], folder["empty"]));
        Assert.Contains("its folder does not exist", await Said("export", finished.Folder.StudentFile("student"), "--out", folder["no/such/x.onnx"]));
    }

    private static string CopyOf(string file, string target)
    {
        File.Copy(file, target);
        return target;
    }

    private static async Task<string> Said(params string[] arguments)
    {
        var (code, _, errors) = await PupilProcess.Run(arguments, [], Stop);
        Assert.Equal(2, code);
        return errors;
    }
}
