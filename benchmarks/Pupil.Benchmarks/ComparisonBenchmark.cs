using System.Diagnostics;
using Pupil.Distillation;
using Pupil.Distillation.Methods;
using Pupil.Experiments.Recipes;
using Pupil.Experiments.Runs;
using Pupil.Images;
using Pupil.Images.Formats.Synthetic;
using Pupil.Images.Loading;
using Pupil.Networks;
using Pupil.Networks.Families;
using Pupil.Settings;
using Pupil.Training;
using Pupil.Training.Computing;
using static TorchSharp.torch;

namespace Pupil.Benchmarks;

/// <summary>
/// Steps of all cells of a comparison, in lock-step and each by itself, alternately. Experts are untrained; their values do not matter.
/// </summary>
internal static class ComparisonBenchmark
{
    private const int WarmUp = 2, BatchSize = 128;

    private static readonly Dictionary<string, string> Works = new()
    {
        ["methods"] = """
            ["alone", "kd", "dkd", "dist", "at", "rocket", "ctkd",
              { "name": "at+kd", "set": ["method={\"name\":\"combination\",\"parts\":[{\"method\":\"at\"},{\"method\":\"kd\"}]}"] },
              { "name": "ctkd+kd", "set": ["method={\"name\":\"combination\",\"parts\":[{\"method\":\"ctkd\"},{\"method\":\"kd\"}]}"] }]
            """,
        ["claim"] = """
            ["alone", "kd", "dkd", "dist", "at", "ctkd", { "name": "scratch-only", "set": ["method.teachers=scratch-only"] },
              { "name": "at+kd", "set": ["method={\"name\":\"combination\",\"parts\":[{\"method\":\"at\"},{\"method\":\"kd\"}]}"] },
              { "name": "ctkd+kd", "set": ["method={\"name\":\"combination\",\"parts\":[{\"method\":\"ctkd\"},{\"method\":\"kd\"}]}"] }]
            """,
        ["one-method"] = """
            [{ "name": "gamma=0.01", "set": ["method.gamma=0.01"] }, { "name": "gamma=0.03", "set": ["method.gamma=0.03"] },
              { "name": "gamma=0.1", "set": ["method.gamma=0.1"] }, { "name": "gamma=0.3", "set": ["method.gamma=0.3"] }]
            """,
    };

    public static int Run(string[] arguments)
    {
        var run = new BenchmarkRun(arguments);
        var device = Compute.Prepare(DeviceChoice.Cpu, run.Number("--threads", 2));
        int steps = run.Number("--steps", 11);
        var recipe = RecipeOf((steps + WarmUp + 1) * BatchSize);
        var data = recipe.Data.Prepare();
        var network = NetworkCatalogue.Build(recipe.Expert!.Network, data.InputShape, data.Splits.Train.Classes.Count);
        using var expert = new Expert(network, data.Normalization, data.Normalization);
        var rows = new List<object>();
        foreach (string work in run.Text("--works", "methods,claim,one-method").Split(','))
        {
            // A comparison has the student alone as a row; four values of one option are compared with each other.
            var cells = PlanOf(recipe, work).Cells.Where(cell => work != "one-method" || cell.Row.Name != Comparison.Alone).ToList();
            using var shared = new SharedWork();
            var apart = cells.Select(cell => Trainer(cell, data, expert, device, null)).ToList();
            var together = cells.Select(cell => Trainer(cell, data, expert, device, shared)).ToList();
            var (one, many) = (Measure(together), Measure(apart));
            var (togetherSeconds, apartSeconds) = (new List<double>(), new List<double>());
            for (int step = -WarmUp; step < steps; step++)
            {
                double seconds = one(), others = many();
                if (step < 0)
                    continue;
                togetherSeconds.Add(seconds);
                apartSeconds.Add(others);
            }
            foreach (var trainer in together.Concat(apart))
                trainer.Dispose();
            double ratio = BenchmarkRun.Median(togetherSeconds.Zip(apartSeconds, (first, second) => first / second));
            Console.WriteLine($"{work,-12} {cells.Count} cells  together {1e3 * BenchmarkRun.Median(togetherSeconds),7:0} ms  apart "
                + $"{1e3 * BenchmarkRun.Median(apartSeconds),7:0} ms  {ratio:0.00}");
            rows.Add(new { work, cells = cells.Count, together = togetherSeconds, apart = apartSeconds, medianRatio = ratio });
        }
        run.Record(new { benchmark = "comparison", environment = RunEnvironment.Now(device), steps, rows });
        return 0;
    }

    // Returns the seconds of one step of all trainings, one after the other.
    private static Func<double> Measure(IReadOnlyList<Trainer> trainers)
    {
        var records = trainers.Select(trainer => trainer.Run().GetEnumerator()).ToList();
        return () =>
        {
            var watch = Stopwatch.StartNew();
            foreach (var record in records)
                record.MoveNext();
            return watch.Elapsed.TotalSeconds;
        };
    }

    private static Trainer Trainer(ComparisonCell cell, PreparedData data, Expert expert, Device device, SharedWork? shared)
    {
        var recipe = cell.Settings;
        var share = shared?.Join(new RunFolder(Path.Combine("nowhere", cell.Path)), recipe, Train, SingleProcess.Instance);
        var test = data.ForEvaluation(data.Test, data.Normalization, device);
        var experts = recipe.ExpertsRead.ToDictionary(options => options.Name, _ => expert);
        var classrooms = Classrooms.FromRecipe(recipe, data, device, experts, null, share);
        var trainer = new Trainer(
            classrooms, new TrainingData(share?.Batches ?? Train(), null, test), recipe.Training, recipe.Seed, share?.Execution);
        share?.Begin(trainer);
        return trainer;

        IBatchSource Train() => Batches.ForTraining(
            data.Train, BatchSize, data.Normalization, device, recipe.Data.Augmentation, recipe.Seed, data.Input);
    }

    private static Recipe RecipeOf(int images)
    {
        var training = new TrainingOptions { Epochs = 1, BatchSize = BatchSize, Optimizer = new SgdOptions { LearningRate = 0.01 } };
        return new()
        {
            Data = new() { Source = new ShapesOptions { Size = 32, Train = images, Test = 100 } },
            Expert = new() { Network = new() { Architecture = "wrn-40-1" }, Training = training },
            Method = new CtkdOptions { ScratchTeacher = new() { Architecture = "wrn-40-1" } },
            Students = [new() { Network = new NetworkSpec { Architecture = "wrn-16-1" } }],
            Training = training,
        };
    }

    private static ComparisonPlan PlanOf(Recipe recipe, string work)
    {
        string folder = Directory.CreateTempSubdirectory("pupil-comparison-").FullName;
        try
        {
            File.WriteAllText(Path.Combine(folder, "pair.jsonc"), SettingsWriter.Write(recipe with { Name = "pair" }));
            string file = Path.Combine(folder, "comparison.jsonc");
            File.WriteAllText(file, $$"""{ "name": "{{work}}", "recipes": ["pair.jsonc"], "seeds": [0], "rows": {{Works[work]}} }""");
            return ComparisonBook.Read(file);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
