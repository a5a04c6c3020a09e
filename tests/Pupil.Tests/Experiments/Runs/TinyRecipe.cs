using Pupil.Distillation.Methods;
using Pupil.Experiments.Recipes;
using Pupil.Experiments.Runs;
using Pupil.Images.Formats.Synthetic;
using Pupil.Interop.Students;
using Pupil.Networks;
using Pupil.Settings;
using Pupil.Training;
using static TorchSharp.torch;

namespace Pupil.Tests.Experiments.Runs;

/// <summary>Experiments that take a second: sixty images of 16×16 pixels, and the smallest wide residual network everywhere.</summary>
internal static class TinyRecipe
{
    private static readonly NetworkSpec Network = new() { Architecture = "wrn-10-1" };

    /// <summary>Three epochs of three steps, the last one short; an expert of one epoch; ten images held out.</summary>
    public static Recipe Ctkd { get; } = new()
    {
        Name = "tiny",
        About = "For tests.",
        Seed = 3,
        Data = new() { Source = new ShapesOptions { Size = 16, Train = 60, Test = 20 }, HeldOut = 20 },
        Expert = new() { Network = Network, Training = Training(1) },
        Method = new CtkdOptions { ScratchTeacher = Network with { Dropout = 0.1 } },
        Students = [new() { Network = Network with { Dropout = 0.1 } }],
        Training = Training(3),
    };

    /// <summary>The same without teachers.</summary>
    public static Recipe Supervised { get; } = Ctkd with { Method = new SupervisedOptions(), Expert = null };

    /// <summary>Runs an experiment in the folder's <c>run</c>, its experts in <c>experts</c>.</summary>
    public static List<RunEvent> Run(this Recipe recipe, TemporaryFolder folder, string run = "run", CancellationToken stop = default) =>
        [.. Experiment.Start(recipe, folder[run], folder["experts"], CPU).Run(stop)];

    /// <summary>Resumes the run.</summary>
    public static List<RunEvent> Resume(TemporaryFolder folder, string run = "run", CancellationToken stop = default) =>
        [.. Experiment.Resume(folder[run], folder["experts"], CPU).Run(stop)];

    /// <summary>Starts or resumes a run, and stops it after a number of events.</summary>
    public static List<RunEvent> RunFor(TemporaryFolder folder, Recipe recipe, int events, string run = "run")
    {
        using var stop = new CancellationTokenSource();
        var found = new List<RunEvent>();
        var experiment = new RunFolder(folder[run]).Exists
            ? Experiment.Resume(folder[run], folder["experts"], CPU)
            : Experiment.Start(recipe, folder[run], folder["experts"], CPU);
        foreach (var happened in experiment.Run(stop.Token))
        {
            found.Add(happened);
            if (found.Count == events)
                stop.Cancel();
        }
        return found;
    }

    /// <summary>Returns the paths of all files of a folder, relative to it.</summary>
    public static IEnumerable<string> Files(string folder) =>
        Directory.EnumerateFiles(folder, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 })
            .Select(file => Path.GetRelativePath(folder, file).Replace('\\', '/')).Order(StringComparer.Ordinal);

    /// <summary>Returns the weights of a student file, without its card.</summary>
    public static float[] Weights(string studentFile)
    {
        var (network, _) = StudentFile.Read(studentFile, CPU);
        using (network)
            return [.. network.State().SelectMany(entry => entry.Value.contiguous().data<float>().ToArray())];
    }

    /// <summary>Asserts that two run folders are equal, apart from times and paths.</summary>
    public static void AssertSame(RunFolder expected, RunFolder found)
    {
        Assert.Equal(Files(expected.Path), Files(found.Path));
        foreach (string file in Files(expected.Path).Where(IsTimeless))
            Assert.True(File.ReadAllBytes(Path.Combine(expected.Path, file)).AsSpan()
                .SequenceEqual(File.ReadAllBytes(Path.Combine(found.Path, file))), $"{file} differs");
        Assert.Equal(expected.ReadEpochs().Select(Timeless), found.ReadEpochs().Select(Timeless));
        Assert.Equal(expected.ReadEpochs().Count, File.ReadLines(found.EpochsFile).Count());
        Assert.Equal(Timeless(expected.ReadSummary()!), Timeless(found.ReadSummary()!));
    }

    private static bool IsTimeless(string file) => file is "recipe.json" or "exhibit.safetensors"
        || file.StartsWith("students/", StringComparison.Ordinal) || file.StartsWith("path/", StringComparison.Ordinal);

    private static string Timeless(EpochRecord record) =>
        SettingsWriter.Write(record with { ImagesPerSecond = 0, TrainingSeconds = 0, EvaluationSeconds = 0 });

    private static string Timeless(RunSummary summary) => SettingsWriter.Write(summary with
    {
        Finished = default,
        TrainingSeconds = 0,
        EvaluationSeconds = 0,
        PeakMemory = 0,
        Expert = summary.Expert is null ? null : Timeless(summary.Expert),
        OtherExperts = [.. summary.OtherExperts.Select(Timeless)],
        Networks = [.. summary.Networks.Select(result => result with { Latency = null })],
    });

    private static ExpertResult Timeless(ExpertResult expert) => expert with { File = Path.GetFileName(expert.File), Latency = null };

    private static TrainingOptions Training(int epochs) => new()
    {
        Epochs = epochs,
        BatchSize = 16,
        Optimizer = new SgdOptions { LearningRate = 0.05 },
        Schedule = new CosineSchedule(),
    };
}
