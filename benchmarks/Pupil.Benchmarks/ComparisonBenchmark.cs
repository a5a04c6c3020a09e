using System.Diagnostics;
using Pupil.Distillation.Methods;
using Pupil.Experiments.Comparisons;
using Pupil.Experiments.Recipes;
using Pupil.Experiments.Runs;
using Pupil.Images.Formats.Synthetic;
using Pupil.Networks;
using Pupil.Settings;
using Pupil.Training;
using static TorchSharp.torch;

namespace Pupil.Benchmarks;

/// <summary>Whole comparisons whose cells train in lock-step and one after the other, alternately. The expert is trained before.</summary>
internal static class ComparisonBenchmark
{
    private static readonly Dictionary<string, string> Works = new()
    {
        ["methods"] = """
            ["kd", "dkd", "dist", "at", "rocket", "ctkd",
              { "name": "at+kd", "set": ["method={\"name\":\"combination\",\"parts\":[{\"method\":\"at\"},{\"method\":\"kd\"}]}"] },
              { "name": "ctkd+kd", "set": ["method={\"name\":\"combination\",\"parts\":[{\"method\":\"ctkd\"},{\"method\":\"kd\"}]}"] }]
            """,
        ["claim"] = """
            ["kd", "dkd", "dist", "at", "ctkd", { "name": "scratch-only", "set": ["method.teachers=scratch-only"] },
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
        int turns = run.Number("--turns", 3), images = run.Number("--images", 2560);
        string folder = Directory.CreateTempSubdirectory("pupil-comparison-").FullName, experts = Path.Combine(folder, "experts");
        try
        {
            var recipe = RecipeOf(images);
            foreach (var _ in Experiment.MakeExpert(recipe, experts, device)) { }
            var rows = new List<object>();
            foreach (string work in run.Text("--works", "methods,claim,one-method").Split(','))
            {
                var plan = PlanOf(recipe, work, folder);
                var (together, apart) = (new List<double>(), new List<double>());
                for (int turn = 0; turn < turns; turn++)
                {
                    together.Add(Time(plan, Path.Combine(folder, $"{work}-together-{turn}"), int.MaxValue));
                    apart.Add(Time(plan, Path.Combine(folder, $"{work}-apart-{turn}"), 1));
                }
                double ratio = BenchmarkRun.Median(together.Zip(apart, (one, many) => one / many));
                Console.WriteLine($"{work,-12} {plan.Cells.Count} cells  together {BenchmarkRun.Median(together),7:0.0} s  apart "
                    + $"{BenchmarkRun.Median(apart),7:0.0} s  {ratio:0.00}");
                rows.Add(new { work, cells = plan.Cells.Count, together, apart, medianRatio = ratio });
            }
            run.Record(new { benchmark = "comparison", environment = RunEnvironment.Now(device), images, turns, rows });
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
        return 0;

        double Time(ComparisonPlan plan, string place, int most)
        {
            var watch = Stopwatch.StartNew();
            var job = ComparisonJob.Open(new ComparisonFolder(place), plan, experts, device, Comparing, most);
            foreach (var _ in job.Run()) { }
            return job.Failures.Count == 0 ? watch.Elapsed.TotalSeconds : throw job.Failures[0].Error;
        }

        // The students alone are a row of the first two works only.
        static bool Comparing(ComparisonCell cell) => cell.RecipeName != "one-method" || cell.Row.Name != Comparison.Alone;
    }

    private static Recipe RecipeOf(int images) => new()
    {
        Data = new() { Source = new ShapesOptions { Size = 32, Train = images + 250, Test = 500 }, HeldOut = 250 },
        Expert = new() { Network = new() { Architecture = "wrn-40-1" }, Training = Training() },
        Method = new CtkdOptions { ScratchTeacher = new() { Architecture = "wrn-40-1" } },
        Students = [new() { Network = new NetworkSpec { Architecture = "wrn-16-1" } }],
        Training = Training(),
    };

    private static TrainingOptions Training() => new() { Epochs = 1, BatchSize = 128, TestEvery = 0 };

    private static ComparisonPlan PlanOf(Recipe recipe, string work, string folder)
    {
        File.WriteAllText(Path.Combine(folder, $"{work}.jsonc"), SettingsWriter.Write(recipe with { Name = work }));
        string file = Path.Combine(folder, $"{work}-compared.jsonc");
        File.WriteAllText(file, $$"""{ "name": "{{work}}", "recipes": ["{{work}}.jsonc"], "seeds": [0], "rows": {{Works[work]}} }""");
        return ComparisonBook.Read(file);
    }
}
