using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Pupil.Distillation;
using Pupil.Distillation.Methods;
using Pupil.Interop.Onnx;
using Pupil.Networks;
using Pupil.Training;

namespace Pupil.Experiments.Recipes;

/// <summary>The expert teacher: a given file, or the training that makes one before the students' training starts.</summary>
public sealed record ExpertOptions
{
    /// <summary>A student file (safetensors) or an ONNX model to use; null: train one.</summary>
    [Description("A student file or an ONNX model (.onnx) to use as the expert; null: train one by the settings below, "
        + "and keep it for later runs.")]
    [MinLength(1)]
    public string? File { get; init; }

    /// <summary>Whether <see cref="File"/> is an ONNX model, by its extension.</summary>
    [JsonIgnore]
    public bool IsOnnx => File?.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase) == true;

    /// <summary>Properties of an ONNX model that its file does not hold; null for a model that Pupil exported.</summary>
    [Description("Properties of an ONNX model: its normalisation, and the tensors that teach; null for a model that Pupil exported.")]
    public OnnxExpertOptions? Onnx { get; init; }

    /// <summary>
    /// Height and width of the images that an expert is trained on, in pixels, 8…512; null: those of the students. Pictures are read at
    /// this size. A given file has a size of its own.
    /// </summary>
    [Description("Height and width of the images that the expert is trained on, in pixels; null: those of the students. Pictures are read "
        + "at this size. A file has a size of its own.")]
    [Range(8, 512), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? InputSize { get; init; }

    /// <summary>
    /// The side of the central part of each picture that a given expert sees, as a share of what the students see, 0.5…1; null: 1.
    /// </summary>
    [Description("The side of the central part of each picture that the expert of a file sees, as a share of the students' part: "
        + "224/256 = 0.875 for most models of torchvision; null: the whole part.")]
    [Range(0.5, 1.0), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Crop { get; init; }

    /// <summary>The network to train. Default WRN-40-1.</summary>
    [Description("The network to train.")]
    public NetworkSpec Network { get; init; } = new() { Architecture = "wrn-40-1" };

    /// <summary>The trained weights from which its training starts; null: random initial weights.</summary>
    [Description("Trained weights from which its training starts: a file, or an object with the file; null: random initial weights.")]
    public PretrainedOptions? Weights { get; init; }

    /// <summary>The name of the expert in records and in the parts of a combination. Default <c>expert</c>.</summary>
    [Description("The name of the expert in records and in the parts of a combination.")]
    [RegularExpression("^[A-Za-z0-9][A-Za-z0-9._-]{0,40}$")]
    public string Name { get; init; } = "expert";

    /// <summary>Its own method; with its own expert, it is a teacher assistant (Mirzadeh et al. 2020). Default labels alone.</summary>
    [Description("The method that trains the expert: labels alone, or, for a teacher assistant, another method with an expert of its own.")]
    public MethodOptions Method { get; init; } = new SupervisedOptions();

    /// <summary>The expert's own expert, if its method needs one: a chain of teachers, each smaller than the one before.</summary>
    [Description("The expert's own expert, if its method needs one: a chain of teachers.")]
    public ExpertOptions? Expert { get; init; }

    /// <summary>The length and learning rate of its training.</summary>
    [Description("The length and learning rate of the expert's training.")]
    public TrainingOptions Training { get; init; } = new();

    /// <summary>The number of its training images; null: as many as the students. Held-out images are never among them.</summary>
    [Description("The number of the expert's training images; null: as many as the students. Held-out images are never among them.")]
    [Range(1, int.MaxValue)]
    public int? TrainImages { get; init; }

    /// <summary>Its seed. Apart from the recipe's, so that runs with several seeds share one expert. Default 0.</summary>
    [Description("The expert's seed, apart from the recipe's, so that runs with several seeds share one expert."), Range(0, int.MaxValue)]
    public int Seed { get; init; }
}
