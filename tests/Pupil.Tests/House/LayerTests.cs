namespace Pupil.Tests.House;

/// <summary>Namespaces are layers: each uses only those below it, without a cycle. A folder has the name of its namespace.</summary>
public sealed class LayerTests(ITestOutputHelper output)
{
    // From the lowest layer up. Namespaces of one group do not use each other.
    private static readonly string[][] Layers =
    [
        ["Pupil.Inference"],
        ["Pupil.Core", "Pupil.Settings", "Pupil.LibTorch", "Pupil.Lettering", "Pupil.Processes"],
        ["Pupil.Images", "Pupil.Networks"],
        ["Pupil.Distillation"],
        ["Pupil.Interop"],
        ["Pupil.Training"],
        ["Pupil.Experiments"],
        ["Pupil.Reporting"],
        ["Pupil.Cli"],
    ];

    [Fact]
    public void Every_layer_uses_only_those_below_it()
    {
        foreach (var file in SourceFile.All().Where(file => file.Namespace != "Pupil"))
        {
            int own = LayerOf(file.Namespace);
            Assert.True(own >= 0, $"{file.Path}: the namespace {file.Namespace} belongs to no layer.");
            foreach (string used in file.Uses.Where(used => used != "Pupil" && RoomOf(used) != RoomOf(file.Namespace)))
                Assert.True(LayerOf(used) < own, $"{file.Path}: {file.Namespace} uses {used}, which does not stand below it.");
        }
    }

    [Fact]
    public void There_is_no_cycle()
    {
        var graph = Graph(SourceFile.All());
        foreach (var (from, to) in graph.OrderBy(entry => entry.Key, StringComparer.Ordinal))
            output.WriteLine($"{from} → {string.Join(", ", to.Order(StringComparer.Ordinal))}");
        Assert.Null(Cycle(graph));
    }

    [Fact]
    public void A_cycle_is_found()
    {
        SourceFile[] files =
        [
            SourceFile.FromText("a.cs", "using Pupil.B;\n\nnamespace Pupil.A;\n"),
            SourceFile.FromText("b.cs", "namespace Pupil.B;\n\nclass X { Pupil.C.D.Thing Field; }\n"),
            SourceFile.FromText("c.cs", "namespace Pupil.C.D;\n\npublic class Y { Root Field; }\n"),
            SourceFile.FromText("c2.cs", "using Pupil.A;\n\nnamespace Pupil.C;\n\ninternal sealed class Root;\n"),
        ];
        Assert.Equal(["Pupil.A", "Pupil.B", "Pupil.C", "Pupil.C.D"], Cycle(Graph(files))!.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_folder_is_its_namespace()
    {
        foreach (var file in SourceFile.All().Where(file => file.Namespace != "Pupil"))
            Assert.Equal(Path.GetDirectoryName(file.Path)!.Replace('\\', '.').Replace('/', '.'), file.Namespace);
    }

    [Fact]
    public void A_folder_is_small_enough_to_look_through()
    {
        foreach (var folder in SourceFile.All().GroupBy(file => Path.GetDirectoryName(file.Path)))
            Assert.True(folder.Count() <= 30,
                $"src/{folder.Key} holds {folder.Count()} files, expected at most 30: it may hold two ideas.");
    }

    // A namespace needs no directive for its parents: it uses a parent if it names one of its types.
    private static Dictionary<string, HashSet<string>> Graph(IReadOnlyList<SourceFile> files)
    {
        var known = files.Select(file => file.Namespace).Where(name => name != "Pupil").ToHashSet();
        var declared = files.ToLookup(file => file.Namespace)
            .ToDictionary(all => all.Key, all => all.SelectMany(file => file.Declares).ToHashSet());
        return known.ToDictionary(name => name, name => files.Where(file => file.Namespace == name)
            .SelectMany(file => file.Uses.Concat(
                known.Where(parent => name.StartsWith($"{parent}.", StringComparison.Ordinal) && declared[parent].Overlaps(file.Words))))
            .Where(used => used != name && known.Contains(used)).ToHashSet());
    }

    // Leaves are removed until none is left.
    private static IReadOnlyList<string>? Cycle(Dictionary<string, HashSet<string>> graph)
    {
        var left = graph.ToDictionary(entry => entry.Key, entry => entry.Value.ToHashSet());
        while (left.FirstOrDefault(entry => !entry.Value.Any(left.ContainsKey)).Key is { } leaf)
            left.Remove(leaf);
        return left.Count == 0 ? null : [.. left.Keys];
    }

    private static string RoomOf(string name) => string.Join('.', name.Split('.').Take(2));

    private static int LayerOf(string name) => Array.FindIndex(Layers, layer => layer.Contains(RoomOf(name)));
}
