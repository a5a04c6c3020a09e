using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Microsoft.ML.OnnxRuntime;

namespace Pupil.Inference;

/// <summary>
/// Turns ONNX Runtime's telemetry off, by both ways of its Privacy.md. It is on by default in the packages from version 1.29 on: the first session writes
/// a device id and a database into the user's cache, and events are sent to its maker.
/// </summary>
internal static class OnnxTelemetry
{
    /// <summary>Sets the variable that keeps anything from being written or sent. ONNX Runtime reads it once, when it starts.</summary>
    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "An app must not have to call anything before it opens a model.")]
    internal static void TurnOff() => NativeEnvironment.Set("ORT_DISABLE_TELEMETRY", "1");

    /// <summary>
    /// Turns off what an app left on that started ONNX Runtime before it used anything of this library. Its start may have been sent then; no session is.
    /// </summary>
    public static void TurnOffForSessions() => OrtEnv.Instance().DisableTelemetryEvents();
}
