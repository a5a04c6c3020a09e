using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Pupil.Core;

/// <summary>The model of a processor, and those of its instruction sets that decide how sums are rounded.</summary>
/// <param name="Name">The name that the processor gives itself, with family, model and stepping where the system tells them.</param>
/// <param name="Instructions">The names of vector instruction sets, as Linux writes them, in its order.</param>
internal sealed record ProcessorModel(string Name, IReadOnlyList<string> Instructions)
{
    private const string LinuxFile = "/proc/cpuinfo";

    private static readonly string[] ModelKeys = ["cpu family", "model", "stepping", "CPU part", "CPU variant", "CPU revision"];

    /// <summary>The processor of this machine.</summary>
    public static ProcessorModel Here { get; } = File.Exists(LinuxFile) ? FromLinux(File.ReadLines(LinuxFile)) : Elsewhere();

    /// <summary>Reads the text that Linux has about its first processor.</summary>
    /// <param name="lines">The lines, <c>name : value</c>; an empty line ends a processor.</param>
    internal static ProcessorModel FromLinux(IEnumerable<string> lines)
    {
        var values = new Dictionary<string, string>();
        foreach (string[] pair in lines.TakeWhile(line => line.Length > 0).Select(line => line.Split(':', 2)))
            values.TryAdd(pair[0].Trim(), pair.Length > 1 ? pair[1].Trim() : "");
        string name = values.GetValueOrDefault("model name") ?? values.GetValueOrDefault("CPU implementer") ?? Elsewhere().Name;
        string[] parts = [.. ModelKeys.Where(values.ContainsKey)
            .Select(key => $"{key.Replace("cpu ", "", StringComparison.OrdinalIgnoreCase)} {values[key]}")];
        string flags = values.GetValueOrDefault("flags") ?? values.GetValueOrDefault("Features") ?? "";
        return new(parts.Length > 0 ? $"{name} ({string.Join(", ", parts)})" : name, [.. flags.Split(' ').Where(IsOfVectors)]);
    }

    private static ProcessorModel Elsewhere() => new(
        Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER") ?? RuntimeInformation.ProcessArchitecture.ToString(),
        [.. new (string Name, bool IsThere)[]
        {
            ("avx2", Avx2.IsSupported), ("fma", Fma.IsSupported), ("avx512f", Avx512F.IsSupported), ("avx512bw", Avx512BW.IsSupported),
            ("asimd", AdvSimd.IsSupported),
        }.Where(set => set.IsThere).Select(set => set.Name)]);

    private static bool IsOfVectors(string flag) => flag is "sse4_2" or "fma" or "f16c" or "asimd" or "asimddp" or "bf16" or "i8mm"
        || flag.StartsWith("avx", StringComparison.Ordinal) || flag.StartsWith("amx", StringComparison.Ordinal)
        || flag.StartsWith("sve", StringComparison.Ordinal);
}
