namespace Pupil.Reporting.Descriptions;

/// <summary>A line of a drawing, from a teacher's box to the learner's.</summary>
/// <param name="FromRow">The teacher's row.</param>
/// <param name="FromColumn">The column of its box.</param>
/// <param name="ToColumn">The column of the learner's box.</param>
/// <param name="MovesTeacher">Whether the gradient goes on into the teacher.</param>
/// <param name="IsNamed">Whether the term's name stands beside it.</param>
internal sealed record DrawnLine(int FromRow, int FromColumn, int ToColumn, bool MovesTeacher, bool IsNamed);

/// <summary>A term in a drawing.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Legend">What the legend says of it.</param>
/// <param name="Colour">Its colour.</param>
/// <param name="Learner">The learner's row.</param>
/// <param name="ReadsLabels">Whether it compares with the labels.</param>
/// <param name="IsPreliminary">Whether it belongs to the phase before the training proper.</param>
/// <param name="Lines">Its lines to other networks.</param>
internal sealed record DrawnTerm(string Name, string Legend, string Colour, int Learner, bool ReadsLabels, bool IsPreliminary, IReadOnlyList<DrawnLine> Lines)
{
    private const int MostNamed = 4, LongestName = 24;

    /// <summary>Places a term among the rows.</summary>
    public static DrawnTerm Of(TermDescription term, IReadOnlyList<DrawnNetwork> rows, string colour)
    {
        int learner = RowOf(term.Name.Owner);
        // A stage before and after its ReLU is one box.
        var ends = term.Links.Where(link => link.Teacher is not null && link.Teacher.Network != Place.Labels)
            .Select(link => (Row: RowOf(link.Teacher!.Network), From: ColumnOf(link.Teacher), To: ColumnOf(link.Learner), link.MovesTeacher)).Distinct().ToList();
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
