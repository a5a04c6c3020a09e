using Pupil.Experiments.Exhibits;
using Pupil.Experiments.Runs;
using Pupil.Reporting.Content;

namespace Pupil.Reporting.Page;

/// <summary>
/// The paper's figure 3: the attention of each network on the same pictures, stage by stage. One row is one picture and stage,
/// with one colour scale.
/// </summary>
internal static class AttentionFigure
{
    // More pictures make the page long and add no information.
    private const int Pictures = 4;

    /// <summary>Makes the figure of one seed; empty where no run has attention maps.</summary>
    public static Html OfReport(ReportContent content)
    {
        var shown = content.Groups.Select(group => (Group: group, Run: group.Runs.FirstOrDefault(run => run.Exhibit is not null)))
            .Where(entry => entry.Run is not null).ToList();
        if (shown.Count == 0)
            return Html.Empty;
        var first = shown[0].Run!.Exhibit!;
        List<Column> columns = [];
        foreach (var (group, run) in shown.Where(entry => SamePictures(first, entry.Run!.Exhibit!)))
        {
            foreach (string network in run!.Exhibit!.Attention.Where(network => network.Value.Count > 0).Select(network => network.Key))
            {
                bool isExpert = group.IsExpert(network);
                string label = group.NameOf(network, content.Groups.Count == 1);
                if (!(isExpert && columns.Any(column => column.IsExpert)))
                    columns.Add(new(label, run.Exhibit.Attention[network], isExpert, group.RoleOf(network)));
            }
        }
        if (columns.Count == 0)
            return Html.Empty;
        columns = [.. columns.OrderBy(column => column.IsExpert).ThenBy(column => column.Role == NetworkRole.Companion)];
        var stages = columns[0].Stages.Keys.Where(stage => columns.All(column => column.Stages.ContainsKey(stage))).ToList();
        if (stages.Count == 0)
            return Html.Empty;
        int pictures = Math.Min(Pictures, columns.Min(column => column.Stages[stages[0]].Maps.Length));
        int SpanAt(int i) => i == 0 ? stages.Count : 0;
        var rows = from picture in Enumerable.Range(0, pictures)
                   from entry in stages.Select((stage, i) => (Stage: stage, Span: SpanAt(i)))
                   select Row(first, picture, entry.Stage, entry.Span, columns, content.ShowsPictures);
        var heads = columns.Select(column => Html.Format($"<th scope=\"col\" dir=\"auto\">{column.Label}</th>"));
        string left = content.ShowsPictures ? "" : " The page contains no pictures of the data set.";
        return Html.Format($"""
            <figure>
            <figcaption>Attention on the same pictures</figcaption>
            <div class="scroll" tabindex="0" role="group" aria-label="Attention on the same pictures"><table class="maps">
            <thead><tr><th scope="col">picture</th><th scope="col">stage</th>{heads}<th scope="col">scale</th></tr></thead>
            <tbody>
            {rows}</tbody></table></div>
            <p class="note">The maps of a row have one colour scale. It ends at the row's largest attention, relative to uniform attention.
            White line: the {100 * HeatMap.TopShare:0} % of the pixels with the largest attention; dashed: the object's box.
            Weights of the last epoch, seed {shown[0].Run!.Seed}; the pictures are chosen by class only.{left}</p>
            </figure>

            """);
    }

    private static Html Row(Exhibit exhibit, int picture, string stage, int span, List<Column> columns, bool showsPicture)
    {
        double strongest = columns.Max(column => HeatMap.Strongest(column.Stages[stage], picture));
        var shown = exhibit.Pictures[picture];
        if (!showsPicture)
            shown = shown with { Pixels = new byte[shown.Pixels.Length] };
        string name = exhibit.Names[shown.Label];
        var image = showsPicture ? Html.Format($"<img alt=\"\" src=\"{Data(HeatMap.Picture(exhibit, shown))}\"><br>") : Html.Empty;
        var head = span == 0 ? Html.Empty
            : Html.Format($"<th scope=\"rowgroup\" rowspan=\"{span}\">{image}<span dir=\"auto\">{name}</span></th>");
        var cells = columns.Select(Cell);
        string scale = FormattableString.Invariant($"0 … {strongest:0.0} ×");
        return Html.Format($"""
            <tr>{head}<th scope="row">{stage}</th>{cells}<td class="scale"><span class="ramp" aria-hidden="true"></span>{scale}</td></tr>

            """);

        Html Cell(Column column)
        {
            string map = Data(HeatMap.Over(exhibit, shown, column.Stages[stage], picture, strongest));
            return Html.Format($"<td><img loading=\"lazy\" alt=\"attention of {column.Label}, {stage}, on {name}\" src=\"{map}\"></td>");
        }
    }

    /// <summary>Returns a WebP picture as a data URL.</summary>
    internal static string Data(byte[] webp) => $"data:image/webp;base64,{Convert.ToBase64String(webp)}";

    private static bool SamePictures(Exhibit one, Exhibit other)
    {
        ExhibitPicture[] own = [.. one.Pictures.Take(Pictures)], others = [.. other.Pictures.Take(Pictures)];
        return own.Select(picture => (picture.Index, picture.Label)).SequenceEqual(others.Select(picture => (picture.Index, picture.Label)))
            && own.Zip(others).All(pair => pair.First.Pixels.AsSpan().SequenceEqual(pair.Second.Pixels));
    }

    private sealed record Column(string Label, IReadOnlyDictionary<string, StageAttention> Stages, bool IsExpert, NetworkRole Role);
}
