using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.Json.Serialization;
using Pupil.Core;
using Pupil.Networks;
using Pupil.Processes;
using Pupil.Training.Computing;
using TorchSharp;

namespace Pupil.Experiments.Runs;

/// <summary>The software and machine with which a run was started or resumed.</summary>
public sealed record RunEnvironment
{
    /// <summary>The time of the start, in universal time.</summary>
    public required DateTimeOffset Started { get; init; }

    /// <summary>The command line.</summary>
    public required string Command { get; init; }

    /// <summary>Pupil's version, with the commit it was built from.</summary>
    public required string Pupil { get; init; }

    /// <summary>TorchSharp's version.</summary>
    public required string TorchSharp { get; init; }

    /// <summary>libtorch's version.</summary>
    public required string LibTorch { get; init; }

    /// <summary>The .NET runtime.</summary>
    public required string Runtime { get; init; }

    /// <summary>The operating system.</summary>
    public required string System { get; init; }

    /// <summary>The processor, with family, model and stepping where the system tells them.</summary>
    public required string Processor { get; init; }

    /// <summary>Its vector instruction sets, such as <c>avx2 fma avx512f</c>; null in older records.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Instructions { get; init; }

    /// <summary>The number of cores that the process may use.</summary>
    public required int Cores { get; init; }

    /// <summary>The number of threads that libtorch computes with.</summary>
    public required int Threads { get; init; }

    /// <summary>What computes the networks on the processor, for example <c>own, 512-bit vectors</c>; null in older records.</summary>
    public string? Kernels { get; init; }

    /// <summary>
    /// True if the run trained in lock-step with others of its process; its times then include the work that another one did for it. Null:
    /// it trained by itself.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? Lockstep { get; init; }

    /// <summary>The precision of the training's steps; null: <c>float32</c>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Precision { get; init; }

    /// <summary>The number of processes that trained together; null: one.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Processes { get; init; }

    /// <summary>The library that moved their data, for example <c>Open MPI v4.1.4</c>; null with one process.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Mpi { get; init; }

    /// <summary><c>cpu</c> or <c>cuda</c>.</summary>
    public required string Device { get; init; }

    /// <summary>The folder of the experts, relative to the run folder; null for an expert's own run.</summary>
    public string? Experts { get; init; }

    /// <summary>Describes this process at this moment.</summary>
    /// <param name="device">The device that computes.</param>
    /// <param name="precision">The precision of a training.</param>
    internal static RunEnvironment Now(torch.Device device, Precision precision = Training.Computing.Precision.Float32) => new()
    {
        Started = DateTimeOffset.UtcNow,
        Command = string.Join(' ', ["pupil", .. Environment.GetCommandLineArgs().Skip(1)]),
        Pupil = VersionOf(typeof(RunEnvironment).Assembly),
        TorchSharp = VersionOf(typeof(torch).Assembly),
        LibTorch = torch.__version__,
        Runtime = RuntimeInformation.FrameworkDescription,
        System = RuntimeInformation.OSDescription,
        Processor = ProcessorModel.Here.Name,
        Instructions = string.Join(' ', ProcessorModel.Here.Instructions),
        Cores = Environment.ProcessorCount,
        Threads = torch.get_num_threads(),
        Kernels = ConvolutionalNetwork.Kernels,
        Precision = precision == Training.Computing.Precision.Float32 ? null : SingleProcess.In(precision, device).Precision,
        Processes = ProcessGroups.Current.Size > 1 ? ProcessGroups.Current.Size : null,
        Mpi = ProcessGroups.Current.Library,
        Device = device.type == DeviceType.CUDA ? "cuda" : "cpu",
    };

    /// <summary>Returns the informational version of an assembly.</summary>
    internal static string VersionOf(Assembly assembly) =>
        assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion
            ?? assembly.GetName().Version?.ToString() ?? "";
}
