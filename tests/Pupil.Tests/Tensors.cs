using System.Runtime.CompilerServices;
using Pupil.LibTorch;
using Pupil.Networks;
using Pupil.Tests.References;
using TorchSharp;
using static TorchSharp.torch;

namespace Pupil.Tests;

/// <summary>Tensors of exactly known numbers, float64, and comparisons of numbers.</summary>
internal static class Tensors
{
    /// <summary>
    /// The number of libtorch's threads in this process: 1 or <c>PUPIL_TEST_THREADS</c>. Steps this small would only wait for a second
    /// thread, especially on a busy machine. With several threads, equal trainings are equal to the bit because Pupil sets
    /// <c>MKL_CBWR=AUTO</c>.
    /// </summary>
    public static int Threads { get; } = int.TryParse(Environment.GetEnvironmentVariable("PUPIL_TEST_THREADS"), out int count) ? count : 1;

    /// <summary>
    /// Lets tests use TorchSharp before any type of Pupil. Sets the number of threads before any thread computes: later, it would apply to
    /// new threads only. Memory that a kernel reads without having written it is NaN.
    /// </summary>
    [ModuleInitializer]
    internal static void Prepare()
    {
        UnwrittenMemory.Fill();
        RuntimeHelpers.RunModuleConstructor(typeof(NativeLibraries).Module.ModuleHandle);
        set_num_threads(Threads);
    }

    /// <summary>The number of live tensors of this thread; constant without leaks.</summary>
    public static long Alive => DisposeScopeManager.Statistics.ThreadTotalLiveCount;

    public static Tensor FromValues(double[] values, params long[] shape) => tensor(values, ScalarType.Float64).reshape(shape);

    public static Tensor Wave(int t, params long[] shape) => FromValues(ReferenceNumbers.Wave(shape.Aggregate((a, b) => a * b), t), shape);

    public static Tensor Reference(string name) => FromValues(ReferenceNumbers.Values(name), ReferenceNumbers.Shape(name));

    /// <summary>The numbers in logical (row-major) order, whatever the layout in memory.</summary>
    public static double[] Numbers(this Tensor values)
    {
        using var scope = NewDisposeScope();
        return values.detach().to_type(ScalarType.Float64).contiguous().data<double>().ToArray();
    }

    /// <summary>The network as a convolutional one.</summary>
    public static ConvolutionalNetwork AsConvolutional(this Network network) => (ConvolutionalNetwork)network;

    /// <summary>The first convolution.</summary>
    public static TorchSharp.Modules.Conv2d StemOf(this Network network) => network.AsConvolutional().Stem;

    /// <summary>Copies the state, for comparison with the state after a change.</summary>
    public static Dictionary<string, double[]> Snapshot(this Network network) =>
        network.state_dict().ToDictionary(entry => entry.Key, entry => entry.Value.Numbers());

    /// <summary>Casts to float64 and sets all weights but a shared stem to the numbers of the references.</summary>
    public static Network Filled(this Network network, int offset = 0, bool sharesStem = false)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        network.to(ScalarType.Float64);
        int t = offset;
        foreach (var (name, target) in network.State().OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            var values = ReferenceNumbers.NetworkTensor(name, target.shape, t++);
            if (!(sharesStem && name == "stem.weight"))
                target.copy_(FromValues(values, target.shape));
        }
        return network;
    }

    /// <summary>
    /// Checks that every difference is at most <paramref name="relative"/> times the largest expected number (at least 1e-3).
    /// </summary>
    public static void AssertNear(double[] expected, double[] actual, double relative, string what)
    {
        Assert.True(expected.Length == actual.Length, $"{what}: {actual.Length} numbers, expected {expected.Length}");
        double bound = relative * Math.Max(1e-3, expected.Max(Math.Abs));
        for (int i = 0; i < expected.Length; i++)
            Assert.True(Math.Abs(expected[i] - actual[i]) <= bound,
                $"{what}[{i}]: {actual[i]:R}, expected {expected[i]:R} within {bound:E1}");
    }

    public static void AssertNear(double expected, double actual, double relative, string what) =>
        Assert.True(Math.Abs(expected - actual) <= relative * Math.Max(1e-3, Math.Abs(expected)),
            $"{what}: {actual:R}, expected {expected:R}");

    public static void AssertReference(string name, Tensor actual, double relative = 1e-9)
    {
        Assert.Equal(ReferenceNumbers.Shape(name), actual.shape);
        AssertNear(ReferenceNumbers.Values(name), actual.Numbers(), relative, name);
    }

    /// <summary>
    /// Checks the norm of the gradient of each of the named parameters, relative to its size; all others but <paramref name="except"/> have
    /// none.
    /// </summary>
    public static void AssertGradientNorms(string namesOf, string normsOf, Network network, double relative = 1e-8, string except = "")
    {
        using var scope = NewDisposeScope();
        string[] names = ReferenceNumbers.Words(namesOf);
        var norms = ReferenceNumbers.Values(normsOf);
        var found = network.named_parameters().Where(entry => entry.name != except && entry.parameter.grad is not null)
            .ToDictionary(entry => entry.name, entry => entry.parameter.grad!.norm().ToDouble());
        Assert.Equal(names, found.Keys.Order(StringComparer.Ordinal));
        for (int i = 0; i < names.Length; i++)
            AssertNear(norms[i], found[names[i]], relative, $"{normsOf} {names[i]}");
    }
}
