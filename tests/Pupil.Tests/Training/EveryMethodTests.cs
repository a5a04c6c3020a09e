using System.Reflection;
using System.Text.Json.Serialization;
using Pupil.Distillation;
using Pupil.Distillation.Methods;
using Pupil.Training;

namespace Pupil.Tests.Training;

/// <summary>Properties of every method of the list, also of those added later.</summary>
public sealed class EveryMethodTests
{
    // At its default temperature of 15.6 the divergence of two untrained networks hardly depends on it.
    private static readonly CurriculumTemperatureOptions Curriculum = new() { Start = -3 };

    private static readonly Dictionary<string, MethodOptions> All = typeof(MethodOptions).GetCustomAttributes<JsonDerivedTypeAttribute>()
        .ToDictionary(entry => (string)entry.TypeDiscriminator!, entry => Default(entry.DerivedType))
        .Append(new("combination of adapters", new CombinationOptions
        {
            Parts =
            [
                new() { Method = new FitNetsOptions { PreliminaryEpochs = 1 } }, new() { Method = Curriculum, Weight = 0.5 },
                new() { Method = new DmlOptions() }, new() { Method = new VidOptions() },
            ],
        }))
        .ToDictionary(entry => entry.Key, entry => TinyTraining.Small(entry.Value));

    private static MethodOptions Default(Type type) =>
        type == Curriculum.GetType() ? Curriculum : (MethodOptions)Activator.CreateInstance(type)!;

    public static TheoryData<string> Methods => [.. All.Keys];

    // Without decay only a gradient changes a weight.
    private static TinyTraining Training(string name, int seed = 0) => new()
    {
        Method = All[name],
        Seed = seed,
        Options = new TinyTraining().Options with { Optimizer = new SgdOptions { LearningRate = 0.01, WeightDecay = 0 } },
    };

    [Theory]
    [MemberData(nameof(Methods))]
    public void It_trains_the_student_and_its_modules_keeps_the_expert_and_resumes_after_a_stop(string name)
    {
        using var whole = Training(name).Start();
        All[name].Check();
        var (start, experts) = (whole.Snapshot(), States(whole));
        var expected = whole.Trainer.Run().Select(TinyTraining.Timeless).ToList();

        var end = whole.Snapshot();
        Assert.Equal(4 * whole.Trainer.Epochs, expected.Count);
        Assert.Equal(experts, States(whole));
        foreach (var (extra, module) in whole.Trainer.Extras)
        {
            // A convolution's bias before a norm changes by rounding, if at all.
            var all = module.named_parameters().ToList();
            var weights = all.Where(entry => entry.parameter.ndim > 1).ToList();
            Assert.All(weights.Count > 0 ? weights : all, entry =>
                Assert.NotEqual(start[$"{extra}/{entry.name}"], end[$"{extra}/{entry.name}"]));
        }
        using (var plain = new TinyTraining().Start())
            Assert.Equal(plain.Network().State().Select(entry => entry.Key).Order(), whole.Network().State().Select(entry => entry.Key)
                .Order());

        using var folder = new TemporaryFolder();
        int stop = expected.Count - 3;
        using (var stopped = Training(name).Start())
        {
            Assert.Equal(expected.Take(stop), stopped.Trainer.Run().Take(stop).Select(TinyTraining.Timeless));
            Checkpoint.Write(folder["checkpoint"], stopped.Trainer, new Dictionary<string, string>());
        }
        using var resumed = Training(name).Start();
        Checkpoint.Read(folder["checkpoint"], resumed.Trainer);
        Assert.Equal(expected.Skip(stop), resumed.Trainer.Run().Select(TinyTraining.Timeless));
        Assert.Equal(end, resumed.Snapshot());
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void The_modules_beside_the_student_depend_on_the_seed(string name)
    {
        using var one = Training(name, seed: 1).Start();
        using var same = Training(name, seed: 1).Start();
        using var other = Training(name, seed: 2).Start();

        Assert.Equal(one.Snapshot(), same.Snapshot());
        var (mine, others) = (one.Snapshot(), other.Snapshot());
        foreach (var (extra, module) in one.Trainer.Extras)
        {
            foreach (var (weight, _) in module.named_parameters().Where(entry => entry.parameter.ndim > 1))
                Assert.NotEqual(mine[$"{extra}/{weight}"], others[$"{extra}/{weight}"]);
        }
    }

    private static List<string> States(TinyTrainer training) =>
        [.. training.Experts.SelectMany(network => network.State().Select(entry => $"{entry.Key} {TinyTrainer.Digest(entry.Value)}"))];
}
