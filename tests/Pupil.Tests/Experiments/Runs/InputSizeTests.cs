using Pupil.Experiments.Recipes;
using Pupil.Experiments.Runs;
using Pupil.Images.Loading;
using Pupil.Images.Transforms;
using Pupil.Interop.Students;
using Pupil.Networks;
using Pupil.Training;
using static TorchSharp.torch;

namespace Pupil.Tests.Experiments.Runs;

/// <summary>Tests of runs whose network input differs from the stored size.</summary>
public sealed class InputSizeTests
{
    private static readonly Recipe Small = TinyRecipe.Ctkd with
    {
        Data = TinyRecipe.Ctkd.Data with
        {
            Input = new() { Size = 8, Fit = InputFit.CentreCrop },
            Augmentation = new() { Pad = 0, RandomResizedCrop = new() },
        },
    };

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public void Every_network_of_a_run_has_the_input_size_of_the_recipe()
    {
        using var folder = new TemporaryFolder();
        var events = Small.Run(folder, stop: Stop);
        var run = new RunFolder(folder["run"]);
        string expert = Path.Combine(run.Path, events.OfType<ExpertReady>().Single().Expert.File);
        foreach (string file in new[] { run.StudentFile("student"), run.StudentFile("scratch-teacher"), expert })
            Assert.Equal(new ImageShape(3, 8, 8), StudentFile.ReadCard(file).Input);
        var (network, card) = StudentFile.Read(run.LastStudentFile("student"), CPU);
        using (network)
        {
            var batches = Batches.ForEvaluation(Small.Data.Prepare().Test, Evaluation.BatchSize, card.Normalization, CPU, Small.Data.Input);
            Assert.Equal(run.ReadSummary()!.Networks[0].Last.Test, Evaluation.Measure(network, batches));
        }
    }

    [Fact]
    public void An_expert_for_images_of_another_size_reads_the_stored_ones()
    {
        using var folder = new TemporaryFolder();
        TinyRecipe.Supervised.Run(folder, "one", Stop);
        string file = new RunFolder(folder["one"]).StudentFile("student");
        var scaled = Small with { Data = Small.Data with { Input = new() { Size = 8 } }, Expert = new() { File = file } };
        var ready = scaled.Run(folder, "two", Stop).OfType<ExpertReady>().Single();
        // The students' images have 8 pixels, the stored ones 16.
        Assert.Equal(new ExpertImages(16, 16, 16, AreScaled: false), ready.Expert.Images);
        Assert.Equal(new RunFolder(folder["one"]).ReadSummary()!.Networks[0].Best!.Test.Top1, ready.Expert.Test!.Top1);
    }

    [Fact]
    public async Task A_student_is_evaluated_on_images_of_its_size_only()
    {
        using var folder = new TemporaryFolder();
        (Small with { Method = TinyRecipe.Supervised.Method, Expert = null }).Run(folder, stop: Stop);
        var run = new RunFolder(folder["run"]);
        var (code, output, errors) = await PupilProcess.Run(Stop, "evaluate", run.LastStudentFile("student"), "--threads", "1");
        Assert.Equal((0, ""), (code, errors));
        double expected = run.ReadSummary()!.Networks[0].Last.Test.CrossEntropy;
        Assert.Equal(expected, NumbersInText.After("cross-entropy ", output), 1e-4 * Math.Max(1, expected));
        File.WriteAllText(folder["other.jsonc"],
            Pupil.Settings.SettingsWriter.Write(Small with { Data = Small.Data with { Input = null } }));
        (code, _, errors) = await PupilProcess.Run(Stop, "evaluate", run.LastStudentFile("student"), "--recipe", folder["other.jsonc"]);
        Assert.Equal(2, code);
        Assert.Contains("set data.input.size to 8.", errors.ReplaceLineEndings(" "));
    }
}
