using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using Pupil.Inference;

namespace Pupil.LibTorch;

/// <summary>
/// Loads libtorch from the NuGet packages of a build, also on systems with a slightly older C++ library (Debian 12, Ubuntu 22.04), or
/// throws a clear error. It works as soon as any type of Pupil is used. A call of <see cref="Load"/> throws the error early, and is
/// needed where the system has its own libtorch.
/// </summary>
internal static class NativeLibraries
{
    private const string BindingsName = "LibTorchSharp", MklOrder = "MKL_CBWR";
    private static readonly Lazy<nint> Handle = new(LoadBindings);

    /// <summary>Loads libtorch if it is not loaded yet. The first call takes about a second.</summary>
    /// <exception cref="UserErrorException">
    /// libtorch cannot be loaded on this machine. The message names the file, what it needs, what was found, and what to do.
    /// </exception>
    public static void Load() => _ = Handle.Value;

    /// <summary>The handle of TorchSharp's bindings, which are linked with libtorch and all its libraries.</summary>
    internal static nint Bindings => Handle.Value;

    /// <summary>
    /// Returns the user error inside an exception, or null. TorchSharp's first use may wrap it in a
    /// <see cref="TypeInitializationException"/>.
    /// </summary>
    public static UserErrorException? FindUserError(Exception? exception)
    {
        while (exception is not (null or UserErrorException)) exception = exception.InnerException;
        return (UserErrorException?)exception;
    }

    /// <summary>Installs the resolvers; loads no file of libtorch.</summary>
    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "TorchSharp's users must not have to call anything before TorchSharp works.")]
    internal static void Prepare()
    {
        MemoryTuning.Apply();
        // MKL's order of summation otherwise depends on the arrays' addresses: a resumed run would differ in the last bit.
        if (Environment.GetEnvironmentVariable(MklOrder) is null)
            NativeEnvironment.Set(MklOrder, "AUTO");
        var torchSharp = typeof(TorchSharp.torch).Assembly;
        // TorchSharp first probes whether its library can be loaded, by the load context. Its calls use the resolver.
        (AssemblyLoadContext.GetLoadContext(torchSharp) ?? AssemblyLoadContext.Default).ResolvingUnmanagedDll += Answer;
        try
        {
            NativeLibrary.SetDllImportResolver(torchSharp, (name, _, _) => name == BindingsName ? Handle.Value : 0);
        }
        catch (InvalidOperationException)
        {
            // The application has set its own resolver; the load context's probe still works.
        }
    }

    private static nint Answer(Assembly asker, string name)
    {
        if (name != BindingsName || asker != typeof(TorchSharp.torch).Assembly) return 0;
        try
        {
            return Handle.Value;
        }
        catch (Exception)
        {
            // The lazy value stores the error. The result false would make TorchSharp copy half a gigabyte into the package cache and
            // then fail with a page of text. After true it makes its first call, in which the resolver throws the error.
            return NativeLibrary.GetMainProgramHandle();
        }
    }

    private static nint LoadBindings()
    {
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        nint torch = TorchLoading.Load(TorchFiles.OfThisProcess(), PatchedCopies.Folder(Environment.GetEnvironmentVariable, home));
        NeighbourWatch.Start(torch);
        return torch;
    }
}
