namespace Pupil.Experiments.Recipes;

/// <summary>A setting that was chosen from the data.</summary>
/// <param name="Path">Its path in the recipe.</param>
/// <param name="Title">What is chosen, such as <c>input</c>.</param>
/// <param name="Value">The value in force.</param>
/// <param name="Reason">The reason in a clause.</param>
internal sealed record Choice(string Path, string Title, string Value, string Reason);
