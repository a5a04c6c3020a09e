using Pupil.Tests.Images.Formats.Pictures;

namespace Pupil.Tests.Cli;

/// <summary><c>pupil evaluate</c> on a folder of pictures, as a process of its own.</summary>
public sealed class EvaluateCommandTests(ToolRun finished)
{
    [Fact]
    public async Task A_flat_folder_is_measured_whole_and_its_classes_by_name()
    {
        using var folder = new TemporaryFolder();
        string[] classes = [.. Pupil.Images.Formats.Synthetic.Outline.Names.Take(2)];
        foreach (var (at, name) in classes.Index())
        {
            Directory.CreateDirectory(folder[$"pictures/{name}"]);
            for (int i = 0; i < 3; i++)
                File.WriteAllBytes(folder[$"pictures/{name}/{i}.bmp"], TinyPictures.Bmp(10 * at + i, 16, 16));
        }
        string[] command =
        [
            "evaluate", finished.Folder.StudentFile("student"), "--data", folder["pictures"], "--set", "data.input.size=16",
            "--threads", "1",
        ];
        var cache = new Dictionary<string, string> { ["PUPIL_CACHE"] = folder["cache"] };
        var (code, output, errors) = await PupilProcess.Run(command, cache, TestContext.Current.CancellationToken);
        Assert.Equal((0, ""), (code, errors));
        Assert.Contains("No test part: all images are measured.", output);
        Assert.Contains("folder/test, 6 images: top-1", output);
        Assert.Contains("Without an image here: ", output);
        Directory.Move(folder[$"pictures/{classes[1]}"], folder["pictures/unknown"]);
        var refused = await PupilProcess.Run(command, cache, TestContext.Current.CancellationToken);
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("the class 'unknown', which the network does not know", refused.Errors);
    }
}
