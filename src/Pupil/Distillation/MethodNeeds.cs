namespace Pupil.Distillation;

/// <summary>The labels that a method's own terms need. A student's cross-entropy is added wherever there are labels.</summary>
public enum LabelNeed
{
    /// <summary>None: the terms are the same without labels and with mixed images.</summary>
    None,

    /// <summary>Labels of any kind, for networks that the method trains beside the students.</summary>
    Any,

    /// <summary>One class number for each image. Mixed images and images with several labels have none.</summary>
    OnePerImage,
}

/// <summary>The outputs of an expert that a method reads.</summary>
[Flags]
public enum TeacherParts
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>Logits of the data's classes.</summary>
    Logits = 1,

    /// <summary>The embedding.</summary>
    Embedding = 2,

    /// <summary>The maps or tokens of the stages.</summary>
    Stages = 4,

    /// <summary>The inputs of the stages' last ReLU.</summary>
    PreActivations = 8,

    /// <summary>The batch-norms of the pre-activations.</summary>
    Norms = 16,
}
