using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using Pupil.Experiments.Recipes;
using Pupil.Experiments.Runs;

namespace Pupil.Tests.Cli;

/// <summary>Tests of the tool as a process: arguments, standard output and error, exit code.</summary>
public sealed class CommandLineTests(ToolRun tool)
{
    private static readonly string[] Tiny =
    [
        "--set", "data.source={\"name\":\"shapes\",\"size\":16,\"train\":60,\"test\":20}", "--set", "data.heldOut=20",
        "--set", "training.epochs=2",
        "--set", "expert.training.epochs=1", "--set", "expert.network=wrn-10-1", "--set", "method.scratchTeacher=wrn-10-1",
        "--threads", "1",
    ];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("--help", "distill")]
    [InlineData("distill --help", "--resume")]
    [InlineData("train --help", "--expert")]
    [InlineData("evaluate --help", "--part")]
    [InlineData("compare --help", "second terminal")]
    [InlineData("info --help", "--size")]
    [InlineData("recipe --help", "schema")]
    [InlineData("recipe show --help", "--source")]
    public Task Every_command_has_help(string arguments, string part) => PupilProcess.AssertExplains(arguments, part, Stop);

    [Theory]
    [InlineData("destill", "Did you mean 'distill'?")]
    [InlineData("distil", "Did you mean 'distill'?")]
    [InlineData("data inf", "Did you mean 'info'?")]
    [InlineData("distill --dat x", "Did you mean '--data'?")]
    [InlineData("train --thread 1", "Did you mean '--threads'?")]
    [InlineData("compare --tread 1", "Did you mean '--threads'?")]
    [InlineData("evaluate x.onnx --prt test", "Did you mean '--part'?")]
    [InlineData("distill cifar10/quik", "Did you mean 'cifar10/quick'?")]
    [InlineData("recipe show --source cifar10/quik", "Did you mean 'cifar10/quick'?")]
    [InlineData("compare cifar10/quik", "Did you mean 'cifar10/quick'?")]
    [InlineData("compare smoke --methods ctkdd", "Did you mean 'ctkd'?")]
    [InlineData("distill --set method=ctdk", "did you mean 'ctkd'?")]
    [InlineData("distill --set students[0].network=resnet-18", "Did you mean 'resnet-20' or 'imagenet-resnet-18'?")]
    [InlineData("distill --set students[0].network=wrn16-1", "Did you mean 'wrn-16-1'?")]
    [InlineData("info mobilnet-v2-0.5", "Did you mean 'mobilenet-v2-0.5'?")]
    [InlineData("info mobilenetv3-small", "Did you mean 'mobilenet-v3-small'?")]
    [InlineData("info efficientnet_lite0", "Did you mean 'efficientnet-lite0'?")]
    [InlineData("info vit-tiny-5", "Did you mean 'vit-tiny-4'?")]
    [InlineData("data get cifar-10", "Did you mean 'cifar10'?")]
    [InlineData("distill --data shaeps", "Did you mean 'shapes'?")]
    [InlineData("distill --epochs 3", "--epochs")]
    [InlineData("distill --threads 0", "--threads")]
    [InlineData("distill --threads 99999999999", "found '99999999999', expected a whole number from 1 to 1024")]
    [InlineData("distill --seed abc", "found 'abc', expected a whole number")]
    [InlineData("info wrn-16-1 --size 1.5", "found '1.5', expected a whole number")]
    [InlineData("distill --device tpu", "tpu")]
    [InlineData("distill no/such.jsonc", "no/such.jsonc")]
    [InlineData("distill nosuch", "cifar10/paper")]
    [InlineData("distill --set training.epoch=3", "did you mean 'epochs'")]
    [InlineData("distill --set training.epochs=many", "many")]
    [InlineData("distill --set students[0].network=wrn-17-1", "wrn-17-1")]
    [InlineData("distill cifar10/quick --data no/such/folder", "no/such/folder: no such folder")]
    [InlineData("distill smoke --resume no/such/run", "--resume")]
    [InlineData("distill --resume no/such/run", "holds no run")]
    [InlineData("evaluate no.safetensors", "no.safetensors")]
    [InlineData("info no/such/thing", "no/such/thing")]
    [InlineData("info wrn-17-1", "6n+4")]
    [InlineData("info wrn-16-1 --classes 1", "from 2 to")]
    [InlineData("recipe show --source mine", "does not come with Pupil")]
    public Task User_errors_are_one_line_with_exit_code_2(string arguments, string part) =>
        PupilProcess.AssertRefuses(arguments, part, Stop);

    [Fact]
    public async Task Full_outputs_end_with_the_reason()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "Only Linux has a disk that is always full.");
        string host = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        string tool = $"'{host}' '{Path.Combine(AppContext.BaseDirectory, "Pupil.Cli.dll")}'";
        const string Reason = "Writing failed: the disk is full; make room or choose another disk.\n";
        Assert.Equal((2, Reason), await Shell($"{tool} recipe list > /dev/full"));
        Assert.Equal((2, ""), await Shell($"{tool} recipe show nosuch 2> /dev/full"));
        Assert.Equal((2, ""), await Shell($"{tool} recipe list > /dev/full 2> /dev/full"));

        static async Task<(int, string)> Shell(string command)
        {
            using var process = Process.Start(new ProcessStartInfo("sh", ["-c", command]) { RedirectStandardError = true })!;
            string errors = await process.StandardError.ReadToEndAsync(Stop);
            await process.WaitForExitAsync(Stop);
            return (process.ExitCode, errors);
        }
    }

    [Fact]
    public async Task Recipes_are_listed_shown_and_described()
    {
        var list = await PupilProcess.Run(Stop, "recipe", "list");
        Assert.All(RecipeBook.Names, name => Assert.Contains(name, list.Output));
        var shown = await PupilProcess.Run(Stop, "recipe", "show", "cifar10/paper", "--set", "preset=released-code", "--seed", "7");
        var recipe = RecipeBook.Parse(shown.Output, "shown");
        Assert.Equal((Preset.ReleasedCode, 7), (recipe.Preset, recipe.Seed));
        var source = await PupilProcess.Run(Stop, "recipe", "show", "--source", "smoke");
        Assert.Equal(RecipeBook.Text("smoke"), source.Output);
        var schema = await PupilProcess.Run(Stop, "recipe", "schema");
        Assert.Equal("object", JsonDocument.Parse(schema.Output).RootElement.GetProperty("type").GetString());
    }

    [Fact]
    public async Task Networks_and_the_machine_are_described()
    {
        var network = await PupilProcess.Run(Stop, "info", "wrn-16-1");
        Assert.Equal(0, network.ExitCode);
        Assert.Contains("175,066", network.Output);
        var machine = await PupilProcess.Run(Stop, "info");
        Assert.Contains("libtorch", machine.Output);
        Assert.Contains("ctkd", machine.Output);
    }

    [Fact]
    public async Task A_run_is_shown_measured_and_not_run_twice()
    {
        using var folder = new TemporaryFolder();
        string[] place = ["--out", folder["run"], "--experts", folder["experts"]];
        var run = await PupilProcess.Run(Stop, ["distill", .. Tiny, .. place]);
        Assert.True(run.ExitCode == 0, run.Errors);
        Assert.Contains("Expert: training expert (wrn-10-1)", run.Output);
        Assert.Contains("epoch 2/2", run.Output);
        Assert.Contains("student.safetensors", run.Output);
        Assert.DoesNotContain("\u001b", run.Output);
        var summary = new RunFolder(folder["run"]).ReadSummary()!;
        string student = new RunFolder(folder["run"]).StudentFile("student");

        var measured = await PupilProcess.Run(Stop, "evaluate", student, "--threads", "1");
        Assert.Equal(100 * summary.Networks[0].Best!.Test.Top1, NumbersInText.After("top-1 ", measured.Output), 0.0051);
        Assert.Contains("20 images", measured.Output);
        Assert.All(new Pupil.Images.Formats.Synthetic.ShapesOptions().Load().Train.Classes, name => Assert.Contains(name, measured.Output));
        Assert.Contains("wrn-10-1", (await PupilProcess.Run(Stop, "info", student)).Output);
        Assert.Contains("scratch-teacher", (await PupilProcess.Run(Stop, "info", folder["run"])).Output);

        Assert.Equal(2, (await PupilProcess.Run(Stop, ["distill", .. Tiny, .. place])).ExitCode);
        Assert.Equal(2, (await PupilProcess.Run(Stop, "distill", "--resume", folder["run"])).ExitCode);

        var quiet = await PupilProcess.Run(Stop, ["train", .. Tiny, "--quiet", "--seed", "1", "--out", folder["alone"]]);
        Assert.Equal((0, ""), (quiet.ExitCode, quiet.Errors));
        Assert.Equal(Path.GetRelativePath(Environment.CurrentDirectory, folder["alone"]) is var near
            && near.StartsWith("..", StringComparison.Ordinal)
            ? folder["alone"] : near, quiet.Output.Trim());
        Assert.Equal("supervised", new RunFolder(folder["alone"]).ReadSummary()!.Method);

        var groups = await PupilProcess.Run(Stop, "info", folder["run"], folder["alone"]);
        Assert.Contains("| ctkd | student (wrn-10-1) | 0 |", groups.Output);
        Assert.Contains("| supervised | student (wrn-10-1) | 1 |", groups.Output);
    }

    [Fact]
    public async Task A_run_with_uneven_classes_shows_balanced_accuracy_and_an_early_end_is_named()
    {
        using var folder = new TemporaryFolder();
        var run = new RunFolder(folder["run"]);
        Directory.CreateDirectory(run.Path);
        File.Copy(tool.Folder.RecipeFile, run.RecipeFile);
        var summary = tool.Folder.ReadSummary()!;
        run.Write(summary with { Networks = [.. summary.Networks.Select(result => With(result, 10, 10))] });
        string even = (await PupilProcess.Run(Stop, "info", run.Path)).Output;
        Assert.DoesNotContain("alanced accuracy", even);
        Assert.DoesNotContain("stopped early", even);

        run.Write(summary with { Epochs = 2, StoppedEarly = true, Networks = [.. summary.Networks.Select(result => With(result, 18, 2))] });
        string uneven = (await PupilProcess.Run(Stop, "info", run.Path)).Output;
        Assert.Contains("Balanced accuracy of student: 25.00 % (mean over classes, which have 2 to 18 test images).", uneven);
        Assert.Contains("2 epochs of 40 images, stopped early", Regex.Replace(uneven, @"\s+", " "));

        static NetworkResult With(NetworkResult result, int large, int small)
        {
            var test = result.Last.Test with { Balanced = 0.25, Classes = [new(1, large), new(0, small), new(0, 0)] };
            return result with { Last = result.Last with { Test = test }, Best = result.Best! with { Test = test } };
        }
    }

    [Fact]
    public async Task Ctrl_C_leaves_a_checkpoint()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no SIGINT to send to a process.");
        using var folder = new TemporaryFolder();
        var run = new RunFolder(folder["run"]);
        using var process = new PupilProcess(["train", .. Tiny, "--set", "training.epochs=500", "--out", run.Path]);
        await process.WaitFor(() => File.Exists(run.CheckpointFile), Stop);
        process.Interrupt();
        var (code, output, _) = await process.End(Stop);
        Assert.Equal(130, code);
        Assert.Contains("--resume", output);
        Assert.False(run.IsFinished);
        var shown = await PupilProcess.Run(Stop, "info", run.Path);
        Assert.Contains("not finished", shown.Output);
    }
}
