using Pupil.Core;
using Pupil.Experiments.Runs;
using Pupil.Networks;

namespace Pupil.Reporting.Descriptions;

/// <summary>A box of a drawing.</summary>
/// <param name="Part">The part's name in terms: a stage's name, <c>embedding</c>, <c>logits</c>; the first one is <c>stem</c>.</param>
/// <param name="Size">The size of its output.</param>
/// <param name="Cost">The cost of all parts in the box.</param>
/// <param name="Column">The index of its column.</param>
internal sealed record DrawnBox(string Part, string Size, NetworkCost Cost, int Column);

/// <summary>A row of a drawing: a network as boxes.</summary>
/// <param name="Name">The network's name in terms.</param>
/// <param name="Title">The title above the boxes.</param>
/// <param name="IsFrozen">Whether the network is not trained.</param>
/// <param name="Boxes">The boxes, from the input on.</param>
internal sealed record DrawnNetwork(string Name, string Title, bool IsFrozen, IReadOnlyList<DrawnBox> Boxes)
{
    /// <summary>Makes a row: first convolution, stages, embedding, logits. Parts between them belong to the box before.</summary>
    /// <param name="network">The network.</param>
    /// <param name="stages">The number of columns for stages.</param>
    public static DrawnNetwork OfNetwork(DescribedNetwork network, int stages)
    {
        var boxes = new List<DrawnBox>();
        foreach (var part in network.Outline.Parts)
        {
            if (boxes.Count == 0)
                boxes.Add(new DrawnBox(part.Name, part.Output!.ToString(), part.Cost, 0));
            else if (part.Name.StartsWith("stage", StringComparison.Ordinal))
                boxes.Add(new DrawnBox(part.Name, part.Output!.ToString(), part.Cost, boxes[^1].Column + 1));
            else if (part.Name == NetworkOutline.Embedding)
                boxes.Add(new DrawnBox(Place.Embedding, part.Output!.ToString(), part.Cost, stages + 1));
            else if (part == network.Outline.Parts[^1])
                boxes.Add(new DrawnBox(Place.Logits, part.Output!.ToString(), part.Cost, stages + 2));
            else
                boxes[^1] = boxes[^1] with { Cost = Sum(boxes[^1].Cost, part.Cost) };
        }
        string role = network.Role switch
        {
            NetworkRole.Expert => ", frozen",
            NetworkRole.Companion => ", trained beside the students",
            NetworkRole.Control => ", not taught",
            _ => "",
        };
        string title = network.Name == network.Architecture ? network.Name : $"{network.Name} · {network.Architecture}";
        var cost = network.Outline.Cost;
        string size = $"{ShortNumber.Format(cost.Parameters)} parameters · {ShortNumber.Format(cost.MultiplyAdds)} multiply-adds";
        return new DrawnNetwork(network.Name, $"{title} · {size}{role}", network.Role == NetworkRole.Expert, boxes);
    }

    private static NetworkCost Sum(NetworkCost one, NetworkCost other) =>
        new(one.Parameters + other.Parameters, one.MultiplyAdds + other.MultiplyAdds);

    /// <summary>Makes a row with one box for a module that is no network.</summary>
    /// <param name="extra">The module.</param>
    /// <param name="column">The index of its column.</param>
    public static DrawnNetwork OfExtra(DescribedExtra extra, int column)
    {
        var box = new DrawnBox("", "", new NetworkCost(extra.Parameters, 0), column);
        return new(extra.Name, $"{extra.Name} · {ShortNumber.Format(extra.Parameters)} parameters", false, [box]);
    }
}
