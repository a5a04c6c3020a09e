using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Microsoft.ML.OnnxRuntime;

namespace Pupil.Inference;

/// <summary>
/// Turns ONNX Runtime's telemetry off, by both ways in its Privacy.md. Packages from version 1.29 on have it on by default: the first
/// session writes a device id and a database into the user's cache, and events are sent to the producer.
/// </summary>
internal static class OnnxTelemetry
{
    /// <summary>Sets the variable that prevents all writing and sending. ONNX Runtime reads it once, at its start.</summary>
    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "An app must not have to call anything before it opens a model.")]
    internal static void TurnOff() => NativeEnvironment.Set("ORT_DISABLE_TELEMETRY", "1");

    /// <summary>
    /// Turns telemetry off for sessions if the application started ONNX Runtime before it used this library. The event of that start may
    /// have been sent.
    /// </summary>
    public static void TurnOffForSessions() => OrtEnv.Instance().DisableTelemetryEvents();
}
