using System.Text.Json;
using Pupil.Interop.Students;
using Pupil.Tests.Images.Formats.Pictures;

namespace Pupil.Tests.Experiments.Runs;

/// <summary>The tool on a run with several labels a picture, as processes of their own.</summary>
public sealed class LabelSetToolTests(LabelSetRun run)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private string Student => run.Folder.StudentFile("student");

    [Fact]
    public async Task A_student_is_measured_at_its_thresholds()
    {
        var best = run.Folder.ReadSummary()!.Networks[0].Best!.Test;
        string output = await Done("evaluate", Student, "--threads", "1");
        Assert.Contains("csv/test, ", output);
        Assert.Equal(100 * best.Score, NumbersInText.After("mAP ", output), 0.01);
        Assert.Equal(100 * best.LabelSets!.MicroF1, NumbersInText.After("F1 ", output), 0.01);
        Assert.Contains("average precision", output);
        Assert.DoesNotContain("top-1", output);
        Assert.DoesNotContain("accuracy", output);
    }

    [Fact]
    public async Task An_exported_model_prints_the_labels_of_pictures()
    {
        using var folder = new TemporaryFolder();
        string model = folder["student.onnx"], picture = run["0.bmp"];
        Assert.Contains("mAP", await Done("export", Student, "--out", model, "--pictures", "--probabilities"));
        var answer = JsonDocument.Parse(await Done("predict", model, picture, "--json", "--top", "2")).RootElement;
        var thresholds = StudentFile.ReadCard(Student).Thresholds!;
        Assert.Equal(2, answer.GetProperty("predictions").GetArrayLength());
        foreach (var label in answer.GetProperty("labels").EnumerateArray())
        {
            Assert.Equal(FormPictures.Names[label.GetProperty("index").GetInt32()], label.GetProperty("class").GetString());
            Assert.InRange(label.GetProperty("probability").GetDouble(), thresholds[label.GetProperty("index").GetInt32()], 1);
        }
        Assert.Contains(answer.GetProperty("labels").GetArrayLength() == 0 ? "no label" : " %", await Done("predict", model, picture));
    }

    [Theory(Explicit = true)]
    [InlineData("Labels: several a picture", "data", "info", "list.csv")]
    [InlineData("images.", "data", "preview", "list.csv", "--out", "preview.png")]
    [InlineData("4 classes", "data", "convert", "list.csv", "--out", "packed.safetensors")]
    [InlineData("test mAP", "info", "run")]
    [InlineData("present from a probability of", "info", "run/students/student.safetensors")]
    [InlineData("student/kd/softened", "describe", "run")]
    [InlineData("report.html", "report", "run")]
    [InlineData("csv/test, ", "evaluate", "run/students/student.safetensors", "--data", "list.csv")]
    [InlineData("test mAP", "measure", "run/students/student.safetensors")]
    public async Task Every_command_takes_label_sets(string expected, params string[] command)
    {
        string[] files = ["list.csv", "preview.png", "packed.safetensors", "run", "run/students/student.safetensors"];
        Assert.True(run.Folder.IsFinished);
        Assert.Contains(expected, await Done([.. command.Select(part => files.Contains(part) ? run[part] : part)]));
    }

    [Theory(Explicit = true)]
    [InlineData("--reject-pictures", "")]
    [InlineData("--calibrate", "list.csv")]
    public async Task What_belongs_to_one_label_is_not_exported(string option, string value)
    {
        var refused = await PupilProcess.Run(["export", Student, option, run[value], "--out", run["refused.onnx"]], [], Stop);
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("several labels a picture", refused.Errors);
        Assert.False(File.Exists(run["refused.onnx"]));
    }

    private static async Task<string> Done(params string[] command)
    {
        var (code, output, errors) = await PupilProcess.Run(command, [], Stop);
        Assert.True(code == 0, $"exit code {code}: {output}{errors}");
        return output;
    }
}
