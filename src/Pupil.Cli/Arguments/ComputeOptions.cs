using System.CommandLine;
using System.Globalization;
using Pupil.Cli.Display;
using Pupil.Experiments.Runs;
using Pupil.Processes;
using TorchSharp;

namespace Pupil.Cli.Arguments;

/// <summary>The options of all commands that compute.</summary>
internal sealed class ComputeOptions
{
    private readonly Option<DeviceChoice> _device = new("--device")
    {
        Description = "The device: auto (a CUDA GPU if there is one), cpu or cuda.",
        HelpName = "auto|cpu|cuda",
    };

    private readonly Option<int?> _threads = NumberOption.Whole(
        "--threads", "Number of threads. Default: one for each core. The same number gives the same bits.", "N", 1, 1024);

    public ComputeOptions(Command command)
    {
        command.Options.Add(_device);
        command.Options.Add(_threads);
    }

    /// <summary>Returns the options that are on the command line, as they are written there.</summary>
    public IEnumerable<string> Given(ParseResult parsed) =>
    [
        .. parsed.GetResult(_device) is { Implicit: false } ? ["--device", parsed.GetValue(_device).ToString().ToLowerInvariant()]
            : Array.Empty<string>(),
        .. ThreadsIn(parsed) is int threads ? ["--threads", threads.ToString(CultureInfo.InvariantCulture)] : Array.Empty<string>(),
    ];

    /// <summary>Returns the number of threads on the command line; null: none.</summary>
    public int? ThreadsIn(ParseResult parsed) => parsed.GetValue(_threads);

    /// <summary>Prepares libtorch, and returns the device.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="threads">The number of threads if the command line gives none.</param>
    public torch.Device Prepare(ParseResult parsed, int? threads = null) =>
        Compute.Prepare(parsed.GetValue(_device), parsed.GetValue(_threads) ?? threads ?? OfLauncher(), Output.Aside);

    // The processes of a machine share its cores. A launcher that binds each to cores of its own leaves fewer to see.
    // All have the number of the smallest: some sums of libtorch depend on it.
    private static int? OfLauncher()
    {
        var group = ProcessGroups.Current;
        if (group.Size == 1)
            return null;
        int part = CoresOfMachine() / (Launcher.ProcessesHere(Environment.GetEnvironmentVariable) ?? group.Size);
        int own = Math.Max(1, Math.Min(Environment.ProcessorCount, part));
        return group.Gather(BitConverter.GetBytes(own)).Min(bytes => BitConverter.ToInt32(bytes));
    }

    private static int CoresOfMachine()
    {
        const string Online = "/proc/cpuinfo";
        int found = File.Exists(Online) ? File.ReadLines(Online).Count(line => line.StartsWith("processor", StringComparison.Ordinal)) : 0;
        return Math.Max(found, Environment.ProcessorCount);
    }
}
