using Microsoft.ML.OnnxRuntime;

namespace Pupil.Inference;

/// <summary>Opens models with ONNX Runtime. All sessions are opened here, so that they have the same settings.</summary>
internal static class OnnxSession
{
    // The folder of the weights that a large model stores in separate files.
    private const string WeightsFolder = "session.model_external_initializers_file_folder_path";

    // Threads that spin between two computations would take processor time from other work.
    private const string Spinning = "session.intra_op.allow_spinning";

    // Microseconds that a thread waits for work before it sleeps. ONNX Runtime's own, of some milliseconds, is about a tenth slower
    // beside other programs, and no faster on an idle machine (results/busy-neighbour).
    private const string SpinDuration = "session.intra_op.spin_duration_us", ShortSpin = "100";

    /// <summary>Opens a model's file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="threads">The number of threads; 0 for the number of cores.</param>
    /// <exception cref="UserErrorException">The file is missing or damaged, or has unsupported operators.</exception>
    public static InferenceSession Open(string path, int threads = 0)
    {
        if (!File.Exists(path))
            throw new UserErrorException($"{path}: found no such file, expected an ONNX model.");
        RegularFile.Check(path);
        using var options = Options(threads);
        return Open(path, () => new InferenceSession(path, options));
    }

    /// <summary>Opens a model in memory.</summary>
    /// <param name="model">The bytes of its file.</param>
    /// <param name="threads">The number of threads; 0 for the number of cores.</param>
    /// <param name="settings">Entries of the session's configuration, which replace the default ones.</param>
    public static InferenceSession Open(byte[] model, int threads = 0, params ReadOnlySpan<(string Key, string Value)> settings)
    {
        using var options = Options(threads);
        foreach (var (key, value) in settings)
            options.AddSessionConfigEntry(key, value);
        return new InferenceSession(model, options);
    }

    /// <summary>Opens a changed copy of a model's file for occasional computations beside other work.</summary>
    /// <param name="model">The bytes of the copy.</param>
    /// <param name="path">The original file, for messages and for the weights beside it.</param>
    /// <param name="threads">The number of threads.</param>
    /// <exception cref="UserErrorException">The file is damaged, or has operators that ONNX Runtime does not support.</exception>
    public static InferenceSession OpenBeside(byte[] model, string path, int threads)
    {
        using var options = Options(threads);
        options.AddSessionConfigEntry(WeightsFolder, Path.GetDirectoryName(Path.GetFullPath(path))!);
        options.AddSessionConfigEntry(Spinning, "0");
        return Open(path, () => new InferenceSession(model, options));
    }

    /// <summary>Returns the metadata of a model.</summary>
    /// <param name="session">The model.</param>
    /// <param name="path">Its file, for messages.</param>
    /// <exception cref="UserErrorException">The metadata are damaged.</exception>
    public static IReadOnlyDictionary<string, string> MetadataOf(InferenceSession session, string path)
    {
        try
        {
            return session.ModelMetadata.CustomMetadataMap;
        }
        catch (Exception failure) when (failure is NullReferenceException or OnnxRuntimeException or ArgumentException)
        {
            // ONNX Runtime gives no text for a key that ends within itself, by a zero, and its binding for .NET expects one.
            throw new UserErrorException($"{path}: its metadata cannot be read ({failure.Message}); expected an undamaged model.", failure);
        }
    }

    private static InferenceSession Open(string path, Func<InferenceSession> open)
    {
        try
        {
            return open();
        }
        catch (OnnxRuntimeException failure)
        {
            string reason = failure.Message.ReplaceLineEndings(" ");
            throw new UserErrorException($"{path}: ONNX Runtime cannot open it ({reason}); expected an ONNX model.", failure);
        }
    }

    // Warnings are about the graph and not useful to callers; errors are exceptions.
    private static SessionOptions Options(int threads)
    {
        OnnxTelemetry.TurnOffForSessions();
        var options = new SessionOptions
        {
            IntraOpNumThreads = threads,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
        };
        options.AddSessionConfigEntry(SpinDuration, ShortSpin);
        return options;
    }
}
