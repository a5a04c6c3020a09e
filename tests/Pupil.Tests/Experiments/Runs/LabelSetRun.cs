using Pupil.Distillation.Methods;
using Pupil.Experiments.Recipes;
using Pupil.Experiments.Runs;
using Pupil.Images.Formats.Csv;
using Pupil.Images.Transforms;
using Pupil.Networks;
using Pupil.Tests.Experiments.Runs;
using Pupil.Tests.Images.Formats.Pictures;
using Pupil.Training;

[assembly: AssemblyFixture(typeof(LabelSetRun))]

namespace Pupil.Tests.Experiments.Runs;

/// <summary>
/// A run on pictures with several labels each, made when the first test needs it: collaborative teaching with distillation.
/// </summary>
public sealed class LabelSetRun : IDisposable
{
    private static readonly NetworkSpec Network = new() { Architecture = "wrn-10-1" };

    private readonly TemporaryFolder _folder = new();
    private readonly Lazy<IReadOnlyList<RunEvent>> _events;

    public LabelSetRun() => _events = new(() => RecipeFor(FormPictures.Write(_folder, 60)).Run(_folder));

    public IReadOnlyList<RunEvent> Events => _events.Value;

    public RunFolder Folder => Events.Count > 0 ? new(_folder["run"]) : throw new InvalidOperationException("Nothing happened.");

    public string this[string file] => _folder[file];

    public void Dispose() => _folder.Dispose();

    /// <summary>Two epochs with an expert of one epoch; fifteen pictures held out.</summary>
    public static Recipe RecipeFor(string list) => new()
    {
        Name = "forms",
        Data = new()
        {
            Source = new CsvSource { Path = list, Size = 16 },
            HeldOut = 15,
            Augmentation = new Augmentation { Pad = 2, Mixing = new Mixing { CutMix = 1, Probability = 0.5 } },
        },
        Expert = new() { Network = Network, Training = Training(1) },
        Method = new CombinationOptions
        {
            Parts = [new() { Method = new CtkdOptions { ScratchTeacher = Network } }, new() { Method = new KdOptions() }],
        },
        Students = [new() { Network = Network }, new() { Name = "alone", Network = Network, Taught = false }],
        Training = Training(2) with { ClassWeights = Pupil.Images.ClassWeights.SquareRoot, LabelSmoothing = 0.05 },
    };

    private static TrainingOptions Training(int epochs) => new()
    {
        Epochs = epochs,
        BatchSize = 16,
        Optimizer = new SgdOptions { LearningRate = 0.02 },
        Schedule = new CosineSchedule(),
        RestartOnDivergence = true,
    };
}
