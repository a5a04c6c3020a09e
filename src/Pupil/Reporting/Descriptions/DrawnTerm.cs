namespace Pupil.Reporting.Descriptions;

/// <summary>A line of a drawing, from a teacher's box to the learner's.</summary>
/// <param name="FromRow">The teacher's row.</param>
/// <param name="FromColumn">The column of its box.</param>
/// <param name="ToColumn">The column of the learner's box.</param>
/// <param name="MovesTeacher">Whether the gradient flows into the teacher too.</param>
/// <param name="IsNamed">Whether the term's name is written beside it.</param>
internal sealed record DrawnLine(int FromRow, int FromColumn, int ToColumn, bool MovesTeacher, bool IsNamed);

/// <summary>A term in a drawing.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Legend">The text in the legend.</param>
/// <param name="Colour">Its colour.</param>
/// <param name="Learner">The learner's row.</param>
/// <param name="ReadsLabels">Whether it depends on the labels.</param>
/// <param name="IsPreliminary">Whether it belongs to the preliminary phase.</param>
/// <param name="Lines">The lines from other networks.</param>
internal sealed record DrawnTerm(
    string Name, string Legend, string Colour, int Learner, bool ReadsLabels, bool IsPreliminary, IReadOnlyList<DrawnLine> Lines)
{
    private const int MostNamed = 4, LongestName = 24;

    /// <summary>Makes a term between the rows.</summary>
    public static DrawnTerm OfTerm(TermDescription term, IReadOnlyList<DrawnNetwork> rows, string colour)
    {
        int learner = RowOf(term.Name.Owner);
        // The values of a stage before and after its last ReLU share a box.
        var links = term.Links.Where(link => link.Teacher is not null && link.Teacher.Network != Place.Labels);
        var ends = links.Select(link => (Row: RowOf(link.Teacher!.Network), From: ColumnOf(link.Teacher), To: ColumnOf(link.Learner),
            link.MovesTeacher)).Distinct().ToList();
        return new DrawnTerm(Short(term.Name.InOwner), $"{term.Name}, weight {DescriptionText.Weight(term.Weight)}", colour, learner,
            term.Links.Any(link => link.Teacher?.Network == Place.Labels), term.IsPreliminary,
            [.. ends.Select((end, i) => new DrawnLine(end.Row, end.From, end.To, end.MovesTeacher, i == 0 || ends.Count <= MostNamed))]);

        int RowOf(string network) => rows.Select((row, i) => (row, i)).First(entry => entry.row.Name == network).i;

        int ColumnOf(Place place)
        {
            var boxes = rows[RowOf(place.Network)].Boxes;
            return (boxes.FirstOrDefault(box => box.Part == place.Part) ?? boxes[0]).Column;
        }
    }

    private static string Short(string name) => name.Length <= LongestName ? name : $"{name[..(LongestName - 1)]}…";
}
