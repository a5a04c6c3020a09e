using Pupil.Experiments.Exhibits;
using Pupil.Experiments.Runs;
using Pupil.Reporting.Content;

namespace Pupil.Reporting.Page;

/// <summary>
/// The paper's figure 3: where each network looks on the same pictures, stage by stage. One row is one picture and stage, with one colour scale.
/// </summary>
internal static class AttentionFigure
{
    // More pictures than these make the page long without saying more.
    private const int Pictures = 4;

    /// <summary>The figure of one seed; empty where no run kept attention.</summary>
    public static Html OfReport(ReportContent content)
    {
        var shown = content.Groups.Select(group => (Group: group, Run: group.Runs.FirstOrDefault(run => run.Exhibit is not null))).Where(entry => entry.Run is not null).ToList();
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
        var rows = Enumerable.Range(0, pictures).SelectMany(picture => stages.Select((stage, i) => Row(first, picture, stage, i == 0 ? stages.Count : 0, columns, content.ShowsPictures)));
        return Html.Format($"""
            <figure>
            <figcaption>Attention on the same pictures</figcaption>
            <div class="scroll" tabindex="0" role="group" aria-label="Attention on the same pictures"><table class="maps">
            <thead><tr><th scope="col">picture</th><th scope="col">stage</th>{columns.Select(column => Html.Format($"<th scope=\"col\" dir=\"auto\">{column.Label}</th>"))}<th scope="col">scale</th></tr></thead>
            <tbody>
            {rows}</tbody></table></div>
            <p class="note">A row has one scale: the brightest colour is its strongest attention, in times of what attention spread evenly would have. White line: the strongest {100 * HeatMap.TopShare:0} % of the pixels;
            dashed: the object's box. Weights of the last epoch, seed {shown[0].Run!.Seed}; pictures chosen by class, not by what they show{(content.ShowsPictures ? "" : "; they are left out of this page")}.</p>
            </figure>

            """);
    }

    private static Html Row(Exhibit exhibit, int picture, string stage, int span, List<Column> columns, bool showsPicture)
    {
        double strongest = columns.Max(column => HeatMap.Strongest(column.Stages[stage], picture));
        var shown = exhibit.Pictures[picture];
        if (!showsPicture)
            shown = shown with { Pixels = new byte[shown.Pixels.Length] };
        string name = exhibit.Classes[shown.Label];
        var image = showsPicture ? Html.Format($"<img alt=\"\" src=\"{Data(HeatMap.Picture(exhibit, shown))}\"><br>") : Html.Empty;
        var head = span == 0 ? Html.Empty : Html.Format($"<th scope=\"rowgroup\" rowspan=\"{span}\">{image}<span dir=\"auto\">{name}</span></th>");
        var cells = columns.Select(column => Html.Format($"<td><img loading=\"lazy\" alt=\"attention of {column.Label}, {stage}, on {name}\" src=\"{Data(HeatMap.Over(exhibit, shown, column.Stages[stage], picture, strongest))}\"></td>"));
        return Html.Format($"<tr>{head}<th scope=\"row\">{stage}</th>{cells}<td class=\"scale\"><span class=\"ramp\" aria-hidden=\"true\"></span>0 … {strongest:0.0} ×</td></tr>\n");
    }

    /// <summary>A WebP picture as a link that holds it.</summary>
    internal static string Data(byte[] webp) => $"data:image/webp;base64,{Convert.ToBase64String(webp)}";

    private static bool SamePictures(Exhibit one, Exhibit other) =>
        one.Pictures.Take(Pictures).Select(picture => (picture.Index, picture.Label)).SequenceEqual(other.Pictures.Take(Pictures).Select(picture => (picture.Index, picture.Label)))
        && one.Pictures.Take(Pictures).Zip(other.Pictures).All(pair => pair.First.Pixels.AsSpan().SequenceEqual(pair.Second.Pixels));

    private sealed record Column(string Label, IReadOnlyDictionary<string, StageAttention> Stages, bool IsExpert, NetworkRole Role);
}
