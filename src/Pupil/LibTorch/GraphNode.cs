using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Pupil.LibTorch;

/// <summary>A function from tensors to tensors that computes its own gradients.</summary>
internal interface IGraphFunction
{
    /// <summary>Returns the gradients of the inputs; null for none. Called for every backward pass.</summary>
    /// <param name="outputGradients">The gradients of the outputs; null for none. Disposed of by the caller.</param>
    IReadOnlyList<Tensor?> Gradients(IReadOnlyList<Tensor?> outputGradients);

    /// <summary>Called when libtorch's graph no longer refers to the function.</summary>
    void Release();
}

/// <summary>
/// A node of libtorch's graph whose gradients managed code computes. TorchSharp's own class for this keeps a copy of every output and all
/// gradients until the garbage collector runs; this one keeps nothing. It uses the same native functions.
/// </summary>
internal sealed unsafe class GraphNode
{
    // Nodes that libtorch can still call, and those whose last call may still be returning.
    private static readonly List<GraphNode> Alive = [];

    [ThreadStatic]
    private static nint[]? _allocated;

    [ThreadStatic]
    private static ExceptionDispatchInfo? _error;

    private readonly IGraphFunction _function;
    private readonly Apply _apply;
    private readonly Delete _delete;
    private IReadOnlyList<Tensor?> _gradients = [];
    private nint _handles;
    private volatile bool _isDeleted;

    private GraphNode(IGraphFunction function) => (_function, _apply, _delete) = (function, Backward, Deleted);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate TensorArray Apply(nint* gradients, int count);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate void Delete();

    /// <summary>The nodes that libtorch can still call.</summary>
    public static int Count
    {
        get
        {
            lock (Alive)
                return Alive.Count(node => !node._isDeleted);
        }
    }

    /// <summary>Makes outputs depend on inputs by a function.</summary>
    /// <param name="function">The function; it is released at once if no input requires a gradient.</param>
    /// <param name="inputs">The inputs.</param>
    /// <param name="outputs">What it computed of them, without a graph; disposed of.</param>
    /// <returns>The outputs as part of libtorch's graph.</returns>
    public static Tensor[] Attach(IGraphFunction function, IReadOnlyList<Tensor> inputs, IReadOnlyList<Tensor> outputs)
    {
        var node = new GraphNode(function);
        lock (Alive)
        {
            Alive.RemoveAll(other => other._isDeleted);
            Alive.Add(node);
        }
        var pointers = Exports.Create(
            Marshal.GetFunctionPointerForDelegate(node._apply), Marshal.GetFunctionPointerForDelegate(node._delete));
        CheckForErrors();
        try
        {
            nint[] from = [.. inputs.Select(input => input.Handle)], to = [.. outputs.Select(output => output.Handle)];
            fixed (nint* first = from, second = to)
            {
                TensorArray sources = new(first, from.Length), results = new(second, to.Length), none = default;
                Exports.SetNextEdges(pointers, sources, 1);
                CheckForErrors();
                Exports.ClearInputMetadata(pointers);
                CheckForErrors();
                Exports.WrapOutputs(sources, none, none, results, pointers, &Allocate);
                CheckForErrors();
            }
        }
        finally
        {
            // From here on, the outputs alone keep the node alive.
            Exports.DisposeShared(pointers);
            Exports.DisposeWeak(pointers);
        }
        var handles = _allocated!;
        _allocated = null;
        GC.KeepAlive(inputs);
        foreach (var output in outputs)
            output.Dispose();
        return [.. handles.Select(Tensor.UnsafeCreateTensor)];
    }

    /// <summary>Returns the exception of this thread's last backward pass, once; null for none.</summary>
    public static ExceptionDispatchInfo? TakeError()
    {
        var error = _error;
        _error = null;
        return error;
    }

    private TensorArray Backward(nint* gradients, int count)
    {
        using var noGradient = no_grad();
        var given = new Tensor?[count];
        for (int i = 0; i < count; i++)
            given[i] = gradients[i] == 0 ? null : Tensor.UnsafeCreateTensor(gradients[i]);
        Free();
        try
        {
            _gradients = _function.Gradients(given);
        }
        catch (Exception error)
        {
            // No exception may pass through native code. libtorch refuses a node that returns too few gradients.
            _error = ExceptionDispatchInfo.Capture(error);
            return default;
        }
        finally
        {
            foreach (var gradient in given)
                gradient?.Dispose();
        }
        // libtorch copies the handles' tensors after the return.
        _handles = (nint)NativeMemory.Alloc((nuint)_gradients.Count, (nuint)sizeof(nint));
        for (int i = 0; i < _gradients.Count; i++)
            ((nint*)_handles)[i] = _gradients[i]?.Handle ?? 0;
        return new((nint*)_handles, _gradients.Count);
    }

    private void Deleted()
    {
        Free();
        _function.Release();
        _isDeleted = true;
    }

    private void Free()
    {
        foreach (var gradient in _gradients)
            gradient?.Dispose();
        _gradients = [];
        NativeMemory.Free((void*)_handles);
        _handles = 0;
    }

    [UnmanagedCallersOnly]
    private static nint* Allocate(nuint count)
    {
        // Written by libtorch, read right after: the pinned heap does not move it.
        _allocated = GC.AllocateArray<nint>((int)count, pinned: true);
        return (nint*)Marshal.UnsafeAddrOfPinnedArrayElement(_allocated, 0);
    }

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct TensorArray(nint* first, long count)
    {
        public readonly nint* First = first;
        public readonly long Count = count;
    }

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct Pointers
    {
        public readonly nint Shared, Weak;
    }

    private static class Exports
    {
        public static readonly delegate* unmanaged<nint, nint, Pointers> Create =
            (delegate* unmanaged<nint, nint, Pointers>)Find("THSAutograd_CSharpNode_ctor");

        public static readonly delegate* unmanaged<Pointers, void> DisposeShared =
            (delegate* unmanaged<Pointers, void>)Find("THSAutograd_CSharpNode_disposeSharedPtr");

        public static readonly delegate* unmanaged<Pointers, void> DisposeWeak =
            (delegate* unmanaged<Pointers, void>)Find("THSAutograd_CSharpNode_disposeWeakPtr");

        public static readonly delegate* unmanaged<Pointers, TensorArray, byte, void> SetNextEdges =
            (delegate* unmanaged<Pointers, TensorArray, byte, void>)Find("THSAutograd_CSharpNode_setNextEdges");

        public static readonly delegate* unmanaged<Pointers, void> ClearInputMetadata =
            (delegate* unmanaged<Pointers, void>)Find("THSAutograd_CSharpNode_clearInputMetadata");

        public static readonly delegate* unmanaged<
            TensorArray, TensorArray, TensorArray, TensorArray, Pointers, delegate* unmanaged<nuint, nint*>, void> WrapOutputs =
            (delegate* unmanaged<TensorArray, TensorArray, TensorArray, TensorArray, Pointers, delegate* unmanaged<nuint, nint*>, void>)
            Find("THSAutograd_Function_wrapOutputs");

        private static nint Find(string name) => NativeLibrary.GetExport(NativeLibraries.Bindings, name);
    }
}
