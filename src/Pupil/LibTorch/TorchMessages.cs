using System.Runtime.InteropServices;

namespace Pupil.LibTorch;

/// <summary>
/// Suppresses libtorch's warnings on the error output: on processors that its NNPACK does not support, every thread of every run writes
/// one without a reason. Errors are still written; <c>TORCH_CPP_LOG_LEVEL</c> in the environment takes precedence.
/// </summary>
internal static class TorchMessages
{
    private const int Errors = 2;

    /// <summary>Sets the level, if this build of libtorch has one.</summary>
    /// <param name="library">The handle of one of libtorch's libraries.</param>
    public static void KeepErrorsOnly(nint library)
    {
        bool isChosen = Environment.GetEnvironmentVariable("TORCH_CPP_LOG_LEVEL") is not null;
        if (!isChosen && NativeLibrary.TryGetExport(library, "FLAGS_caffe2_log_level", out nint level))
            Marshal.WriteInt32(level, Errors);
    }
}
