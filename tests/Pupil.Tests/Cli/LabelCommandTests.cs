using Pupil.Images.Formats.Csv;
using Pupil.Tests.Images.Formats.Pictures;
using Pupil.Tests.Interop.Onnx;

namespace Pupil.Tests.Cli;

/// <summary><c>pupil label</c>, as a process of its own.</summary>
public sealed class LabelCommandTests(ToolRun finished)
{
    [Fact]
    public async Task Labels_are_a_list_that_can_be_trained_on()
    {
        using var folder = Pile(12);
        string student = finished.Folder.StudentFile("student");
        var (code, output, errors) = await Run(folder,
            ["label", student, folder["pile"], "--out", folder["labels.csv"], "--threads", "1", "--min-confidence", "0"]);
        Assert.Equal((0, ""), (code, errors));
        Assert.Contains("12 of 12 pictures are labelled", output);
        Assert.False(File.Exists(folder["labels.doubtful.csv"]));
        string[] lines = File.ReadAllLines(folder["labels.csv"]);
        Assert.Equal("path,label,confidence", lines[0]);
        Assert.StartsWith("pile/0.bmp,", lines[1]);
        var listed = new CsvSource { Path = folder["labels.csv"], Size = 16 }.LoadUnlabelled(new() { CacheFolder = folder["cache"] });
        Assert.Equal(12, listed.Count);
    }

    [Fact]
    public async Task A_foreign_model_takes_names_and_doubtful_pictures_are_shown()
    {
        using var folder = Pile(4);
        File.WriteAllText(folder["names.txt"], "a\nb\nc\nd\n");
        string[] command = ["label", OnnxFiles.Path("residual.onnx"), folder["pile"], "--out", folder["labels.csv"], "--threads", "1"];
        var (code, _, errors) = await Run(folder, command);
        Assert.Equal(2, code);
        Assert.Contains("does not give the names of its classes; give them by --classes", errors);
        (code, _, errors) = await Run(folder, [.. command, "--classes", folder["names.txt"]]);
        Assert.Equal(2, code);
        Assert.Contains("takes images of any size; say which by --size", errors);
        command = [.. command, "--classes", folder["names.txt"], "--size", "16"];
        (code, _, errors) = await Run(folder, command);
        Assert.Equal(2, code);
        Assert.Contains("does not give the normalisation", errors);
        command = [.. command, "--normalization", "imagenet"];
        (code, string output, errors) = await Run(folder, [.. command, "--min-confidence", "0.99"]);
        Assert.Equal((0, ""), (code, errors));
        // Random weights are not sure of anything.
        Assert.Contains("0 of 4 pictures are labelled", output);
        Assert.Contains("4 are doubtful", output);
        Assert.Equal(["path,label,confidence"], File.ReadAllLines(folder["labels.csv"]));
        string[] guesses = [.. File.ReadAllLines(folder["labels.doubtful.csv"]).Skip(1)];
        Assert.Equal(4, guesses.Length);
        Assert.All(guesses, line => Assert.Contains(line.Split(',')[1], "abcd"));
        Assert.True(new FileInfo(folder["labels.doubtful.png"]).Length > 1000);

        string student = finished.Folder.StudentFile("student");
        (code, _, errors) = await Run(folder, ["label", student, folder["pile"], "--classes", folder["names.txt"]]);
        Assert.Equal(2, code);
        Assert.Contains("--classes: is for an ONNX model", errors);
        (code, _, errors) = await Run(folder, ["label", student, folder["labels.doubtful.csv"], "--out", folder["labels.doubtful.csv"]]);
        Assert.Equal(2, code);
        Assert.Contains("would be overwritten, but it lists the pictures", errors);
        (code, _, errors) = await Run(folder, ["label", student, folder["nothing"]]);
        Assert.Equal(2, code);
        Assert.NotEqual("", errors);
    }

    private static TemporaryFolder Pile(int count)
    {
        var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["pile"]);
        for (int i = 0; i < count; i++)
            File.WriteAllBytes(folder[$"pile/{i}.bmp"], TinyPictures.Bmp(i, 16, 16));
        return folder;
    }

    private static Task<(int ExitCode, string Output, string Errors)> Run(TemporaryFolder folder, string[] command) => PupilProcess.Run(
        command, new Dictionary<string, string> { ["PUPIL_CACHE"] = folder["cache"] }, TestContext.Current.CancellationToken);
}
