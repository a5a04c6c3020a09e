using Pupil.Distillation.Methods;
using Pupil.Experiments.Exporting;
using Pupil.Experiments.Recipes;
using Pupil.Experiments.Runs;
using Pupil.Images;
using Pupil.Images.Formats.Synthetic;
using Pupil.Images.Transforms;
using Pupil.Inference;
using Pupil.Interop.Students;
using Pupil.Networks;
using Pupil.Networks.Families;
using Pupil.Tests.Experiments.Runs;
using Pupil.Training;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Pupil.Tests.Experiments.Exporting;

/// <summary>Tests of the tuning of students in simulated 8 bits.</summary>
public sealed class IntegerTuningTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData("resnet-8", 12)]
    [InlineData("mobilenet-v2-0.25", 4, Explicit = true)]
    public void A_student_that_loses_in_8_bits_regains_by_tuning(string architecture, int contrast)
    {
        using var folder = new TemporaryFolder();
        var (student, recipe, data) = Fragile(folder, architecture, contrast);
        using var tuned = Tuned(student, recipe, data, new TuningOptions { Epochs = 40 });
        var options = new OnnxOptions { Precision = OnnxPrecision.Int8, GivesProbabilities = true, Tuned = tuned };
        var result = OnnxExport.Write(folder["student.onnx"], student, options, recipe.Data.Source, data);
        var tuning = result.Tuning!;
        output.WriteLine($"{tuning}");
        Assert.Equal((1, 1), (tuning.Student.Selecting, tuning.Student.Test));
        Assert.True(tuning.Calibrated.Test < 0.9);
        Assert.True(tuning.Tuned.Test > tuning.Calibrated.Test + 0.25 * (1 - tuning.Calibrated.Test));
        Assert.True(tuning.IsTuned);
        Assert.Equal("the student in float32", tuning.Teacher);
        Assert.Equal(tuning.Tuned.Test, result.ModelScore);
        using var classifier = new PictureClassifier(folder["student.onnx"]);
        Assert.Equal(new ModelTuning(tuning.Teacher, tuned.Epochs, 1, tuning.Calibrated.Test, tuning.Tuned.Test), classifier.Card.Tuning);
        // The network as it is tuned gives the accuracy of the model; few images lie between two classes.
        var simulated = Evaluation.Measure(tuned.Network, data.ForEvaluation(data.Test, data.Normalization, CPU));
        Assert.Equal(tuning.Tuned.Test, simulated.Top1, 3.01 / data.Test.Count);
    }

    [Fact]
    public void The_calibrated_model_stays_where_tuning_gains_nothing()
    {
        using var folder = new TemporaryFolder();
        var (student, recipe, data) = Fragile(folder, "resnet-8", contrast: 1);
        using var tuned = Tuned(student, recipe, data, new TuningOptions { Epochs = 1, LearningRate = 0.5 });
        var plain = new OnnxOptions { Precision = OnnxPrecision.Int8 };
        OnnxExport.Write(folder["calibrated.onnx"], student, plain, recipe.Data.Source, data);
        var result = OnnxExport.Write(folder["tuned.onnx"], student, plain with { Tuned = tuned }, recipe.Data.Source, data);
        Assert.False(result.Tuning!.IsTuned);
        Assert.Equal(File.ReadAllBytes(folder["calibrated.onnx"]), File.ReadAllBytes(folder["tuned.onnx"]));
    }

    [Fact]
    public void Tuning_depends_on_the_seed_alone_and_a_stop_leaves_nothing()
    {
        using var folder = new TemporaryFolder();
        var (student, recipe, data) = Fragile(folder, "resnet-8", contrast: 12);
        float[] first = Weights(recipe), second = Weights(recipe), other = Weights(recipe with { Seed = 1 });
        Assert.Equal(first, second);
        Assert.NotEqual(first, other);

        using var stop = new CancellationTokenSource();
        var tuning = new IntegerTuning(student, recipe, data, new TuningOptions());
        foreach (var step in tuning.Run(stop.Token))
        {
            if (step is Progressed)
                stop.Cancel();
        }
        Assert.Null(tuning.Result);
        Assert.Equal(["students/student.safetensors"], TinyRecipe.Files(folder.FullPath));

        float[] Weights(Recipe recipe)
        {
            using var tuned = Tuned(student, recipe, data, new TuningOptions { Epochs = 2 });
            return [.. tuned.Network.State().SelectMany(entry => entry.Value.contiguous().data<float>().ToArray())];
        }
    }

    [Fact]
    public void The_expert_of_the_run_teaches_a_student_that_it_taught()
    {
        using var folder = new TemporaryFolder();
        var recipe = TinyRecipe.Ctkd with
        {
            Method = new KdOptions(),
            Students = [TinyRecipe.Ctkd.Students[0], TinyRecipe.Ctkd.Students[0] with { Name = "alone", Taught = false }],
            Training = TinyRecipe.Ctkd.Training with { Epochs = 1 },
        };
        recipe.Run(folder, stop: TestContext.Current.CancellationToken);
        var run = new RunFolder(folder["run"]);
        var data = recipe.Data.Prepare();
        var started = Started("student");
        Assert.Equal(("the run's expert wrn-10-1", 40, 20), (started.Teacher, started.Images, started.Selecting));
        Assert.Equal("the student in float32", Started("alone").Teacher);
        // Without a held-out part, a tenth of the training images choose the epoch.
        var without = recipe with { Data = recipe.Data with { HeldOut = 0 }, Method = new SupervisedOptions() };
        var own = Started("alone", without, without.Data.Prepare());
        Assert.Equal((54, 6), (own.Images, own.Selecting));

        Directory.Delete(folder["experts"], recursive: true);
        var missing = Assert.Throws<UserErrorException>(() => Started("student"));
        Assert.Contains("is missing; expected the expert that taught the student", missing.Message);
        Assert.IsType<ExpertMissing>(missing.Cause);
        var set = data.Splits.Train;
        var renamed = set.WithClasses([.. set.Classes.Select(name => $"another {name}")], set.AllLabels);
        var others = Assert.Throws<UserErrorException>(() =>
            Started("alone", images: data with { Splits = data.Splits with { Train = renamed } }));
        Assert.Contains("expected the same, since it is tuned on them", others.Message);
        var (network, card) = StudentFile.Read(run.StudentFile("alone"), CPU);
        using (network)
            StudentFile.Write(run.StudentFile("several"), network, card with { Labelling = Labelling.Several });
        Assert.Contains("with several labels a picture", Assert.Throws<UserErrorException>(() => Started("several")).Message);

        TuningStarted Started(string name, Recipe? own = null, PreparedData? images = null) => (TuningStarted)
            new IntegerTuning(run.StudentFile(name), own ?? recipe, images ?? data, new TuningOptions()).Run(default).First();
    }

    private static TunedStudent Tuned(string student, Recipe recipe, PreparedData data, TuningOptions options)
    {
        var tuning = new IntegerTuning(student, recipe, data, options);
        foreach (var _ in tuning.Run(TestContext.Current.CancellationToken))
        {
        }
        return tuning.Result!;
    }

    // An untrained student whose classes are, by definition, right. All images have little contrast, except for one training image, whose
    // values make the ranges of all maps wide: the other images have few steps in 8 bits.
    private static (string Student, Recipe Recipe, PreparedData Data) Fragile(
        TemporaryFolder folder, string architecture, int contrast)
    {
        var recipe = TinyRecipe.Supervised with
        {
            Data = new() { Source = new ShapesOptions { Size = 16, Train = 60, Test = 10 }, Augmentation = Augmentation.None },
            Training = TinyRecipe.Supervised.Training with { BatchSize = 20 },
        };
        var splits = recipe.Data.Source.Load();
        splits = splits with { Train = Flattened(splits.Train, except: 0), Test = Flattened(splits.Test, except: -1) };
        var data = recipe.Data.Prepare(splits);
        int classes = splits.Train.Classes.Count;
        using var network = NetworkCatalogue.Build(new NetworkSpec { Architecture = architecture }, data.InputShape, classes, seed: 5);
        LetImagesMatter(network, data);
        string student = folder["students/student.safetensors"];
        Directory.CreateDirectory(folder["students"]);
        StudentFile.Write(student, network, new StudentCard
        {
            Network = network.Spec,
            Input = network.Input,
            Classes = splits.Train.Classes,
            Normalization = data.Normalization,
        });
        // The same images everywhere: what an untrained network does with others cannot be learned from these.
        var all = Labelled(data.Train);
        return (student, recipe, data with { Train = all, HeldOut = all, Test = all });

        ImageSubset Labelled(ImageSubset part)
        {
            var logits = LogitTable.FromNetwork(network, data.ForEvaluation(part, data.Normalization, CPU)).Logits;
            int[] labels = [.. logits.Select(row => Array.IndexOf(row, row.Max()))];
            return part with { Set = part.Set.WithClasses(part.Set.Classes, ImageLabels.OfOne(labels)) };
        }

        ImageSet Flattened(ImageSet set, int except)
        {
            byte[] pixels = [.. Enumerable.Range(0, set.Count).SelectMany(i => set.Image(i).ToArray()
                .Select(value => i == except ? value : (byte)(128 + (value - 128) / contrast)))];
            return new ImageSet(set.Name, pixels, set.Labels, set.Classes, set.Height, set.Width, set.Channels);
        }
    }

    // Gives the batch-norms the statistics of the images, every class about as many of them, and the logits a deviation of 5.
    private static void LetImagesMatter(Network network, PreparedData data)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var images = data.ForEvaluation(data.Train, data.Normalization, CPU).Get(1, 0).Images;
        foreach (var norm in network.modules().OfType<BatchNorm2d>())
            norm.momentum = 0.5;
        network.train();
        for (int step = 0; step < 8; step++)
            network.call(images);
        network.eval();
        var state = network.State().ToDictionary();
        var logits = network.call(images).Logits;
        state["classifier.bias"].sub_(logits.mean([0]));
        foreach (string part in new[] { "weight", "bias" })
            state[$"classifier.{part}"].mul_(5 / logits.std([0]).mean());
    }
}
