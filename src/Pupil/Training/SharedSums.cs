using System.Text.Json;
using System.Text.Json.Serialization;
using Pupil.Processes;

namespace Pupil.Training;

/// <summary>Exchanges what processes found on their shares of images, in the order of the processes.</summary>
internal static class SharedSums
{
    // Numbers keep all their digits in JSON.
    private static readonly JsonSerializerOptions Json = new() { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    /// <summary>Returns the parts of all processes; that of this process alone if it is by itself.</summary>
    /// <param name="group">The processes.</param>
    /// <param name="own">What this process found.</param>
    public static IReadOnlyList<T> Of<T>(IProcessGroup group, T own) => group.Size == 1 ? [own]
        : [.. group.Gather(JsonSerializer.SerializeToUtf8Bytes(own, Json)).Select(bytes => JsonSerializer.Deserialize<T>(bytes, Json)!)];
}
