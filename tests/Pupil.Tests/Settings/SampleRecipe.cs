using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Pupil.Settings;

namespace Pupil.Tests.Settings;

/// <summary>A small recipe with every kind of value that a record can have.</summary>
[DisplayName("Sample recipe")]
[Description("An experiment.")]
internal sealed record SampleRecipe
{
    [Description("Where the differences between paper and code come from.")]
    public SamplePreset Preset { get; init; } = SamplePreset.Paper;

    [Description("The data set.")]
    public required string Data { get; init; }

    public string? Notes { get; init; }

    public SampleTraining Training { get; init; } = new();

    [Description("How the students learn.")]
    public SampleMethod Method { get; init; } = new SampleCollaborative { Gamma = 0.5 };

    [MinLength(1)]
    public IReadOnlyList<SampleStudent> Students { get; init; } = [new(), new() { Taught = false }];

    public SampleNetwork? Expert { get; init; }
}

internal enum SamplePreset
{
    Paper,

    [Description("As the authors' program does it.")]
    ReleasedCode,
}

internal sealed record SampleTraining
{
    [Range(1, 100_000)]
    [Description("Passes over the training images.")]
    public int Epochs { get; init; } = 30;

    [Range(1, int.MaxValue)]
    public int BatchSize { get; init; } = 128;

    [Range(0.0, double.MaxValue, MinimumIsExclusive = true)]
    public double LearningRate { get; init; } = 0.1;

    [Range(0, 1)]
    public float Momentum { get; init; } = 0.9f;

    [Range(1, 100_000)]
    [MaxLength(3)]
    public IReadOnlyList<int> Milestones { get; init; } = [10, 20];

    public ulong Seed { get; init; }

    [AllowedValues("cpu", "cuda")]
    public string? Device { get; init; }
}

[StringShorthand("name")]
[JsonPolymorphic(TypeDiscriminatorPropertyName = "name")]
[JsonDerivedType(typeof(SampleCollaborative), "collaborative-teaching")]
[JsonDerivedType(typeof(SampleHinton), "hinton")]
internal abstract record SampleMethod
{
    [Range(0.0, double.PositiveInfinity)]
    public double LabelWeight { get; init; } = 1;
}

internal sealed record SampleCollaborative : SampleMethod
{
    [Range(0.0, double.PositiveInfinity)]
    public double Gamma { get; init; } = 0.03;

    public SampleSide AttentionOn { get; init; } = SampleSide.Student;

    public bool ShareFirstLayer { get; init; }

    public int Twice => 2 * (int)Gamma;
}

internal sealed record SampleHinton : SampleMethod
{
    [Range(0.0, 100.0, MinimumIsExclusive = true)]
    public double Temperature { get; init; } = 4;
}

internal enum SampleSide
{
    Student,
    ScratchTeacher,
}

internal sealed record SampleStudent
{
    public SampleNetwork Network { get; init; } = new() { Architecture = "wrn-16-1" };

    public bool Taught { get; init; } = true;
}

[StringShorthand("architecture")]
internal sealed record SampleNetwork
{
    [Examples("wrn-16-1", "resnet-20")]
    [RegularExpression("[a-z]+(-[0-9]+)*")]
    public required string Architecture { get; init; }

    [Range(0.0, 1.0, MaximumIsExclusive = true)]
    public double Dropout { get; init; }

    [SampleStem]
    public string Stem { get; init; } = "plain";
}

internal sealed class SampleStemAttribute : TextChoicesAttribute
{
    public override IReadOnlyList<string> Choices { get; } = ["plain", "pooled"];
}
