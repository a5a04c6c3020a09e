using Pupil.Experiments.Runs;
using Pupil.Tests.Images.Formats.Pictures;

namespace Pupil.Tests.Cli;

/// <summary>What the tool advises after a refusal works.</summary>
public sealed class RefusedRunTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_comparison_with_a_broken_picture_takes_the_advised_option_too()
    {
        using var folder = new TemporaryFolder();
        Pictures(folder);
        File.WriteAllText(folder["data/dark/broken.png"], "no picture");
        string[] command =
        [
            "compare", "--data", folder["data"], "--out", folder["comparison"], "--methods", "kd", "--seeds", "0", "--only", "alone",
            "--set", "training.epochs=1",
            "--set", "students[0].network=wrn-10-1", "--threads", "1",
        ];
        var cache = new Dictionary<string, string> { ["PUPIL_CACHE"] = folder["cache"] };
        var refused = await PupilProcess.Run(command, cache, Stop);
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("--skip-broken", refused.Errors);
        var done = await PupilProcess.Run([.. command, "--skip-broken"], cache, Stop);
        Assert.True(done.ExitCode == 0, done.Output + done.Errors);
    }

    [Fact]
    public async Task A_broken_picture_is_left_out_by_the_advised_option_in_the_same_folder()
    {
        using var folder = new TemporaryFolder();
        Pictures(folder);
        File.WriteAllText(folder["data/dark/broken.png"], "no picture");
        string[] command =
        [
            "train", "--data", folder["data"], "--out", folder["run"], "--set", "training.epochs=1",
            "--set", "students[0].network=wrn-10-1", "--threads", "1",
        ];
        var cache = new Dictionary<string, string> { ["PUPIL_CACHE"] = folder["cache"] };
        var refused = await PupilProcess.Run(command, cache, Stop);
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("--skip-broken", refused.Errors);
        Assert.False(Directory.Exists(folder["run"]));
        var done = await PupilProcess.Run([.. command, "--skip-broken"], cache, Stop);
        Assert.True(done.ExitCode == 0, done.Errors);
        Assert.Equal(1, new RunFolder(folder["run"]).ReadSummary()!.LeftOut);
        // What 'pupil data info' warns of is said before the training.
        Assert.Contains("Warning: test: has only ", done.Output);
        Assert.Contains("Warning: train: 1 class has a single image: 'rare'.", done.Output);
        Assert.DoesNotContain("± 0.0", done.Output);
        Assert.Contains("(95 % interval of ", done.Output);
    }

    [Theory]
    [InlineData("--student-weights", "missing.pth", "there is no such file, expected one that torch.save wrote")]
    [InlineData("--expert-weights", "model.onnx", "found an ONNX model, expected a student file, a PyTorch file or safetensors")]
    public async Task Weights_that_cannot_be_read_are_refused(string option, string file, string message)
    {
        using var folder = new TemporaryFolder();
        var refused = await PupilProcess.Run(["distill", "smoke", option, folder[file], "--out", folder["run"]], [], Stop);
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains($"{folder[file]}: {message}", refused.Errors);
        Assert.False(Directory.Exists(folder["run"]));
    }

    [Fact]
    public async Task Weights_are_given_beside_other_values_of_theirs()
    {
        Assert.SkipWhen(RealData.RepositoryFolder is null, "The kept folders are not here.");
        using var folder = new TemporaryFolder();
        string student = Path.Combine(RealData.RepositoryFolder!, "tests", "Pupil.Tests", "Cli", "KeptFolders", "v0.1", "run", "students",
            "student.safetensors");
        string[] tiny =
        [
            "data.source.size=16", "data.source.train=64", "data.source.test=16", "data.heldOut=0", "training.epochs=1",
            "training.earlyStopping=null", "students[0].network=resnet-8", "students[0].weights.bodyRate=0.5",
        ];
        string[] command = ["train", "smoke", "--student-weights", student, "--out", folder["run"], "--threads", "1"];
        var (code, output, errors) = await PupilProcess.Run([.. command, .. tiny.SelectMany(value => new[] { "--set", value })], [], Stop);
        Assert.True(code == 0, errors);
        Assert.Contains(" tensors from student.safetensors", output);
        Assert.Equal((student, 0.5), new RunFolder(folder["run"]).ReadRecipe().Students[0].Weights is { } weights
            ? (weights.File, weights.BodyRate) : default);
    }

    [Fact]
    public async Task A_training_without_a_teacher_takes_no_weights_of_an_expert()
    {
        var refused = await PupilProcess.Run(["train", "smoke", "--expert-weights", "x.pth"], [], Stop);
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("--expert-weights: found in a training without a teacher", refused.Errors);
    }

    [Fact]
    public async Task A_picture_that_breaks_after_the_start_of_a_run_is_restored_or_left_out_of_a_new_run()
    {
        using var folder = new TemporaryFolder();
        Pictures(folder);
        string[] settings =
        [
            "--data", folder["data"], "--set", "training.epochs=400", "--set", "data.source.size=16",
            "--set", "students[0].network=wrn-10-1", "--threads", "1", "--quiet",
        ];
        var cache = new Dictionary<string, string> { ["PUPIL_CACHE"] = folder["cache"] };
        var run = new RunFolder(folder["run"]);
        using (var killed = new PupilProcess(["train", "--out", run.Path, .. settings], cache))
        {
            await killed.WaitFor(() => File.Exists(run.CheckpointFile), Stop);
            await killed.Kill(Stop);
        }
        byte[] picture = File.ReadAllBytes(folder["data/dark/3.bmp"]);
        File.WriteAllText(folder["data/dark/3.bmp"], "no picture");
        var refused = await PupilProcess.Run(["train", "--resume", run.Path], cache, Stop);
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("dark/3.bmp", refused.Errors);
        Assert.Contains("restore them as they were, or start a new run. --skip-broken", refused.Errors);
        // What is advised works: the new run, and the old one with the picture back in its place.
        using (var fresh = new PupilProcess(["train", "--out", folder["new"], "--skip-broken", .. settings], cache))
            await fresh.WaitFor(() => File.Exists(new RunFolder(folder["new"]).CheckpointFile), Stop);
        File.WriteAllBytes(folder["data/dark/3.bmp"], picture);
        int before = run.ReadEpochs().Count;
        using var resumed = new PupilProcess(["train", "--resume", run.Path], cache);
        await resumed.WaitFor(() => Epochs() > before, Stop);

        // The file may be replaced while it is read.
        int Epochs()
        {
            try { return run.ReadEpochs().Count; }
            catch (IOException) { return 0; }
        }
    }

    [Fact(Explicit = true)]
    public async Task The_file_of_a_trained_expert_is_evaluated_exported_and_measured_as_any_student_file()
    {
        using var folder = new TemporaryFolder();
        string[] tiny =
        [
            "--set", "data.source={\"name\":\"shapes\",\"size\":16,\"train\":60,\"test\":20}", "--set", "data.heldOut=20",
            "--set", "expert.training.epochs=1", "--set", "expert.network=wrn-10-1", "--threads", "1",
        ];
        var made = await PupilProcess.Run(Stop, ["train", "--expert", "--experts", folder["experts"], .. tiny]);
        Assert.True(made.ExitCode == 0, made.Errors);
        string file = Path.Combine(Directory.GetDirectories(folder["experts"]).Single(), "students", "expert.safetensors");
        Assert.Contains(Path.GetFileName(file), made.Output);
        await AssertDone("evaluate", file);
        await AssertDone("info", file);
        await AssertDone("measure", file);
        await AssertDone("describe", file);
        await AssertDone("export", file, "--out", folder["expert.onnx"]);
        await AssertDone(["evaluate", folder["expert.onnx"], "--recipe", "smoke", .. tiny[..4]]);
        await AssertDone(["distill", "--set", $"expert.file={file}", "--out", folder["run"], "--set", "training.epochs=1",
            "--set", "method.scratchTeacher=wrn-10-1", "--set", "students[0].network=wrn-10-1", .. tiny[..4], "--threads", "1"]);
    }

    private static async Task AssertDone(params string[] arguments)
    {
        var (code, output, errors) = await PupilProcess.Run(Stop, arguments);
        Assert.True(code == 0, $"{string.Join(' ', arguments)}: {code}\n{output}{errors}");
    }

    private static void Pictures(TemporaryFolder folder)
    {
        var random = new Random(1);
        foreach (var (name, count, level) in new[] { ("dark", 10, 40), ("light", 10, 200), ("rare", 1, 120) })
        {
            Directory.CreateDirectory(folder[$"data/{name}"]);
            for (int i = 0; i < count; i++)
            {
                byte[] pixels = new byte[16 * 16 * 3];
                for (int at = 0; at < pixels.Length; at++)
                    pixels[at] = (byte)(level + random.Next(-40, 40));
                File.WriteAllBytes(folder[$"data/{name}/{i}.bmp"], TinyPictures.Bmp(pixels, 16, 16));
            }
        }
    }
}
