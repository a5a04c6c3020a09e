using System.Runtime.InteropServices;

namespace Pupil.LibTorch;

/// <summary>
/// Keeps libtorch's warnings off the error output: on processors that its NNPACK does not know, every thread of every run says so, though nothing
/// is wrong. Errors are still written; <c>TORCH_CPP_LOG_LEVEL</c> in the environment has the last word.
/// </summary>
internal static class TorchMessages
{
    private const int Errors = 2;

    /// <summary>Sets the level, where this build of libtorch has one.</summary>
    /// <param name="library">The handle of one of libtorch's libraries.</param>
    public static void KeepErrorsOnly(nint library)
    {
        if (Environment.GetEnvironmentVariable("TORCH_CPP_LOG_LEVEL") is null && NativeLibrary.TryGetExport(library, "FLAGS_caffe2_log_level", out nint level))
            Marshal.WriteInt32(level, Errors);
    }
}
