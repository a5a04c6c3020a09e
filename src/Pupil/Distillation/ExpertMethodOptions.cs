using System.Text.Json.Serialization;

namespace Pupil.Distillation;

/// <summary>The settings of a method that always asks a pre-trained expert teacher.</summary>
public abstract record ExpertMethodOptions : MethodOptions
{
    /// <inheritdoc/>
    [JsonIgnore]
    public sealed override bool NeedsExpert => true;
}
