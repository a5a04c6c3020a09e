using Pupil.Training;

namespace Pupil.Tests.Training;

/// <summary>Terms of records by their names as text.</summary>
internal static class RecordedTerms
{
    /// <summary>The value of a term, for example <c>student/path</c>.</summary>
    public static double Term(this EpochRecord epoch, string name) => epoch.Terms.Single(term => term.Key.ToString() == name).Value;

    /// <summary>The value of a term.</summary>
    public static double Term(this StepRecord step, string name) => step.Terms.Single(term => term.Key.ToString() == name).Value;

    /// <summary>The names of all terms, sorted.</summary>
    public static IEnumerable<string> TermNames(this EpochRecord epoch) =>
        epoch.Terms.Keys.Select(name => name.ToString()).Order(StringComparer.Ordinal);
}
