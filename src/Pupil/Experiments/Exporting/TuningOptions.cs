namespace Pupil.Experiments.Exporting;

/// <summary>Options of the tuning of a student in simulated 8 bits.</summary>
internal sealed record TuningOptions
{
    /// <summary>Passes over the training images, 1…1,000. Default 10.</summary>
    public int Epochs { get; init; } = 10;

    /// <summary>The learning rate at the start, above 0; it falls along half a cosine to 0. Default 5·10⁻⁴.</summary>
    public double LearningRate { get; init; } = 5e-4;
}
