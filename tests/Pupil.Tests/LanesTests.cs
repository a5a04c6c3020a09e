using System.Reflection;
using System.Runtime.CompilerServices;
using Pupil.Networks.Families;
using Pupil.Tests.House;
using Pupil.Training;
using TorchSharp;

namespace Pupil.Tests;

/// <summary>Tests beside the networks must not draw from libtorch's generator: trainings would sometimes draw other numbers.</summary>
public sealed class LanesTests
{
    private const BindingFlags Everything =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;

    private static readonly Assembly Ours = typeof(LanesTests).Assembly;
    // Fuzzing keeps its readers in a static field.
    private static readonly Assembly[] WithInitializers = [Ours, typeof(Pupil.Fuzz.FuzzTargets).Assembly];
    private static readonly Assembly[] Followed =
        [.. WithInitializers, typeof(Trainer).Assembly, typeof(Pupil.Cli.Hosting.ExitCode).Assembly];

    [Fact]
    public void Tests_beside_the_networks_draw_nothing()
    {
        Type[] beside = [.. Ours.GetTypes().Where(type => type.Name.EndsWith("Tests", StringComparison.Ordinal) && Lanes.IsBeside(type))];
        string[] empty = [.. Lanes.Beside.Where(name => !beside.Any(type => Lanes.IsIn(name, type)))];
        Assert.True(empty.Length == 0, $"Lanes names namespaces without tests: {string.Join(", ", empty)}");
        Assert.All(beside, type => Assert.Empty(Draws(type)));
    }

    [Fact]
    public void What_draws_is_found()
    {
        Assert.Contains(Draws(typeof(Training.TrainerTests)), found => found.Contains(nameof(NetworkCatalogue), StringComparison.Ordinal));
        Assert.NotEmpty(Draws(typeof(Cli.ImportCommandTests))); // within a task
        Assert.NotEmpty(Draws(typeof(Networks.StartingWeightsTests)));
        Assert.NotEmpty(Draws(typeof(Experiments.Exhibits.ProbePathTests))); // in a fixture
        Assert.NotEmpty(Draws(typeof(Core.RegularFileTests))); // within the library, which builds a network to read it
        Assert.NotEmpty(Draws(typeof(Fuzzing.CorpusTests))); // in a delegate of a static field
    }

    // Methods that draw and that a class calls, directly or through other methods; calls of interfaces are not followed.
    private static SortedSet<string> Draws(Type testClass)
    {
        var found = new SortedSet<string>(StringComparer.Ordinal);
        var seen = new HashSet<MethodBase>();
        // Fixtures are made by the test runner.
        var fixtures = testClass.GetConstructors().SelectMany(constructor => constructor.GetParameters())
            .Select(parameter => parameter.ParameterType)
            .Concat(testClass.GetInterfaces().SelectMany(shared => shared.GetGenericArguments())).Where(type => type.Assembly == Ours);
        var left = new Stack<MethodBase>(Methods(testClass).Concat(fixtures.SelectMany(Methods)));
        while (left.TryPop(out var method))
        {
            if (!seen.Add(method))
                continue;
            if (IsDraw(method))
            {
                found.Add($"{method.DeclaringType?.Name}.{method.Name}");
                continue;
            }
            if (method.DeclaringType is not { } type || !Followed.Contains(type.Assembly))
                continue;
            if (WithInitializers.Contains(type.Assembly) && type.TypeInitializer is { } initializer)
                left.Push(initializer);
            if (method.GetCustomAttribute<StateMachineAttribute>() is { } machine)
                Array.ForEach(Methods(machine.StateMachineType), left.Push);
            foreach (var called in Instructions.Of(method).Select(instruction => instruction.Called).OfType<MethodBase>())
                left.Push(called);
        }
        return found;
    }

    private static bool IsDraw(MethodBase method) => method.DeclaringType is { } type
        && ((type == typeof(NetworkCatalogue) && method.Name == nameof(NetworkCatalogue.Build)) || type == typeof(Trainer)
            || type == typeof(TrainingStep)
            || (type == typeof(torch) && method.Name.StartsWith("rand", StringComparison.Ordinal))
            || type == typeof(torch.random) || type == typeof(torch.nn)
            || (type == typeof(Pupil.Experiments.Runs.Experiment) && method.Name is "Run" or "MakeExpert"));

    private static MethodBase[] Methods(Type type) =>
        [.. type.GetMethods(Everything), .. type.GetConstructors(Everything), .. type.GetNestedTypes(Everything).SelectMany(Methods)];
}
