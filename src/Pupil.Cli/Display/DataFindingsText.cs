using Pupil.Cli.Inspection;
using Spectre.Console;

namespace Pupil.Cli.Display;

/// <summary>Prints the findings about a data set.</summary>
internal static class DataFindingsText
{
    private const int MostClasses = 40, MostSizes = 5, MostFiles = 20, BarWidth = 30;

    public static void Show(DataFindings findings)
    {
        var (height, width, channels) = findings.Shape;
        Output.Line($"{findings.Name}: {findings.Classes.Count} classes, {height}×{width} pixels, {(channels == 1 ? "grey" : "RGB")}");
        if (findings.Parts is [{ LabelsEach: double each, WithoutLabel: int without }, ..])
            Output.Line($"Labels: several a picture, {each:0.0} in the mean; {without:N0} training pictures have none.");
        Output.Console.Write(Parts(findings));
        Output.Console.Write(Classes(findings));
        foreach (var part in findings.Parts.Where(part => part.Sizes.Count > 0))
            Output.Line($"{part.Part}: pictures of {Sizes(part)} (height×width), brought to {height}×{width}");
        if (findings.LeftOutCount > 0)
        {
            Output.Line($"Broken and left out: {findings.LeftOutCount:N0}");
            foreach (var file in findings.LeftOut.Take(MostFiles))
                Output.Line($"  {file.File}: {file.Reason}");
            if (findings.LeftOutCount > MostFiles)
                Output.Line("  …");
        }
        foreach (string warning in findings.Warnings)
            Output.Line($"Warning: {warning}");
        if (findings.Warnings.Count == 0 && findings.LeftOutCount == 0)
            Output.Line("No warnings.");
    }

    private static Table Parts(DataFindings findings)
    {
        string[] columns = ["part", "images", "a class has", "mean", "deviation", "boxes cover"];
        var table = new Table().Border(TableBorder.Rounded).BorderColor(Color.Grey).AddColumns(columns);
        foreach (var part in findings.Parts)
        {
            var (least, most) = (part.PerClass.Min(), part.PerClass.Max());
            string perClass = least == most ? $"{least:N0}" : $"{least:N0} to {most:N0}";
            string boxes = part.BoxShare is double share ? Output.Percent(share) : "no boxes";
            table.AddRow(part.Part, $"{part.Count:N0}", perClass, Numbers(part.Mean), Numbers(part.Deviation), boxes);
        }
        return table;
    }

    // All classes if they fit on a screen, else the smallest and the largest.
    private static Table Classes(DataFindings findings)
    {
        var table = new Table().Border(TableBorder.Rounded).BorderColor(Color.Grey).AddColumn("class");
        foreach (var part in findings.Parts)
            table.AddColumn(new TableColumn(part.Part).RightAligned());
        table.AddColumn("");
        var counts = findings.Parts[0].PerClass;
        int[] order = [.. Enumerable.Range(0, findings.Classes.Count)];
        int[] shown = order;
        if (order.Length > MostClasses)
        {
            int[] bySize = [.. order.OrderByDescending(label => counts[label])];
            shown = [.. bySize.Take(MostClasses / 4), -1, .. bySize.TakeLast(MostClasses / 4)];
        }
        foreach (int label in shown)
        {
            string name = label < 0 ? $"… {order.Length - shown.Length + 1} more" : findings.Classes[label];
            var cells = findings.Parts.Select(part => new Text(label < 0 ? "" : $"{part.PerClass[label]:N0}"));
            table.AddRow([new Text(name), .. cells, new Text(label < 0 ? "" : Bar(counts[label], counts.Max()))]);
        }
        return table;
    }

    private static string Bar(int count, int most) => new('█', most == 0 ? 0 : (int)Math.Ceiling((double)BarWidth * count / most));

    private static string Sizes(PartFindings part)
    {
        var sizes = part.Sizes.Take(MostSizes).Select(entry => $"{entry.Size.Height}×{entry.Size.Width} ({entry.Count:N0})");
        string shown = string.Join(", ", sizes);
        if (part.Sizes.Count <= MostSizes)
            return shown;
        int low = part.Sizes.Min(entry => Math.Min(entry.Size.Height, entry.Size.Width));
        int high = part.Sizes.Max(entry => Math.Max(entry.Size.Height, entry.Size.Width));
        string often = part.Sizes[0].Count > 1 ? $", most often {shown}" : "";
        return $"{part.Sizes.Count:N0} sizes, sides from {low:N0} to {high:N0} pixels{often}";
    }

    private static string Numbers(IEnumerable<double> values) => string.Join(" ", values.Select(value => $"{value:0.000}"));
}
