using Pupil.Tests;
using Xunit.v3;

[assembly: CollectionBehavior(typeof(Lanes))]
[assembly: TestCollectionOrderer(typeof(LanesInOrder))]

namespace Pupil.Tests;

/// <summary>
/// The tests that run in parallel. libtorch has one random generator for the whole process, from which every new network draws. Tests of
/// networks therefore run one after the other, in <see cref="Networks"/>, like all tests that are not listed here. Tests that draw
/// nothing run beside them.
/// </summary>
public sealed class Lanes(IXunitTestAssembly assembly) : CollectionPerClassTestCollectionFactory(assembly)
{
    /// <summary>The tests that compute with networks.</summary>
    public const string Networks = "networks";

    /// <summary>The namespaces whose tests run beside the networks, with all beneath them.</summary>
    internal static readonly string[] Beside =
    [
        "Cli", "Core", "Documentation", "Experiments.Recipes", "House", "Images", "Lettering", "LibTorch", "Reporting", "Settings",
    ];

    private static readonly string[] DrawingNamespaces = ["Reporting.Comparisons", "Reporting.Descriptions"];
    private static readonly Type[] BesideAsWell = [typeof(Experiments.Runs.KilledProcessTests)];
    private static readonly Type[] Drawing =
    [
        typeof(Cli.ImportCommandTests), typeof(Core.RegularFileTests), typeof(Reporting.Page.ExpertsOfSeedsTests),
        typeof(Reporting.Page.UnfinishedRunTests),
    ];

    /// <summary>Whether a class of tests runs beside the networks.</summary>
    internal static bool IsBeside(Type testClass) => BesideAsWell.Contains(testClass) || (!Drawing.Contains(testClass)
        && Beside.Any(name => IsIn(name, testClass)) && !DrawingNamespaces.Any(name => IsIn(name, testClass)));

    /// <summary>Whether a class is in one of the namespaces or beneath it.</summary>
    internal static bool IsIn(string name, Type testClass) =>
        $"{testClass.Namespace}.".StartsWith($"{typeof(Lanes).Namespace}.{name}.", StringComparison.Ordinal);

    /// <inheritdoc/>
    protected override IXunitTestCollection GetDefaultTestCollection(Type testClass) =>
        IsBeside(testClass) ? base.GetDefaultTestCollection(testClass) : OfNetworks;

    private XunitTestCollection OfNetworks => field ??= new(TestAssembly, typeof(NetworksLane), disableParallelization: false, Networks);
}

/// <summary>The lane of the networks.</summary>
[CollectionDefinition(Lanes.Networks)]
[Trait("Lane", Lanes.Networks)]
public sealed class NetworksLane;

/// <summary>The longest first: the tests beside it fill the time.</summary>
public sealed class LanesInOrder : ITestCollectionOrderer
{
    /// <inheritdoc/>
    public IReadOnlyCollection<TTestCollection> OrderTestCollections<TTestCollection>(IReadOnlyCollection<TTestCollection> testCollections)
        where TTestCollection : Xunit.Sdk.ITestCollection =>
        [.. testCollections.OrderBy(collection => collection.TestCollectionDisplayName != Lanes.Networks)];
}
