using Pupil.Reporting.Content;

namespace Pupil.Reporting.Page;

/// <summary>The tables of the settings that were chosen from the data, with their reasons.</summary>
internal static class ChoiceTable
{
    /// <summary>Makes a table for each group of runs whose recipe was chosen; empty where none was.</summary>
    public static Html OfReport(ReportContent content) => Html.Join(
        from @group in content.Groups
        let plan = @group.Runs[0].Plan
        where plan is not null
        select HtmlTable.OfRows(content.Groups.Count == 1 ? "Settings chosen from the data" : $"Settings chosen for {@group.FullLabel}",
            ["setting", "value", "reason"],
            plan.Choices.Select(choice => new[] { choice.Title, choice.Value, choice.Reason }.Select(text => Html.Format($"{text}")))));
}
