namespace Pupil.Distillation;

/// <summary>What a method's own terms need of a batch's target; a student's cross-entropy is added wherever there is one.</summary>
public enum LabelNeed
{
    /// <summary>Nothing: the terms are the same without labels and with mixed images.</summary>
    None,

    /// <summary>Hard or soft labels, for networks that the method trains beside the students.</summary>
    Any,

    /// <summary>One class number for each image; mixed images have none.</summary>
    OnePerImage,
}

/// <summary>What a method reads of an expert's outputs.</summary>
[Flags]
public enum TeacherParts
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Logits of the data's classes.</summary>
    Logits = 1,

    /// <summary>The embedding.</summary>
    Embedding = 2,

    /// <summary>The stages.</summary>
    Stages = 4,

    /// <summary>The values before the stages' last ReLU.</summary>
    PreActivations = 8,

    /// <summary>The batch-norms that describe the pre-activations.</summary>
    Norms = 16,
}
