using System.Text.Json;
using Pupil.Core;
using Pupil.Inference;
using Pupil.Tests.Inference;

namespace Pupil.Tests.Cli;

/// <summary><c>pupil export</c> and <c>pupil predict</c>, as processes of their own.</summary>
public sealed class ExportCommandTests(ToolRun finished)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("float32")]
    [InlineData("float16", "--softmax")]
    [InlineData("int8", "--pictures")]
    public async Task A_student_is_exported_as_a_model_that_takes_pictures(string precision, params string[] more)
    {
        using var folder = new TemporaryFolder();
        string model = folder["student.onnx"];
        var export = await PupilProcess.Run(
            ["export", finished.Folder.StudentFile("student"), "--precision", precision, "--out", model, .. more], [], Stop);
        Assert.Equal((0, ""), (export.ExitCode, export.Errors));
        Assert.Contains("of the classes as the network's", export.Output);
        using (var classifier = new PictureClassifier(model))
            Assert.Equal((precision, more.Contains("--pictures"), more.Contains("--softmax")),
                (classifier.Card.Precision, classifier.Card.TakesPictures, classifier.Card.GivesProbabilities));

        File.WriteAllBytes(folder["whole.png"], PictureClassifierTests.Picture(40, 60));
        File.WriteAllText(folder["broken.png"], "no picture");
        // The loader lists the libraries that it opens; libtorch must not be among them.
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
    public async Task A_model_is_as_good_as_the_student_and_describes_itself()
    {
        using var folder = new TemporaryFolder();
        string student = finished.Folder.StudentFile("student"), model = folder["student.onnx"], recipe = finished.Folder.RecipeFile;
        Assert.Equal(0, (await PupilProcess.Run(["export", student, "--out", model], [], Stop)).ExitCode);
        string expected = (await PupilProcess.Run(["evaluate", student], [], Stop)).Output;
        var (code, output, errors) = await PupilProcess.Run(["evaluate", model, "--recipe", recipe], [], Stop);
        Assert.Equal((0, ""), (code, errors));
        Assert.StartsWith($"{model}\nshapes/test, 20 images: ", output);
        // ONNX Runtime rounds differently from libtorch, so one of the twenty images may change its class.
        foreach (string accuracy in new[] { "top-1 ", "top-5 " })
            Assert.Equal(NumbersInText.After(accuracy, expected), NumbersInText.After(accuracy, output), 5.01);
        double entropy = NumbersInText.After("cross-entropy ", expected);
        Assert.Equal(entropy, NumbersInText.After("cross-entropy ", output), 1e-4 * Math.Max(1, entropy));
        Assert.Contains($"the file {student} has it", await Said("evaluate", student, "--normalization", "imagenet"));

        var described = await PupilProcess.Run(["describe", model, "--svg", folder["model.svg"]], [], Stop);
        Assert.Equal((0, ""), (described.ExitCode, described.Errors));
        Assert.Contains("Pupil 0.1.0, operator set 17", described.Output);
        Assert.Contains("stage3", described.Output);
        Assert.DoesNotContain("does not give the normalisation", described.Output);
        Assert.True(File.Exists(folder["model.svg"]));
    }

    [Fact(Explicit = true)]
    public async Task A_foreign_model_is_described_and_measured()
    {
        string file = Interop.Onnx.OnnxFiles.Path("residual-fixed.onnx");
        var (code, output, errors) = await PupilProcess.Run(["describe", file], [], Stop);
        Assert.Equal((0, ""), (code, errors));
        string[] parts =
        [
            "pytorch 1.13.0, operator set 9", "pixels: Float, 1×3×16×16", "/layer2/Relu_1", "12×8×8",
            "does not give the normalisation", "562,240",
        ];
        foreach (string said in parts)
            Assert.Contains(said, output);
        Assert.Contains("has a fixed size of 16×16", await Said("describe", file, "--size", "32"));
        Assert.Contains("--normalization", await Said("evaluate", file, "--recipe", "smoke", "--set", "data.source.size=16"));
        Assert.Contains("no output of 10 numbers",
            await Said("evaluate", file, "--recipe", "smoke", "--set", "data.source.size=16", "--normalization", "imagenet"));

        var measured = await PupilProcess.Run(["measure", Interop.Onnx.OnnxFiles.Path("residual.onnx"), "--json"], [], Stop);
        var measure = JsonDocument.Parse(measured.Output).RootElement;
        Assert.Equal((8024, 4 * (562_240 - 64) + 64),
            (measure.GetProperty("Parameters").GetInt32(), measure.GetProperty("MultiplyAdds").GetInt32()));
    }

    [Fact]
    public async Task Models_are_measured_and_held_to_limits()
    {
        using var folder = new TemporaryFolder();
        string student = finished.Folder.StudentFile("student"), model = folder["student.onnx"];
        Assert.Equal(0, (await PupilProcess.Run(["export", student, "--out", model], [], Stop)).ExitCode);
        var (code, output, errors) = await PupilProcess.Run(["measure", student, model, "--json"], [], Stop);
        Assert.Equal((0, ""), (code, errors));
        var measures = output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonDocument.Parse(line).RootElement)
            .ToList();
        Assert.Equal([student, model], measures.Select(measure => measure.GetProperty("File").GetString()));
        var costs = measures
            .Select(measure => (measure.GetProperty("Parameters").GetInt64(), measure.GetProperty("MultiplyAdds").GetInt64()));
        Assert.Single(costs.Distinct());
        Assert.All(measures, measure =>
        {
            Assert.True(measure.GetProperty("Parameters").GetInt64() > 70_000);
            Assert.InRange(measure.GetProperty("PeakMemory").GetInt64(), 20_000_000, 4_000_000_000);
            Assert.Equal([1, 32], measure.GetProperty("OneThread").EnumerateArray()
                .Select(latency => latency.GetProperty("Batch").GetInt32()));
            Assert.All(measure.GetProperty("AllThreads").EnumerateArray(), latency =>
                Assert.True(latency.GetProperty("Median").GetDouble() > 0));
        });
        Assert.Equal(new FileInfo(model).Length, measures[1].GetProperty("Bytes").GetInt64());

        var gate = await PupilProcess.Run(["measure", model, "--max-size", "1", "--max-latency", "100000"], [], Stop);
        Assert.Equal(3, gate.ExitCode);
        Assert.Contains("over 1 kB", gate.Errors);
        Assert.Contains("float32, ONNX Runtime", gate.Output.ReplaceLineEndings(" "));
        Assert.Contains("found no such file", await Said("measure", folder["missing.onnx"]));
    }

    [Theory]
    [InlineData("--max-latency", "0,0001")]
    [InlineData("--max-latency", "NaN")]
    [InlineData("--max-size", "Infinity")]
    [InlineData("--max-size", "1,000")]
    public async Task A_limit_that_is_no_number_is_refused(string option, string value)
    {
        // In this language, a decimal comma is usual: 0,5.
        var (code, _, errors) = await PupilProcess.Run(
            ["measure", "missing.onnx", option, value], new() { ["LANG"] = "de_DE.UTF-8", ["LC_ALL"] = "de_DE.UTF-8" }, Stop);
        Assert.Equal(2, code);
        Assert.Contains($"{option}: found '{value}', expected a number over 0", errors);
    }

    [Fact]
    public async Task Other_pictures_and_a_temperature_are_given_on_the_command_line()
    {
        using var folder = new TemporaryFolder();
        string student = finished.Folder.StudentFile("student"), model = folder["student.onnx"];
        Directory.CreateDirectory(folder["others"]);
        foreach (int i in Enumerable.Range(0, 4))
            File.WriteAllBytes(folder[$"others/{i}.png"], PictureClassifierTests.Picture(20 + i, 30));
        var export = await PupilProcess.Run(["export", student, "--out", model, "--calibrate", finished.Folder.RecipeFile,
            "--reject-pictures", folder["others"], "--false-accept", "0"], [], Stop);
        Assert.Equal((2, true), (export.ExitCode, export.Errors.Contains(finished.Folder.RecipeFile)));

        export = await PupilProcess.Run(
            ["export", student, "--out", model, "--reject-pictures", folder["others"], "--false-accept", "0"], [], Stop);
        Assert.Equal((0, ""), (export.ExitCode, export.Errors));
        Assert.Contains("That accepts 0.00 % of 4 other pictures", export.Output.ReplaceLineEndings(" "));
        var predict = await PupilProcess.Run(["predict", model, folder["others"]], [], Stop);
        Assert.Equal((0, 4), (predict.ExitCode, predict.Output.Split("none of these").Length - 1));

        Assert.Contains("--false-accept: is a share of the pictures of --reject-pictures or --reject-classes",
            await Said("export", student, "--false-accept", "0.1"));
        Assert.Contains("--reject-classes: the recipe leaves no class out", await Said("export", student, "--reject-classes"));
    }

    [Fact]
    public async Task An_app_runs_the_model_with_three_lines()
    {
        Assert.SkipWhen(RealData.RepositoryFolder is null, "The sample is not here.");
        using var folder = new TemporaryFolder();
        Assert.Equal(0, (await PupilProcess.Run(
            ["export", finished.Folder.StudentFile("student"), "--pictures", "--out", folder["student.onnx"]], [], Stop)).ExitCode);
        File.WriteAllBytes(folder["picture.png"], PictureClassifierTests.Picture(50, 40));
        string sample = Path.Combine(RealData.RepositoryFolder!, "samples", "Classify", "bin", "Release", "net10.0", "Classify.dll");
        string host = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        string[] arguments = [sample, folder["student.onnx"], folder["picture.png"]];
        using var app = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo(host, arguments)
        {
            RedirectStandardOutput = true,
        })!;
        string answer = await app.StandardOutput.ReadToEndAsync(Stop);
        await app.WaitForExitAsync(Stop);
        using var classifier = new PictureClassifier(folder["student.onnx"]);
        var best = classifier.Classify(folder["picture.png"])[0];
        Assert.StartsWith($"{best.Class} ", answer);
        Assert.EndsWith("%", answer.TrimEnd());
        Assert.Equal(100 * best.Probability, NumbersInText.After($"{best.Class} ", answer), 0.051);
    }

    [Fact]
    public async Task Models_and_pictures_that_fail_are_refused()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["text.onnx"], "no model");
        Directory.CreateDirectory(folder["empty"]);
        Assert.Contains("found no", await Said("export", folder["missing.safetensors"]));
        Assert.Contains("lies in no run folder",
            await Said("export", CopyOf(finished.Folder.StudentFile("student"), folder["alone.safetensors"])));
        Assert.Contains("gives logits that are not finite",
            await Said("export", WithNaN(folder["nan.safetensors"]), "--recipe", finished.Folder.RecipeFile, "--precision", "int8"));
        Assert.Contains("cannot open it", await Said("predict", folder["text.onnx"], folder["empty"]));
        Assert.Contains("its folder does not exist",
            await Said("export", finished.Folder.StudentFile("student"), "--out", folder["no/such/x.onnx"]));
    }

    [Fact]
    public async Task A_student_is_tuned_in_8_bits_by_the_expert_of_its_run()
    {
        using var folder = new TemporaryFolder();
        string student = finished.Folder.StudentFile("student"), model = folder["student.onnx"];
        // Errors may say that one of the twenty test images is lost.
        var (code, output, _) = await PupilProcess.Run(
            ["export", student, "--precision", "int8", "--tune", "--tune-epochs", "2", "--out", model], [], Stop);
        Assert.Equal(0, code);
        Assert.Contains("2 epochs of 40 training images, taught by the run's expert wrn-10-1; 20 other images choose the epoch.", output);
        Assert.Contains("epoch 2/2  held-out: int8 ", output);
        Assert.Matches("Tuned in 8 bits: .* calibrated alone: .* in float32: ", output);
        using (var classifier = new PictureClassifier(model))
            Assert.Equal(output.Contains("The tuned model is written."), classifier.Card.Tuning is not null);

        Assert.Contains("--tune: fine-tunes a student for an ONNX model", await Said("export", student, "--tune", "--out", model));
        Assert.Contains("found without --tune", await Said("export", student, "--precision", "int8", "--tune-rate", "0.1", "--out", model));
        string[] tune = ["--precision", "int8", "--tune", "--out", folder["none.onnx"]];
        Directory.CreateDirectory(folder["run/students"]);
        string alone = CopyOf(student, folder["run/students/student.safetensors"]);
        Assert.Contains("lies in no run folder", await Said(["export", alone, .. tune]));
        CopyOf(finished.Folder.RecipeFile, folder["run/recipe.json"]);
        string said = await Said(["export", alone, .. tune]);
        Assert.Contains("is missing; expected the expert that taught the student", said);
        Assert.Contains("--set expert.file=FILE names it.", said);
        Assert.False(File.Exists(folder["none.onnx"]));
    }

    private string WithNaN(string path)
    {
        using var student = SafeTensors.Read(finished.Folder.StudentFile("student"));
        student.Tensors.Values.First(tensor => tensor.is_floating_point()).fill_(float.NaN);
        SafeTensors.Write(path, student.Tensors, student.Metadata);
        return path;
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
