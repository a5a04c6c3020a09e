using Microsoft.ML.OnnxRuntime;

namespace Pupil.Inference;

/// <summary>Opens models with ONNX Runtime: the only place that does, so that no session starts without these settings.</summary>
internal static class OnnxSession
{
    // Where weights lie that a large model keeps in files of their own.
    private const string WeightsFolder = "session.model_external_initializers_file_folder_path";

    // Threads that wait for the next question would take the time of those that do something else meanwhile.
    private const string Spinning = "session.intra_op.allow_spinning";

    /// <summary>Opens a model's file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="threads">Threads to compute with; 0: as many as there are cores.</param>
    /// <exception cref="UserErrorException">It is missing, broken, or has operations that ONNX Runtime does not know.</exception>
    public static InferenceSession Open(string path, int threads = 0)
    {
        if (!File.Exists(path))
            throw new UserErrorException($"{path}: there is no such file; expected an ONNX model.");
        using var options = Options(threads);
        return Open(path, () => new InferenceSession(path, options));
    }

    /// <summary>Opens a model in memory.</summary>
    /// <param name="model">The bytes of its file.</param>
    /// <param name="threads">Threads to compute with; 0: as many as there are cores.</param>
    /// <param name="settings">Entries of the session's configuration, in place of those that are set otherwise.</param>
    public static InferenceSession Open(byte[] model, int threads = 0, params ReadOnlySpan<(string Key, string Value)> settings)
    {
        using var options = Options(threads);
        foreach (var (key, value) in settings)
            options.AddSessionConfigEntry(key, value);
        return new InferenceSession(model, options);
    }

    /// <summary>Opens a changed copy of a model's file, to be asked now and then beside other work.</summary>
    /// <param name="model">The copy.</param>
    /// <param name="path">The file, for messages and for what lies beside it.</param>
    /// <param name="threads">Threads to compute with.</param>
    /// <exception cref="UserErrorException">It is broken, or has operations that ONNX Runtime does not know.</exception>
    public static InferenceSession OpenBeside(byte[] model, string path, int threads)
    {
        using var options = Options(threads);
        options.AddSessionConfigEntry(WeightsFolder, Path.GetDirectoryName(Path.GetFullPath(path))!);
        options.AddSessionConfigEntry(Spinning, "0");
        return Open(path, () => new InferenceSession(model, options));
    }

    private static InferenceSession Open(string path, Func<InferenceSession> open)
    {
        try
        {
            return open();
        }
        catch (OnnxRuntimeException failure)
        {
            throw new UserErrorException($"{path}: ONNX Runtime cannot open it ({failure.Message.ReplaceLineEndings(" ")}); expected an ONNX model.", failure);
        }
    }

    // Its warnings are about graphs, not for those who only use them; its errors come as exceptions.
    private static SessionOptions Options(int threads)
    {
        OnnxTelemetry.TurnOffForSessions();
        return new() { IntraOpNumThreads = threads, LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };
    }
}
