using System.Text.Json.Serialization;

namespace Pupil.Distillation.Methods;

/// <summary>Training with the labels alone, without a teacher: the method of experts and the baseline of all others.</summary>
[MethodAbout("supervised", "No teacher", "H(y, z_s)", "")]
public sealed record SupervisedOptions : MethodOptions
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override LabelNeed NeedsLabels => LabelNeed.Any;

    /// <inheritdoc/>
    public override Method CreateMethod(MethodContext context) => new Supervised(this);
}

/// <summary>Cross-entropy with the labels.</summary>
public sealed class Supervised(SupervisedOptions options) : Method(options)
{
    /// <inheritdoc/>
    public override Lesson Teach(StepInput step) => Lesson.FromTerms((_, _) => []);
}
