using Microsoft.ML.OnnxRuntime;

namespace Pupil.Inference;

/// <summary>Opens models with ONNX Runtime.</summary>
internal static class OnnxSession
{
    /// <summary>Opens a model's file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="threads">Threads to compute with; 0: as many as there are cores.</param>
    /// <exception cref="UserErrorException">It is missing, broken, or has operations that ONNX Runtime does not know.</exception>
    public static InferenceSession Open(string path, int threads = 0)
    {
        if (!File.Exists(path))
            throw new UserErrorException($"{path}: there is no such file; expected an ONNX model.");
        using var options = Options(threads);
        try
        {
            return new InferenceSession(path, options);
        }
        catch (OnnxRuntimeException failure)
        {
            throw new UserErrorException($"{path}: ONNX Runtime cannot open it ({failure.Message.ReplaceLineEndings(" ")}); expected an ONNX model.", failure);
        }
    }

    /// <summary>Opens a model in memory.</summary>
    public static InferenceSession Open(byte[] model, int threads = 0)
    {
        using var options = Options(threads);
        return new InferenceSession(model, options);
    }

    // Its warnings are about graphs, not for those who only use them.
    private static SessionOptions Options(int threads) => new() { IntraOpNumThreads = threads, LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR };
}
