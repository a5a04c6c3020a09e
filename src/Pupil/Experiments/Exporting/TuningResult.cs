using Pupil.Inference;

namespace Pupil.Experiments.Exporting;

/// <summary>What tuning has done. ONNX Runtime computes the models; accuracies are 0…1.</summary>
public sealed record TuningResult
{
    /// <summary>The teacher of the tuning, in words.</summary>
    public required string Teacher { get; init; }

    /// <summary>The number of epochs.</summary>
    public required int Epochs { get; init; }

    /// <summary>The number of images that chose the epoch, and between both models.</summary>
    public required int SelectingImages { get; init; }

    /// <summary>The accuracies of the student in float32.</summary>
    public required TuningAccuracy Student { get; init; }

    /// <summary>The accuracies of the model in 8 bits with the student's weights.</summary>
    public required TuningAccuracy Calibrated { get; init; }

    /// <summary>The accuracies of the model in 8 bits with the tuned weights.</summary>
    public required TuningAccuracy Tuned { get; init; }

    /// <summary>Whether the tuned model is written: it is better on the selecting images.</summary>
    public bool IsTuned => Tuned.Selecting > Calibrated.Selecting;

    /// <summary>Compares the models.</summary>
    /// <param name="student">The tuned student.</param>
    /// <param name="before">The model with the student's weights, on the selecting images and on the test images.</param>
    /// <param name="after">The model with the tuned weights, on the same images.</param>
    internal static TuningResult Of(TunedStudent student, (ModelComparison Selecting, ModelComparison Test) before,
        (ModelComparison Selecting, ModelComparison Test) after) => new()
        {
            Teacher = student.Teacher,
            Epochs = student.Epochs,
            SelectingImages = before.Selecting.Images,
            Student = new(before.Selecting.NetworkScore, before.Test.NetworkScore),
            Calibrated = new(before.Selecting.ModelScore, before.Test.ModelScore),
            Tuned = new(after.Selecting.ModelScore, after.Test.ModelScore),
        };

    /// <summary>Returns the record of the tuning in the model's file.</summary>
    internal ModelTuning ToCard() => new(Teacher, Epochs, Student.Test, Calibrated.Test, Tuned.Test);
}

/// <summary>The accuracies of a model, 0…1.</summary>
/// <param name="Selecting">On the images that choose between the models.</param>
/// <param name="Test">On the test images, which choose nothing.</param>
public sealed record TuningAccuracy(double Selecting, double Test);
