using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using Pupil.Inference;

namespace Pupil.LibTorch;

/// <summary>
/// Makes libtorch load: straight from the NuGet packages of a build, on systems whose C++ library is a little too old
/// (Debian 12, Ubuntu 22.04), and with a clear error where it cannot. It is at work as soon as anything of Pupil is used;
/// calling <see cref="Load"/> first is only needed to meet the error early, and where the system has a libtorch of its own.
/// </summary>
public static class NativeLibraries
{
    private const string BindingsName = "LibTorchSharp", MklOrder = "MKL_CBWR";
    private static readonly Lazy<nint> Handle = new(LoadBindings);

    /// <summary>Loads libtorch if it is not loaded yet. The first call takes about a second, the others nothing.</summary>
    /// <exception cref="UserErrorException">
    /// libtorch cannot be loaded on this machine: which file it is about, what it needs, what was found, what to do.
    /// </exception>
    public static void Load() => _ = Handle.Value;

    /// <summary>The handle of TorchSharp's bindings, which are linked with libtorch and all that it is linked with.</summary>
    internal static nint Bindings => Handle.Value;

    /// <summary>
    /// The clear error inside an exception, or null. TorchSharp's first use may hide it in a
    /// <see cref="TypeInitializationException"/>.
    /// </summary>
    public static UserErrorException? FindUserError(Exception? exception)
    {
        while (exception is not (null or UserErrorException)) exception = exception.InnerException;
        return (UserErrorException?)exception;
    }

    /// <summary>Cheap: nothing of libtorch is loaded here.</summary>
    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "TorchSharp's users must not have to call anything before TorchSharp works.")]
    internal static void Prepare()
    {
        MemoryTuning.Apply();
        // MKL adds up in an order that depends on the arrays' addresses unless told otherwise: a resumed run would differ in the last bit.
        if (Environment.GetEnvironmentVariable(MklOrder) is null)
            NativeEnvironment.Set(MklOrder, "AUTO");
        var torchSharp = typeof(TorchSharp.torch).Assembly;
        // TorchSharp first asks whether its library can be loaded: that goes to the load context. Its calls go to the resolver.
        (AssemblyLoadContext.GetLoadContext(torchSharp) ?? AssemblyLoadContext.Default).ResolvingUnmanagedDll += Answer;
        try
        {
            NativeLibrary.SetDllImportResolver(torchSharp, (name, _, _) => name == BindingsName ? Handle.Value : 0);
        }
        catch (InvalidOperationException)
        {
            // The application has set its own resolver; the load context's question is still answered.
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
            // The lazy value keeps the error. A "no" would make TorchSharp copy half a gigabyte into the package cache and then
            // fail with a page of text. With a "yes" it goes on to its first call, and there the resolver throws the error.
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
