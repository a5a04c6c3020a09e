using System.Collections.Concurrent;
using System.Reflection;
using System.Reflection.Emit;
using TorchSharp;

namespace Pupil.Tests.House;

/// <summary>
/// A number that is passed to libtorch lies in a native object. One that only the call's arguments hold may be freed by the garbage
/// collector before libtorch has read it ("Unknown scalar type"). So every number is held by a local that is disposed after the call.
/// </summary>
public sealed class ScalarTests
{
    private const BindingFlags Everything =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;

    // Operations of TorchSharp that make a number of their own, as sums of two tensors do for their factor.
    private static readonly ConcurrentDictionary<MethodBase, bool> Inside = new();

    [Fact]
    public void Every_number_lives_until_its_call_has_ended()
    {
        var faults = typeof(Pupil.Training.Trainer).Assembly.GetTypes().SelectMany(type => type.GetMembers(Everything).OfType<MethodBase>())
            .SelectMany(FaultsOf).Order(StringComparer.Ordinal).ToList();
        Assert.True(faults.Count == 0, $"Numbers without an owner (use Pupil.Core.Arithmetic):\n{string.Join('\n', faults)}");
    }

    [Theory]
    [InlineData(nameof(Wrong), true)]
    [InlineData(nameof(HiddenAndWrong), true)]
    [InlineData(nameof(Right), false)]
    public void A_number_without_an_owner_is_found(string method, bool isFault) =>
        Assert.Equal(isFault, FaultsOf(typeof(ScalarTests).GetMethod(method, Everything)!).Count > 0);

    private static torch.Tensor Wrong(torch.Tensor tensor) => tensor * 2;

    private static torch.Tensor HiddenAndWrong(torch.Tensor tensor) => tensor + tensor;

    private static torch.Tensor Right(torch.Tensor tensor)
    {
        using Scalar two = 2;
        return tensor.mul(two) * tensor;
    }

    private static List<string> FaultsOf(MethodBase method)
    {
        var faults = new List<string>();
        MethodBase? made = null;
        foreach (var (operation, called) in Instructions.Of(method))
        {
            if (made is not null && !Stores(operation))
                faults.Add($"{method.DeclaringType}.{method.Name}: {made}");
            made = called is not null && IsMade(called) ? called : null;
            if (called?.DeclaringType == typeof(torch.Tensor) && Inside.GetOrAdd(called, static inner => FaultsOf(inner).Count > 0))
                faults.Add($"{method.DeclaringType}.{method.Name}: {called}");
        }
        return faults;
    }

    private static bool IsMade(MethodBase called) => called is MethodInfo { ReturnType: var type } && type == typeof(Scalar)
        && called.DeclaringType?.Namespace == nameof(TorchSharp);

    private static bool Stores(OpCode operation) => operation.Name is { } name
        && (name.StartsWith("stloc", StringComparison.Ordinal) || name is "stfld" or "stsfld" or "ret");
}
