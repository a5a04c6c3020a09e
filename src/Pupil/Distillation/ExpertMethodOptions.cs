using System.Text.Json.Serialization;

namespace Pupil.Distillation;

/// <summary>The options of a method that always needs a pre-trained expert.</summary>
public abstract record ExpertMethodOptions : MethodOptions
{
    /// <inheritdoc/>
    [JsonIgnore]
    public sealed override bool NeedsExpert => true;
}
