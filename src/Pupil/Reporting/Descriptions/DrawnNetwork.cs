using Pupil.Core;
using Pupil.Experiments.Runs;
using Pupil.Networks;

namespace Pupil.Reporting.Descriptions;

/// <summary>A box of a drawing.</summary>
/// <param name="Part">What terms call it: a stage's name, <c>embedding</c>, <c>logits</c>; the first one is <c>stem</c>.</param>
/// <param name="Size">The size of what comes out of it.</param>
/// <param name="Cost">The cost of all parts that it stands for.</param>
/// <param name="Column">Its column.</param>
internal sealed record DrawnBox(string Part, string Size, NetworkCost Cost, int Column);

/// <summary>A row of a drawing: a network as boxes.</summary>
/// <param name="Name">What terms call it.</param>
/// <param name="Title">What stands above the boxes.</param>
/// <param name="IsFrozen">Whether it does not learn.</param>
/// <param name="Boxes">The boxes, from the input on.</param>
internal sealed record DrawnNetwork(string Name, string Title, bool IsFrozen, IReadOnlyList<DrawnBox> Boxes)
{
    /// <summary>A network as boxes: first convolution, stages, embedding, logits; what lies between goes to the box before it.</summary>
    /// <param name="network">The network.</param>
    /// <param name="stages">Columns that stages take.</param>
    public static DrawnNetwork Of(DescribedNetwork network, int stages)
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
                boxes[^1] = boxes[^1] with { Cost = new(boxes[^1].Cost.Parameters + part.Cost.Parameters, boxes[^1].Cost.MultiplyAdds + part.Cost.MultiplyAdds) };
        }
        string role = network.Role switch
        {
            NetworkRole.Expert => ", frozen",
            NetworkRole.Companion => ", learns beside the students",
            NetworkRole.Control => ", not taught",
            _ => "",
        };
        string title = network.Name == network.Architecture ? network.Name : $"{network.Name} · {network.Architecture}";
        return new DrawnNetwork(network.Name, $"{title} · {ShortNumber.Format(network.Outline.Cost.Parameters)} parameters · {ShortNumber.Format(network.Outline.Cost.MultiplyAdds)} multiply-adds{role}",
            network.Role == NetworkRole.Expert, boxes);
    }

    /// <summary>A module that is no network, as one box.</summary>
    /// <param name="extra">The module.</param>
    /// <param name="column">Where it stands.</param>
    public static DrawnNetwork Of(DescribedExtra extra, int column) =>
        new(extra.Name, $"{extra.Name} · {ShortNumber.Format(extra.Parameters)} parameters", false, [new DrawnBox("", "", new NetworkCost(extra.Parameters, 0), column)]);
}
