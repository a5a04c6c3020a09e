using Pupil.Networks;
using Pupil.Reporting.Descriptions;
using Spectre.Console;

namespace Pupil.Cli.Display;

/// <summary>Prints networks part by part, and how they are joined.</summary>
internal static class DescriptionView
{
    /// <summary>A network.</summary>
    public static void Show(DescribedNetwork network) => Show(DescriptionText.Title(network), network.Outline);

    /// <summary>An ONNX model: what it takes and gives, and what it can teach by.</summary>
    public static void Show(DescribedModel model)
    {
        Output.Line($"Written by {model.Origin}");
        Output.Line($"Takes     {model.Input}");
        Output.Line($"Gives     {string.Join("; ", model.Outputs)}");
        var table = NewTable("What it teaches by as an expert", "as", "tensor", "node", "operation", "size");
        foreach (var part in model.Parts)
            table.AddRow(new Text(part.Role), new Text(part.Tensor), new Text(part.Node), new Text(part.Operation), new Text(part.Size.ToString()));
        Output.Console.Write(table);
        Output.Line(model.Parts.Any(part => part.Size.Height > 1)
            ? "Stages: of each resolution the last map that everything after it depends on alone. Others: expert.onnx.stages, a list of tensors or nodes."
            : "No stages: it has no map, N×C×H×W of the images' proportions, that everything after it depends on alone. Others can be named by expert.onnx.stages.");
        Output.Line(model.SaysNormalization
            ? "It says itself how its images are prepared."
            : "It does not say by which normalisation its images are prepared: expert.onnx.normalization has to.");
    }

    /// <summary>A recipe: its networks, each architecture once, and the terms of all losses.</summary>
    public static void Show(TeachingDescription teaching)
    {
        Output.Line(DescriptionText.Title(teaching));
        Output.Line("");
        foreach (var networks in teaching.Networks.GroupBy(network => network.Architecture))
            Show($"{string.Join(", ", networks.Select(network => network.Name).Distinct())}: {networks.Key}", networks.First().Outline);
        var table = NewTable("What moves whom", "term", "weight", "learner's output ← from", "gradient");
        foreach (var term in teaching.Terms)
        {
            table.AddRow(new Text($"{term.Name}" + (term.IsPreliminary ? " (before the training proper)" : "")), new Text(DescriptionText.Weight(term.Weight)),
                new Text(string.Join('\n', DescriptionText.Links(term))), new Text(DescriptionText.Gradient(term)));
        }
        table.Columns[1].RightAligned();
        Output.Console.Write(table);
        foreach (string note in DescriptionText.Notes(teaching))
            Output.Line(note);
        Output.Line("Weights are those of the last epoch. Found by asking the method about random images: a term's gradient tells what it moves, changing an output whether it is read.");
    }

    private static void Show(string title, NetworkOutline outline)
    {
        var table = NewTable(title, "part", "output", "layers", "parameters", "multiply-adds", "share");
        foreach (int column in (int[])[3, 4, 5])
            table.Columns[column].RightAligned();
        var whole = outline.Cost;
        foreach (var part in outline.Parts)
            table.AddRow(Cells(part.Name, part.Output?.ToString() ?? "", part.Layers, part.Cost));
        table.AddEmptyRow();
        table.AddRow(Cells("all", "", "", whole));
        Output.Console.Write(table);

        Text[] Cells(string name, string output, string layers, NetworkCost cost) =>
        [
            new(name), new(output), new(layers), new($"{cost.Parameters:N0}"), new($"{cost.MultiplyAdds:N0}"), new($"{100.0 * cost.MultiplyAdds / whole.MultiplyAdds:0} %"),
        ];
    }

    private static Table NewTable(string title, params string[] columns)
    {
        var table = new Table { Title = new TableTitle(Markup.Escape(title)) };
        table.RoundedBorder();
        foreach (string column in columns)
            table.AddColumn(new TableColumn(new Text(column)));
        return table;
    }
}
