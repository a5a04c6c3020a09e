using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;

namespace Pupil.Inference;

/// <summary>
/// Turns ONNX Runtime's telemetry off, by both ways of its Privacy.md. It is on by default in the packages from version 1.29 on: the first session writes
/// a device id and a database into the user's cache, and events are sent to its maker.
/// </summary>
internal static partial class OnnxTelemetry
{
    private const string Variable = "ORT_DISABLE_TELEMETRY";

    /// <summary>Sets the variable that keeps anything from being written or sent. ONNX Runtime reads it once, when it starts.</summary>
    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "An app must not have to call anything before it opens a model.")]
    internal static void TurnOff()
    {
        // For Windows, and for processes started from this one.
        Environment.SetEnvironmentVariable(Variable, "1");
        // Elsewhere .NET keeps a copy of the environment, which native code does not see.
        if (!OperatingSystem.IsWindows())
            _ = SetForNativeCode(Variable, "1", overwrite: 1);
    }

    /// <summary>
    /// Turns off what an app left on that started ONNX Runtime before it used anything of this library. Its start may have been sent then; no session is.
    /// </summary>
    public static void TurnOffForSessions() => OrtEnv.Instance().DisableTelemetryEvents();

    // The runtime finds the C library by this name on every system but Windows.
    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetForNativeCode(string name, string value, int overwrite);
}
