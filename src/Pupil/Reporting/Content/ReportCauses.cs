namespace Pupil.Reporting.Content;

/// <summary>The cause of an error: a folder holds neither a run nor a comparison.</summary>
internal sealed record FolderWithoutRuns : UserErrorCause;

/// <summary>The cause of an error: no cell of a comparison has a run.</summary>
/// <param name="Folder">The comparison's folder.</param>
internal sealed record ComparisonWithoutRuns(string Folder) : UserErrorCause;
