using System.Text.Json.Serialization;


namespace Pupil.Distillation.Methods;

/// <summary>No teacher: the student learns from the labels alone. This is how an expert is made, and what teaching is measured against.</summary>
[MethodAbout("supervised", "No teacher", "H(y, z_s)", "")]
public sealed record SupervisedOptions : MethodOptions
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override LabelNeed NeedsLabels => LabelNeed.Any;

    /// <inheritdoc/>
    public override Method Create(MethodContext setting) => new Supervised(this);
}

/// <summary>Cross-entropy with the labels.</summary>
public sealed class Supervised(SupervisedOptions options) : Method(options)
{
    /// <inheritdoc/>
    public override Lesson Teach(StepInput step) => Lesson.Of((_, _) => []);
}
