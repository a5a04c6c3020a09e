using Pupil.Networks;
using Pupil.Reporting.Descriptions;
using Spectre.Console;

namespace Pupil.Cli.Display;

/// <summary>Prints networks part by part, and how a recipe joins them.</summary>
internal static class DescriptionView
{
    /// <summary>Prints a network.</summary>
    public static void Show(DescribedNetwork network) => Show(DescriptionText.Title(network), network.Outline);

    /// <summary>Prints the inputs and outputs of an ONNX model, and the tensors that teach.</summary>
    public static void Show(DescribedModel model)
    {
        Output.Line($"Written by {model.Origin}");
        Output.Line($"Takes     {model.Input}");
        Output.Line($"Gives     {string.Join("; ", model.Outputs)}");
        var table = NewTable("Tensors that teach as an expert", "as", "tensor", "node", "operation", "size");
        foreach (var part in model.Parts)
        {
            string[] cells = [part.Role, part.Tensor, part.Node, part.Operation, SizeOf(part)];
            table.AddRow(cells.Select(cell => new Text(cell)));
        }
        Output.Console.Write(table);
        foreach (string line in Explained(model))
            Output.Line(line);
        Output.Line(model.SaysNormalization
            ? "The model gives the normalisation of its images."
            : "The model does not give the normalisation of its images: set expert.onnx.normalization.");
    }

    private static string SizeOf(ModelPart part) =>
        part.LeadingTokens is > 0 and var leading ? $"{part.Size} + {leading} token{(leading == 1 ? "" : "s")}" : part.Size.ToString();

    private static IEnumerable<string> Explained(DescribedModel model)
    {
        const string Others = "Others: expert.onnx.stages, a list of tensors or nodes.";
        if (model.Parts.FirstOrDefault(part => part.LeadingTokens is not null) is { } tokens)
        {
            yield return $"Stages: the tokens after each block of a transformer. {Others}";
            yield return $"Tokens: a grid of {tokens.Size.Height}×{tokens.Size.Width} patches"
                + (tokens.LeadingTokens > 0 ? $" after {tokens.LeadingTokens} class and register tokens. " : ". ") + (model.IsGridGuessed
                    ? "The grid is guessed from the number of tokens: no convolution gives it."
                    : "The grid is that of the convolution over patches.");
            if (model.HasAttentionWeights)
                yield return "Attention weights of the blocks as stages: expert.onnx.blocks=attention-weights.";
        }
        else
        {
            yield return model.Parts.Any(part => part.Size.Height > 1)
                ? $"Stages: for each resolution, the last map that alone carries everything after it. {Others}"
                : "No stages: no map, N×C×H×W of the images' proportions, alone carries everything after it. "
                    + "Others can be named by expert.onnx.stages.";
        }
    }

    /// <summary>Prints a recipe: its networks, each architecture once, and the terms of all losses.</summary>
    public static void Show(TeachingDescription teaching)
    {
        Output.Line(DescriptionText.Title(teaching));
        Output.Line("");
        foreach (var networks in teaching.Networks.GroupBy(network => network.Architecture))
            Show($"{string.Join(", ", networks.Select(network => network.Name).Distinct())}: {networks.Key}", networks.First().Outline);
        var table = NewTable("Terms and gradients", "term", "weight", "learner's output ← from", "gradient");
        foreach (var term in teaching.Terms)
        {
            string name = $"{term.Name}{(term.IsPreliminary ? " (before the main training)" : "")}";
            string links = string.Join('\n', DescriptionText.Links(term));
            string[] cells = [name, DescriptionText.Weight(term.Weight), links, DescriptionText.Gradient(term)];
            table.AddRow(cells.Select(cell => new Text(cell)));
        }
        table.Columns[1].RightAligned();
        Output.Console.Write(table);
        foreach (string note in DescriptionText.Notes(teaching))
            Output.Line(note);
        Output.Line("Weights are those of the last epoch. The links are found by computing the losses of random images: "
            + "a term's gradient shows what it trains, a changed output shows whether it is read.");
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
            new(name), new(output), new(layers), new($"{cost.Parameters:N0}"), new($"{cost.MultiplyAdds:N0}"),
            new($"{100.0 * cost.MultiplyAdds / whole.MultiplyAdds:0} %"),
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
