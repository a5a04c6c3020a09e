using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Pupil.Networks;
using Pupil.Training;

namespace Pupil.Recipes;

/// <summary>The expert teacher: a student file given by path, or how it is trained before teaching starts, and then kept.</summary>
public sealed record ExpertOptions
{
    /// <summary>A student file (safetensors) to take as it is; null: train one.</summary>
    [Description("A student file to take as it is; null: train one by the settings below, and keep it for the next run."), MinLength(1)]
    public string? File { get; init; }

    /// <summary>The network to train. Default WRN-40-1.</summary>
    [Description("The network to train.")]
    public NetworkSpec Network { get; init; } = new() { Architecture = "wrn-40-1" };

    /// <summary>How it is trained, on the labels alone.</summary>
    [Description("How it is trained, on the labels alone.")]
    public TrainingOptions Training { get; init; } = new();

    /// <summary>How many training images it learns from; null: as many as the students. Never those that the recipe holds out.</summary>
    [Description("How many training images the expert learns from; null: as many as the students. Never held-out ones."), Range(1, int.MaxValue)]
    public int? TrainImages { get; init; }

    /// <summary>Its seed, apart from the recipe's, so that several seeds have one expert. Default 0.</summary>
    [Description("The expert's seed, apart from the recipe's, so that runs with several seeds share one expert."), Range(0, int.MaxValue)]
    public int Seed { get; init; }
}
