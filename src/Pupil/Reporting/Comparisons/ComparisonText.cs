namespace Pupil.Reporting.Comparisons;

/// <summary>A report in words and columns, before it becomes Markdown, LaTeX or a picture on a terminal.</summary>
/// <param name="Title">The comparison's name.</param>
/// <param name="About">What it is for, and how far it is.</param>
/// <param name="Tables">The tables.</param>
/// <param name="Notes">What must be known to read them.</param>
public sealed record ComparisonText(
    string Title, IReadOnlyList<string> About, IReadOnlyList<TextTable> Tables, IReadOnlyList<TextNote> Notes);

/// <summary>A table.</summary>
/// <param name="Title">What it shows.</param>
/// <param name="Columns">What its columns show; the first is to the left, the others to the right.</param>
/// <param name="Lines">Its lines.</param>
public sealed record TextTable(string Title, IReadOnlyList<string> Columns, IReadOnlyList<TextLine> Lines);

/// <summary>A line of a table.</summary>
/// <param name="Cells">One for each column.</param>
/// <param name="IsPart">Whether it belongs to the line above: a network that learnt beside the student.</param>
public sealed record TextLine(IReadOnlyList<TextCell> Cells, bool IsPart);

/// <summary>A cell of a table.</summary>
/// <param name="Text">What it says.</param>
/// <param name="IsMarked">Whether it is a difference whose interval excludes zero.</param>
public sealed record TextCell(string Text, bool IsMarked = false);

/// <summary>A note under the tables.</summary>
/// <param name="Text">What it says.</param>
/// <param name="Mark">The letter by which cells point to it; empty for one about all of them.</param>
public sealed record TextNote(string Text, string Mark = "");
