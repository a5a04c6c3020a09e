using Pupil.Core;
using Pupil.Experiments.Exhibits;
using Pupil.Experiments.Runs;
using Pupil.Reporting.Content;
using static System.FormattableString;

namespace Pupil.Reporting.Page;

/// <summary>The test images for which students and experts predict different classes: their numbers, and pictures of them.</summary>
internal static class DisagreementFigure
{
    private const int Pictures = 8;

    /// <summary>
    /// Makes a table with a row for each student and expert, and a collapsible part with pictures for each taught student.
    /// </summary>
    public static Html OfReport(ReportContent content)
    {
        bool alone = content.Groups.Count == 1;
        var pairs = content.Groups.SelectMany(PairsOf).ToList();
        if (pairs.Count == 0)
            return Html.Empty;
        bool isOne = content.Groups.All(group => group.ScoreName == "accuracy");
        string[] columns =
        [
            "student", "expert", isOne ? "same class" : "same labels", "student right, expert wrong", "expert right, student wrong",
            isOne ? "difference of accuracy" : "difference of images with all labels right",
        ];
        var table = HtmlTable.OfRows(
            "Predictions of students beside those of their expert, test split, last epoch, in percent of the images: mean ± sample "
            + "deviation over the seeds", columns, pairs.Select(pair => Row(pair, pair.Group.NameOf(pair.Student, alone))));
        var pictures = pairs.Where(pair => pair.Group.RoleOf(pair.Student) == NetworkRole.Student)
            .Select(pair => PicturesOf(pair, pair.Group.NameOf(pair.Student, alone), alone, content.ShowsPictures));
        return Html.Format($"{table}{pictures}");
    }

    // The students of a group with each expert whose predictions the runs have.
    private static IEnumerable<Pair> PairsOf(ReportGroup entry)
    {
        var runs = entry.Runs.Where(run => run.Exhibit is not null).ToList();
        if (runs.Count == 0)
            return [];
        var names = runs[0].Exhibit!.Answers.Keys;
        return from student in names
               where entry.RoleOf(student) is NetworkRole.Student or NetworkRole.Control && entry.Networks.Contains(student)
               from expert in names.Where(entry.IsExpert)
               select new Pair(entry, [.. runs.Where(run => Has(run, student) && Has(run, expert))], student, expert);

        static bool Has(ReportRun run, string network) => run.Exhibit!.Answers.ContainsKey(network);
    }

    private static Html[] Row(Pair pair, string name)
    {
        Agreement[] found = [.. pair.Runs.Select(run => AgreementOf(run.Exhibit!, pair.Student, pair.Expert))];
        return
        [
            Html.Format($"{name}"),
            Html.Format($"{pair.Expert}"),
            Share(each => each.Same),
            Share(each => each.Gains),
            Share(each => each.Losses),
            Share(each => each.Gains - each.Losses),
        ];

        Html Share(Func<Agreement, int> count) =>
            Html.Format($"{ReportWords.Percent(Spread.OfValues([.. found.Select(each => (double)count(each) / each.Images)]))}");
    }

    private static Html PicturesOf(Pair pair, string name, bool open, bool showsPictures)
    {
        var run = pair.Runs[0];
        var exhibit = run.Exhibit!;
        return Html.Format($"""
            <details{Html.Markup(open ? " open" : "")}><summary><span dir="auto">{name} and {pair.Expert}</span>, seed {run.Seed}</summary>
            {(ControlOf(pair) is { } control ? Teaching(exhibit, pair, control) : Html.Empty)}
            <h3>The student is right, the expert wrong</h3>
            {List(pair.Student, pair.Expert)}<h3>The expert is right, the student wrong</h3>
            {List(pair.Expert, pair.Student)}</details>

            """);

        Html List(string right, string wrong) => PictureList.Of(exhibit, exhibit.Gained(right, wrong).Take(Pictures).Select(picture =>
            (picture, Html.Format($"{Said(pair.Student, picture)}<br>{Said(pair.Expert, picture)}"))), showsPictures);

        Html Said(string network, ExhibitPicture picture) =>
            Html.Format($"{network}: {PictureList.Prediction(exhibit, network, picture)}");
    }

    // What the expert's predictions gave to the student, and what they cost it, beside the same network trained alone.
    private static Html Teaching(Exhibit exhibit, Pair pair, string control)
    {
        var (labels, answers) = (exhibit.Labels, exhibit.Answers);
        int[] helpful = [.. Agreement.Gained(labels, answers[pair.Expert], answers[control])];
        int[] harmful = [.. Agreement.Gained(labels, answers[control], answers[pair.Expert])];
        int taken = helpful.Count(place => answers[pair.Student].Classes[place] == labels[place]);
        int copied = harmful.Count(place => answers[pair.Student].Classes[place] == answers[pair.Expert].Classes[place]);
        return Html.Format($"""
            <p>{Invariant($"{helpful.Length:N0}")} test images are right for {pair.Expert} and wrong for {control}:
            {pair.Student} gets {Invariant($"{taken:N0}")} of them right. {Invariant($"{harmful.Length:N0}")} are wrong for {pair.Expert}
            and right for {control}: {pair.Student} makes the same mistake as {pair.Expert} for {Invariant($"{copied:N0}")} of them.</p>

            """);
    }

    // The student of the same network that the same run trained on labels alone.
    private static string? ControlOf(Pair pair)
    {
        var students = pair.Group.Recipe?.Students ?? [];
        var network = students.First(student => student.Name == pair.Student).Network;
        return students.FirstOrDefault(student => !student.Taught && student.Network == network
            && pair.Runs[0].Exhibit!.Answers.ContainsKey(student.Name))?.Name;
    }

    private static Agreement AgreementOf(Exhibit exhibit, string student, string expert) =>
        Agreement.Of(exhibit.Labels, exhibit.Answers[student], exhibit.Answers[expert]);

    private sealed record Pair(ReportGroup Group, IReadOnlyList<ReportRun> Runs, string Student, string Expert);
}
