using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Pupil.Networks;

namespace Pupil.Experiments.Recipes;

/// <summary>One student.</summary>
public sealed record StudentOptions
{
    /// <summary>The name of the student in records and files. Default <c>student</c>.</summary>
    [Description("The name of the student in records and files."), RegularExpression("^[A-Za-z0-9][A-Za-z0-9._-]{0,40}$")]
    public string Name { get; init; } = "student";

    /// <summary>The network of the student. Default WRN-16-1.</summary>
    [Description("The network of the student.")]
    public NetworkSpec Network { get; init; } = new() { Architecture = "wrn-16-1" };

    /// <summary>The trained weights from which its training starts; null: random initial weights.</summary>
    [Description("Trained weights from which its training starts: a file, or an object with the file; null: random initial weights.")]
    public PretrainedOptions? Weights { get; init; }

    /// <summary>Whether the method teaches it; otherwise it trains on labels alone, with the same batches. Default true.</summary>
    [Description("Whether the method teaches it; otherwise it trains on labels alone, with the same batches, for comparison.")]
    public bool Taught { get; init; } = true;
}
