using System.Diagnostics;
using System.Globalization;
using System.Text;
using Pupil.Distillation;
using Pupil.Experiments.Runs;
using Pupil.Networks;
using Pupil.Training.Computing;
using static TorchSharp.torch;

namespace Pupil.Benchmarks;

/// <summary>Where the time of the CTKD step goes, by Pupil's kernels and by libtorch's, alternately; also as a chart.</summary>
internal static class PhasesBenchmark
{
    private const int WarmUp = 3;

    private static readonly (string Name, string Color)[] Phases =
    [
        ("expert, forward", "#9aa7b8"), ("scratch teacher, forward", "#5b8dd6"), ("scratch teacher, backward", "#2c5fa8"),
        ("student, forward", "#f0a95b"), ("student, backward", "#c9741c"), ("losses, batch, optimizer", "#b9b9b9"),
    ];

    public static int Run(string[] arguments)
    {
        var run = new BenchmarkRun(arguments);
        var device = Compute.Prepare(DeviceChoice.Cpu, run.Number("--threads", 2));
        int steps = run.Number("--steps", 15);
        var rows = new[] { "libtorch's kernels", "Pupil's kernels" }.ToDictionary(name => name, _ => new List<double[]>());
        var execution = new TimedExecution();
        using var trainer = CtkdTraining.CreateTrainer(TimedWork.Ctkd, 2 * (steps + WarmUp) + 1, device, execution, out var expert);
        using var records = trainer.Run().GetEnumerator();
        for (int step = -WarmUp; step < steps; step++)
        {
            foreach (var (name, times) in rows)
            {
                foreach (var network in trainer.Networks.Select(named => named.Network).Append(expert!))
                    ((ConvolutionalNetwork)network).UsesModules = name.StartsWith("libtorch", StringComparison.Ordinal);
                execution.Start();
                var watch = Stopwatch.StartNew();
                records.MoveNext();
                if (step >= 0)
                    times.Add(execution.Phases(watch.Elapsed.TotalSeconds, trainer.Networks[1].Network));
            }
        }
        var medians = rows.ToDictionary(row => row.Key,
            row => Phases.Select((_, i) => BenchmarkRun.Median(row.Value.Select(times => times[i]))).ToArray());
        foreach (var (name, times) in medians)
            Console.WriteLine($"{name,-20} {string.Join("  ", Phases.Zip(times, (phase, time) => $"{phase.Name} {1e3 * time:0} ms"))}");
        if (run.Text("--chart", "") is { Length: > 0 } chart)
            File.WriteAllText(chart, Chart(medians));
        run.Record(new
        {
            benchmark = "phases",
            environment = RunEnvironment.Now(device),
            steps,
            phases = Phases.Select(phase => phase.Name),
            medians,
            rows,
        });
        return 0;
    }

    private static string Chart(Dictionary<string, double[]> medians)
    {
        const int Left = 150, Width = 600, Bar = 34, Gap = 16;
        double scale = Width / medians.Values.Max(times => times.Sum());
        var svg = new StringBuilder(FormattableString.Invariant(
            $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Left + Width + 90} {medians.Count * (Bar + Gap) + 76}\" "));
        svg.Append("font-family=\"sans-serif\" font-size=\"13\">\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n");
        int top = Gap;
        foreach (var (name, times) in medians)
        {
            Text(8, top + 22, name);
            double left = Left;
            foreach (var (time, phase) in times.Zip(Phases))
            {
                svg.Append(FormattableString.Invariant(
                    $"<rect x=\"{left:0.0}\" y=\"{top}\" width=\"{scale * time:0.0}\" height=\"{Bar}\" fill=\"{phase.Color}\">"));
                svg.Append(FormattableString.Invariant($"<title>{phase.Name}: {1e3 * time:0} ms</title></rect>\n"));
                left += scale * time;
            }
            Text(left + 6, top + 22, FormattableString.Invariant($"{1e3 * times.Sum():0} ms"));
            top += Bar + Gap;
        }
        for (int i = 0; i < Phases.Length; i++)
        {
            int x = Left + i % 3 * 200, y = top + 8 + i / 3 * 24;
            svg.Append(FormattableString.Invariant($"<rect x=\"{x}\" y=\"{y}\" width=\"14\" height=\"14\" fill=\"{Phases[i].Color}\"/>\n"));
            Text(x + 20, y + 12, Phases[i].Name);
        }
        return svg.Append("</svg>\n").ToString();

        void Text(double x, double y, string text) => svg.Append(string.Create(CultureInfo.InvariantCulture,
            $"<text x=\"{x:0.0}\" y=\"{y:0.0}\" fill=\"#222\">{text}</text>\n"));
    }

    // Times forward passes by network, and the two backward passes by their order.
    private sealed class TimedExecution : Execution
    {
        private readonly SingleProcess _process = SingleProcess.Instance;
        private readonly Dictionary<object, double> _forward = [];
        private readonly List<double> _backward = [];

        public void Start()
        {
            _forward.Clear();
            _backward.Clear();
        }

        public double[] Phases(double seconds, Network scratchTeacher)
        {
            double expert = _forward.Single(entry => entry.Key is Expert).Value, scratch = _forward[scratchTeacher];
            double student = _forward.Single(entry => entry.Key is Network network && network != scratchTeacher).Value;
            double rest = seconds - expert - scratch - student - _backward[0] - _backward[1];
            return [expert, scratch, _backward[0], student, _backward[1], rest];
        }

        public override NetworkOutput Forward(Network network, Tensor images) => Timed(network, () => _process.Forward(network, images));

        public override NetworkOutput Forward(Expert expert, Tensor images) => Timed(expert, () => _process.Forward(expert, images));

        public override void Backward(Tensor loss, IReadOnlyList<Tensor> parameters)
        {
            var watch = Stopwatch.StartNew();
            _process.Backward(loss, parameters);
            _backward.Add(watch.Elapsed.TotalSeconds);
        }

        private NetworkOutput Timed(object network, Func<NetworkOutput> forward)
        {
            var watch = Stopwatch.StartNew();
            var output = forward();
            _forward[network] = watch.Elapsed.TotalSeconds;
            return output;
        }
    }
}
