using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Text.Json.Serialization;
using Pupil.Settings;

namespace Pupil.Distillation;

/// <summary>The options of a method: one record for each method. <see cref="Variants"/> holds the list, to which an application can add.</summary>
[StringShorthand("name")]
[VariantKey("name")]
public abstract record MethodOptions
{
    /// <summary>The method's name in recipes.</summary>
    [JsonIgnore]
    public string MethodName => Variants.NameOf(GetType());

    /// <summary>Whether the method asks a pre-trained expert teacher.</summary>
    [JsonIgnore]
    public virtual bool NeedsExpert => false;

    /// <summary>What the method's own terms need of the labels. Default nothing. Recipes check it before anything starts.</summary>
    [JsonIgnore]
    public virtual LabelNeed NeedsLabels => LabelNeed.None;

    /// <summary>What the method reads of the expert's outputs. Recipes check it before anything starts.</summary>
    [JsonIgnore]
    public virtual TeacherParts Reads => TeacherParts.None;

    /// <summary>The same of one of the recipe's other experts. Default nothing.</summary>
    /// <param name="otherExpert">Its name.</param>
    public virtual TeacherParts ReadsOf(string otherExpert) => TeacherParts.None;

    /// <summary>The names of the recipe's other experts that the method asks.</summary>
    [JsonIgnore]
    public virtual IReadOnlyList<string> NeedsOtherExperts => [];

    /// <summary>Whether the method trains networks beside the students.</summary>
    [JsonIgnore]
    public virtual bool TrainsNetworks => false;

    /// <summary>Epochs of the method's phase before the training proper (<see cref="Method.PreliminaryEpochs"/>). Default 0: it has none.</summary>
    [JsonIgnore]
    public virtual int EpochsBefore => 0;

    /// <summary>How many snapshots of the expert's own training the method asks for. Default 0.</summary>
    [JsonIgnore]
    public virtual int NeedsSnapshots => 0;

    /// <summary>The same of one of the recipe's other experts. Default 0.</summary>
    /// <param name="otherExpert">Its name.</param>
    public virtual int NeedsSnapshotsOf(string otherExpert) => 0;

    /// <summary>What docs and help say about it.</summary>
    [JsonIgnore]
    public MethodAboutAttribute About => GetType().GetCustomAttribute<MethodAboutAttribute>()
        ?? throw new InvalidOperationException($"{GetType()} says nothing about itself.");

    /// <summary>The weight of the students' cross-entropy with the labels; null: the method's own (1, but for kd: 1 − alpha).</summary>
    [Description("Weight of the students' cross-entropy with the labels; null: the method's own."), Range(0.0, 1e6)]
    public double? LabelWeight { get; init; }

    /// <summary>Epochs over which the weights of the method's terms rise in a straight line, epoch by epoch. Default 0: none.</summary>
    [Description("Epochs over which the weights of the method's terms rise in a straight line; 0: at once."), Range(0, 100_000)]
    public int WarmUpEpochs { get; init; }

    /// <summary>Checks settings that depend on each other.</summary>
    /// <exception cref="UserErrorException">They contradict each other.</exception>
    public virtual void Check() { }

    /// <summary>Builds the method.</summary>
    /// <param name="setting">What surrounds it.</param>
    /// <exception cref="UserErrorException">The settings do not fit the networks.</exception>
    public abstract Method Create(MethodContext setting);
}
