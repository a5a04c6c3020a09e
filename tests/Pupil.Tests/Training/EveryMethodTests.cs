using Pupil.Distillation;
using Pupil.Distillation.Methods;
using Pupil.Images;
using Pupil.Interop.Pretrained;
using Pupil.Settings;
using Pupil.Training;

namespace Pupil.Tests.Training;

/// <summary>Properties of every method of the list, also of those added later.</summary>
public sealed class EveryMethodTests
{
    // At its default temperature of 15.6 the divergence of two untrained networks hardly depends on it.
    private static readonly CurriculumTemperatureOptions Curriculum = new() { Start = -3 };

    private static readonly Dictionary<string, MethodOptions> All = MethodCatalogue.BuiltIn
        .Where(type => type != typeof(CombinationOptions))
        .ToDictionary(Variants.NameOf, Default)
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
    internal static TinyTraining Training(string name, int seed = 0) => new()
    {
        Method = All[name],
        Seed = seed,
        Options = new TinyTraining().Options with { Optimizer = new SgdOptions { LearningRate = 0.01, WeightDecay = 0 } },
    };

    [Theory]
    [MemberData(nameof(Methods))]
    public void It_keeps_a_frozen_body(string name)
    {
        var origin = new WeightsOrigin("file", "", 0, 0) { New = ["classifier.weight", "classifier.bias"] };
        using var training = (Training(name) with { Body = new PretrainedBody(origin, 1, FrozenEpochs: 1) }).Start();
        var start = training.Snapshot();
        training.Go(2);
        var end = training.Snapshot();
        string[] body = [.. training.Network().State().Select(entry => $"student/{entry.Key}").Where(key => !key.Contains("classifier"))];
        Assert.Equal(body.Select(key => start[key]), body.Select(key => end[key]));
        // In its own phase, a method may train the body alone.
        if (training.Trainer.PreliminaryEpochs == 0)
            Assert.NotEqual(start, end);
    }

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

    public static TheoryData<string, string, string> Deployed => new(
        from method in All.Keys
        where method != "rocket" // its booster lends layers to a student of its own family
        from name in new[] { "imagenet-mobilenet-v2-0.35", "mobilenet-v3-small", "efficientnet-b0", "efficientnet-lite0",
            "regnet-y-400mf", "vit-tiny-4" }
        from pair in new[] { (Student: name, Expert: "resnet-8"), (Student: "resnet-8", Expert: name) }
        select (method, pair.Student, pair.Expert));

    // One epoch of images of 32×32 pixels.
    [Theory(Explicit = true)]
    [MemberData(nameof(Deployed))]
    public void It_teaches_from_and_to_networks_that_are_deployed(string name, string student, string expert)
    {
        var training = Training(name) with
        {
            Train = ImageSubset.All(TinyTraining.Images(2 * TinyTraining.BatchSize, 1, 32)),
            Students = [("student", student)],
            Expert = expert,
        };
        training = training with { Options = training.Options with { Epochs = 1 } };
        // ReviewKD reads the expert's alone.
        bool lacksReLU = (student.StartsWith("vit", StringComparison.Ordinal) && name != "reviewkd")
            || (expert.StartsWith("vit", StringComparison.Ordinal) && training.Method.NeedsExpert);
        if (lacksReLU && training.Method.Reads.HasFlag(TeacherParts.PreActivations))
        {
            Assert.StartsWith("vit-tiny-4: has no ReLU", Assert.Throws<UserErrorException>(() => training.Start()).Message);
            return;
        }
        using var whole = training.Start();
        var start = whole.Snapshot();
        Assert.NotEmpty(whole.Go());
        var end = whole.Snapshot();
        Assert.NotEqual(start["student/classifier.weight"], end["student/classifier.weight"]);
        Assert.All(whole.Network().State(), entry => Assert.True(entry.Value.isfinite().all().item<bool>(), entry.Key));
    }

    private static List<string> States(TinyTrainer training) =>
        [.. training.Experts.SelectMany(network => network.State().Select(entry => $"{entry.Key} {TinyTrainer.Digest(entry.Value)}"))];
}
