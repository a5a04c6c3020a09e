using System.Diagnostics;
using System.Globalization;
using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Pupil.Experiments.Runs;
using Pupil.Inference;
using Pupil.Interop.Onnx;
using Pupil.LibTorch;
using Pupil.Networks;
using Pupil.Networks.Families;

namespace Pupil.Benchmarks;

/// <summary>
/// Images per second beside other computing programs, by the way in which threads wait for each other. One process for each way runs in
/// turn, on an idle machine and beside one and two busy processes.
/// </summary>
internal static class BusyNeighbourBenchmark
{
    private const int WarmUp = 1;
    private const double MostOthers = 0.1;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(12), Pause = TimeSpan.FromSeconds(0.3);

    public static int Run(string[] arguments)
    {
        var run = new BenchmarkRun(arguments);
        if (run.Text("--role", "") == "neighbour")
            return KeepACoreBusy();
        string work = run.Text("--work", "ctkd-step");
        int threads = run.Number("--threads", 2);
        if (run.Text("--role", "") == "worker")
            return Serve(work, threads, run.Text("--setting", ""));

        string[] settings = run.Text("--settings", "pupil,GOMP_SPINCOUNT=300000").Split(',');
        var results = new List<object>();
        foreach (int neighbours in run.Text("--neighbours", "0,1,2").Split(',')
            .Select(count => int.Parse(count, CultureInfo.InvariantCulture)))
        {
            var found = Measure(work, settings, threads, neighbours, run.Number("--rounds", 5));
            foreach (var (setting, rates) in found)
            {
                double[] ratios = [.. rates.Zip(found[settings[0]], (own, first) => first > 0 ? own / first : 0)];
                double rate = BenchmarkRun.Median(rates), ratio = BenchmarkRun.Median(ratios);
                Console.WriteLine($"{neighbours} busy  {setting,-40} {rate,8:0.0} images/s  {ratio:0.000} of the first");
                results.Add(new { neighbours, setting, medianImagesPerSecond = rate, medianRatioOfPairs = ratio, imagesPerSecond = rates });
            }
        }
        var environment = RunEnvironment.Now(Compute.Prepare(DeviceChoice.Cpu));
        run.Record(new { benchmark = "busy-neighbour", work, threads, environment, results });
        return 0;
    }

    private static Dictionary<string, List<double>> Measure(string work, string[] settings, int threads, int neighbours, int rounds)
    {
        var rates = settings.ToDictionary(setting => setting, _ => new List<double>());
        var workers = settings.ToDictionary(setting => setting, setting => Worker(work, setting, threads));
        List<OwnProcess> busy = [];
        try
        {
            foreach (var worker in workers.Values)
                worker.Request("ready", TimeSpan.FromMinutes(1));
            busy.AddRange(Enumerable.Range(0, neighbours).Select(_ => new OwnProcess(["busy-neighbour", "--role", "neighbour"], [])));
            for (int round = 0; round < rounds; round++)
            {
                foreach (string setting in settings)
                {
                    bool works = workers.TryGetValue(setting, out var worker);
                    rates[setting].Add(works ? Undisturbed(worker!, [.. workers.Values, .. busy]) : 0);
                }
                // A worker without a result will have none later either, and would only disturb the others.
                foreach (string setting in settings.Where(setting => rates[setting][^1] == 0 && workers.ContainsKey(setting)))
                {
                    workers[setting].Dispose();
                    workers.Remove(setting);
                }
            }
        }
        finally
        {
            foreach (var process in busy.Concat(workers.Values))
                process.Dispose();
        }
        return rates;
    }

    // Images per second; 0 if there were none in all that time. Repeats measurements that other programs on the machine disturbed.
    private static double Undisturbed(OwnProcess worker, IReadOnlyList<OwnProcess> own)
    {
        while (true)
        {
            // The threads of the worker before spin for a while; they should sleep first.
            Thread.Sleep(Pause);
            var load = new OtherLoad(() => own.Sum(process => process.ProcessorSeconds) + Environment.CpuUsage.TotalTime.TotalSeconds);
            if (OtherLoad.IsKnown)
                load.Measure();
            string? rate = worker.Request("go", Patience);
            double others = OtherLoad.IsKnown ? load.Measure().Others : 0;
            if (others > MostOthers)
                Console.WriteLine($"others took {others:0.00} cores: again");
            else
                return rate is null ? 0 : double.Parse(rate, CultureInfo.InvariantCulture);
            if (rate is null)
                return 0;
        }
    }

    private static OwnProcess Worker(string work, string setting, int threads)
    {
        bool isEnvironment = work == "ctkd-step" && setting.Contains('=', StringComparison.Ordinal);
        KeyValuePair<string, string>[] environment =
            isEnvironment ? [KeyValuePair.Create(setting.Split('=')[0], setting.Split('=')[1])] : [];
        string[] arguments =
        [
            "busy-neighbour", "--role", "worker", "--work", work, "--threads", $"{threads}", "--setting", isEnvironment ? "" : setting,
        ];
        return new OwnProcess(arguments, environment);
    }

    private static int KeepACoreBusy()
    {
        // Ends with the process that started it.
        new Thread(() =>
        {
            while (Console.In.Read() >= 0)
                continue;
            Environment.Exit(0);
        })
        { IsBackground = true }.Start();
        double number = 1;
        while (number > 0)
            number = Math.Sqrt(number) + 1;
        return 0;
    }

    // Works once for each input line, and writes the images per second.
    private static int Serve(string work, int threads, string setting)
    {
        using var ours = work == "ctkd-step" ? new StepWork(threads) : null;
        using var onnx = work == "ctkd-step" ? null
            : new OnnxWork(int.Parse(work["onnx-".Length..], CultureInfo.InvariantCulture), threads, setting);
        Func<double> measure = ours is not null ? ours.Measure : onnx!.Measure;
        for (int i = 0; i < WarmUp; i++)
            measure();
        while (Console.ReadLine() is not null)
            Console.WriteLine(measure().ToString(CultureInfo.InvariantCulture));
        return 0;
    }

    private sealed class StepWork : IDisposable
    {
        private readonly Training.Trainer _trainer;
        private readonly IEnumerator<object> _steps;

        public StepWork(int threads)
        {
            _trainer = CtkdTraining.CreateTrainer(60, Compute.Prepare(DeviceChoice.Cpu, threads));
            _steps = _trainer.Run().GetEnumerator();
        }

        public double Measure()
        {
            var watch = Stopwatch.StartNew();
            _steps.MoveNext();
            return CtkdTraining.BatchSize / watch.Elapsed.TotalSeconds;
        }

        public void Dispose()
        {
            _steps.Dispose();
            _trainer.Dispose();
        }
    }

    // An exported student, run for a second with a number of images at once.
    private sealed class OnnxWork : IDisposable
    {
        private readonly int _batch;
        private readonly InferenceSession _session;
        private readonly NamedOnnxValue _input;

        public OnnxWork(int batch, int threads, string setting)
        {
            _batch = batch;
            using var network = NetworkCatalogue.Build(new NetworkSpec { Architecture = "wrn-16-2" },
                new ImageShape(3, CtkdTraining.Side, CtkdTraining.Side), 10, role: "student");
            network.eval();
            var card = new ModelCard
            {
                Network = "wrn-16-2",
                Classes = [.. Enumerable.Range(0, 10).Select(i => $"class {i}")],
                Channels = 3,
                Height = CtkdTraining.Side,
                Width = CtkdTraining.Side,
                Mean = [0.5, 0.5, 0.5],
                Deviation = [0.25, 0.25, 0.25],
                Size = CtkdTraining.Side,
            };
            var entries = setting.Split('+')
                .Where(entry => entry.Contains('=', StringComparison.Ordinal))
                .Select(entry => (entry.Split('=')[0], entry.Split('=')[1]));
            _session = OnnxSession.Open(OnnxModel.OfNetwork(network, card).ToByteArray(), threads, [.. entries]);
            var zeros = new DenseTensor<float>([batch, 3, CtkdTraining.Side, CtkdTraining.Side]);
            _input = NamedOnnxValue.CreateFromTensor(_session.InputNames[0], zeros);
        }

        public double Measure()
        {
            var watch = Stopwatch.StartNew();
            int runs = 0;
            while (watch.Elapsed.TotalSeconds < 1)
            {
                _session.Run([_input]).Dispose();
                runs++;
            }
            return runs * _batch / watch.Elapsed.TotalSeconds;
        }

        public void Dispose() => _session.Dispose();
    }
}
