namespace Pupil.Experiments.Recipes;

/// <summary>A recipe that was chosen from the data, and why.</summary>
/// <param name="Choices">The choices, in the order in which they were made.</param>
/// <param name="BudgetSeconds">The time that was allowed for choosing and training, in seconds.</param>
/// <param name="ChoosingSeconds">The time that choosing took, in seconds.</param>
/// <param name="ExpectedSeconds">The predicted time of the experiment that follows, in seconds.</param>
internal sealed record Plan(IReadOnlyList<Choice> Choices, double BudgetSeconds, double ChoosingSeconds, double ExpectedSeconds)
{
    /// <summary>The complete recipe; a record of the plan does not repeat it.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public Recipe Recipe { get; init; } = new();
}
