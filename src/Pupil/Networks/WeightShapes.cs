namespace Pupil.Networks;

/// <summary>Shapes of weights by Pupil's names.</summary>
/// <param name="shapes">The shapes.</param>
internal sealed class WeightShapes(IReadOnlyDictionary<string, long[]> shapes)
{
    /// <summary>Whether there is such a weight.</summary>
    public bool Has(string name) => shapes.ContainsKey(name);

    /// <summary>Whether a weight's name has these parts: a start, and a text inside.</summary>
    public bool HasAny(string start, string inside) => shapes.Keys.Any(name => IsOf(name, start, inside));

    /// <summary>The shape of a weight with that number of dimensions; null if there is none.</summary>
    public long[]? Find(string name, int dimensions) =>
        shapes.TryGetValue(name, out long[]? shape) && shape.Length == dimensions ? shape : null;

    /// <summary>The number of layers whose weight's name has a start and a text inside.</summary>
    public int CountLayers(string start, string inside) =>
        shapes.Keys.Count(name => IsOf(name, start, inside) && name.EndsWith(".weight", StringComparison.Ordinal));

    private static bool IsOf(string name, string start, string inside) =>
        name.StartsWith(start, StringComparison.Ordinal) && name.Contains(inside, StringComparison.Ordinal);
}
