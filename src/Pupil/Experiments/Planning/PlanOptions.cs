using Pupil.Images;

namespace Pupil.Experiments.Planning;

/// <summary>What a recipe is chosen for.</summary>
internal sealed record PlanOptions
{
    /// <summary>The images.</summary>
    public required DataSource Source { get; init; }

    /// <summary>The name of the recipe and of its run folders.</summary>
    public string Name { get; init; } = "pictures";

    /// <summary>The size of the networks. Default <see cref="Quality.Good"/>.</summary>
    public Quality Quality { get; init; } = Quality.Good;

    /// <summary>The time for choosing and training together; null: that of the quality.</summary>
    public TimeSpan? Budget { get; init; }

    /// <summary>Whether teachers are trained; otherwise the students train on labels alone. Default true.</summary>
    public bool Teaches { get; init; } = true;

    /// <summary>Values that are not chosen, such as <c>training.epochs=30</c>.</summary>
    public IReadOnlyList<string> Overrides { get; init; } = [];

    /// <summary>The planned time.</summary>
    public TimeSpan Time => Budget ?? DefaultTime(Quality);

    /// <summary>Returns the time of a quality.</summary>
    public static TimeSpan DefaultTime(Quality quality) => TimeSpan.FromMinutes(quality switch
    {
        Quality.Quick => 3,
        Quality.Good => 10,
        _ => 60,
    });
}
