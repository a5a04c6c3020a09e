using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Pupil.Distillation;
using Pupil.Distillation.Methods;
using Pupil.Interop.Onnx;
using Pupil.Networks;
using Pupil.Training;

namespace Pupil.Experiments.Recipes;

/// <summary>The expert teacher: a file given by path, or how it is trained before teaching starts, and then kept.</summary>
public sealed record ExpertOptions
{
    /// <summary>A student file (safetensors) or an ONNX model to take as it is; null: train one.</summary>
    [Description("A student file or an ONNX model (.onnx) to take as it is; null: train one by the settings below, and keep it for the next run."), MinLength(1)]
    public string? File { get; init; }

    /// <summary>Whether <see cref="File"/> is an ONNX model, by its name.</summary>
    [JsonIgnore]
    public bool IsOnnx => File?.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase) == true;

    /// <summary>Of an ONNX model: what it does not say about itself; null: nothing, as for a model that Pupil exported.</summary>
    [Description("Of an ONNX model: its normalisation, and which of its tensors teach; null for one that Pupil exported.")]
    public OnnxExpertOptions? Onnx { get; init; }

    /// <summary>The network to train. Default WRN-40-1.</summary>
    [Description("The network to train.")]
    public NetworkSpec Network { get; init; } = new() { Architecture = "wrn-40-1" };

    /// <summary>What records call it, and a combination's parts ask it by. Default <c>expert</c>.</summary>
    [Description("What records call it, and the parts of a combination ask it by."), RegularExpression("^[A-Za-z0-9][A-Za-z0-9._-]{0,40}$")]
    public string Name { get; init; } = "expert";

    /// <summary>How it is taught itself. Default by the labels alone; with an expert of its own, it is a teacher assistant (Mirzadeh et al. 2020).</summary>
    [Description("How it is taught itself: by the labels alone, or, as a teacher assistant, by another method and an expert of its own.")]
    public MethodOptions Method { get; init; } = new SupervisedOptions();

    /// <summary>The expert that teaches it, where its method asks one: a chain of teachers, each smaller than the one before.</summary>
    [Description("The expert that teaches it, where its method asks one: a chain of teachers.")]
    public ExpertOptions? Expert { get; init; }

    /// <summary>How long and how fast it is trained.</summary>
    [Description("How long and how fast it is trained.")]
    public TrainingOptions Training { get; init; } = new();

    /// <summary>How many training images it learns from; null: as many as the students. Never those that the recipe holds out.</summary>
    [Description("How many training images the expert learns from; null: as many as the students. Never held-out ones."), Range(1, int.MaxValue)]
    public int? TrainImages { get; init; }

    /// <summary>Its seed, apart from the recipe's, so that several seeds have one expert. Default 0.</summary>
    [Description("The expert's seed, apart from the recipe's, so that runs with several seeds share one expert."), Range(0, int.MaxValue)]
    public int Seed { get; init; }
}
