using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Text.Json.Serialization;
using Pupil.Settings;

namespace Pupil.Distillation;

/// <summary>The options of a method, one record for each. <see cref="Variants"/> holds the list, which an application can extend.</summary>
[StringShorthand("name")]
[VariantKey("name")]
public abstract record MethodOptions
{
    /// <summary>The method's name in recipes.</summary>
    [JsonIgnore]
    public string MethodName => Variants.NameOf(GetType());

    /// <summary>Whether the method needs a pre-trained expert.</summary>
    [JsonIgnore]
    public virtual bool NeedsExpert => false;

    /// <summary>The labels that the method's own terms need. Default none. Recipes check it before the run.</summary>
    [JsonIgnore]
    public virtual LabelNeed NeedsLabels => LabelNeed.None;

    /// <summary>
    /// Why the method cannot teach images with several labels each, as a clause such as "needs one label for each image"; null if it can.
    /// Default: it can, unless it needs one label for each image. Recipes check it before the run.
    /// </summary>
    [JsonIgnore]
    public virtual string? RefusesLabelSets => NeedsLabels == LabelNeed.OnePerImage ? "needs one label for each image" : null;

    /// <summary>The outputs of the recipe's expert that the method reads. Recipes check it before the run.</summary>
    [JsonIgnore]
    public virtual TeacherParts Reads => TeacherParts.None;

    /// <summary>Returns the outputs of one of the recipe's other experts that the method reads. Default none.</summary>
    /// <param name="otherExpert">The expert's name.</param>
    public virtual TeacherParts ReadsOf(string otherExpert) => TeacherParts.None;

    /// <summary>
    /// The outputs that the method compares between the images of a batch, not for each image by itself. Where several processes compute
    /// a batch, such a method receives these outputs, logits and embeddings of the whole batch. Default none: its terms are means over
    /// images.
    /// </summary>
    [JsonIgnore]
    public virtual TeacherParts ComparesImagesBy => TeacherParts.None;

    /// <summary>The names of the recipe's other experts that the method needs.</summary>
    [JsonIgnore]
    public virtual IReadOnlyList<string> NeedsOtherExperts => [];

    /// <summary>Whether the method trains networks beside the students.</summary>
    [JsonIgnore]
    public virtual bool TrainsNetworks => false;

    /// <summary>
    /// Whether the networks that the method trains beside the students depend on neither students nor experts. Trainings with the same
    /// batches then train the same ones, and a comparison trains them once. Default false.
    /// </summary>
    [JsonIgnore]
    public virtual bool TrainsIndependentNetworks => false;

    /// <summary>Epochs of the phase before the main training (<see cref="Method.PreliminaryEpochs"/>). Default 0: no such phase.</summary>
    [JsonIgnore]
    public virtual int EpochsBefore => 0;

    /// <summary>
    /// Whether the method's terms are in the phase before the main training alone, which then learns from labels. Default false.
    /// </summary>
    [JsonIgnore]
    public virtual bool LearnsInFirstPhaseOnly => false;

    /// <summary>
    /// Why the method learns nothing from images without labels, as a clause; null if it does. Recipes check it before the run.
    /// </summary>
    [JsonIgnore]
    public virtual string? RefusesUnlabelled => NeedsLabels == LabelNeed.OnePerImage ? "needs a label for each image"
        : Reads == TeacherParts.None && !TrainsNetworks && NeedsOtherExperts.Count == 0 ? "learns from labels alone" : null;

    /// <summary>The number of snapshots of the expert's training that the method needs. Default 0.</summary>
    [JsonIgnore]
    public virtual int NeedsSnapshots => 0;

    /// <summary>Returns the number of snapshots of one of the recipe's other experts that the method needs. Default 0.</summary>
    /// <param name="otherExpert">The expert's name.</param>
    public virtual int NeedsSnapshotsOf(string otherExpert) => 0;

    /// <summary>The method's description in docs and help.</summary>
    [JsonIgnore]
    public MethodAboutAttribute About => GetType().GetCustomAttribute<MethodAboutAttribute>()
        ?? throw new InvalidOperationException($"{GetType()} has no MethodAbout attribute.");

    /// <summary>
    /// Says how a weight acts with this batch size and number of classes, where it depends on them and they are not those of the published
    /// setting; and how students of one run influence each other. Whole sentences; the run prints them. Default none.
    /// </summary>
    /// <param name="batchSize">The batch size.</param>
    /// <param name="classes">The number of classes.</param>
    /// <param name="students">The number of taught students.</param>
    public virtual IReadOnlyList<string> SettingNotes(int batchSize, int classes, int students) => [];

    /// <summary>The weight of the students' cross-entropy with the labels; null: the method's own (1, for kd 1 − alpha).</summary>
    [Description("Weight of the students' cross-entropy with the labels; null: the method's own."), Range(0.0, 1e6)]
    public double? LabelWeight { get; init; }

    /// <summary>Epochs over which the weights of the method's terms rise linearly, once per epoch. Default 0: no rise.</summary>
    [Description("Epochs over which the weights of the method's terms rise linearly; 0: full weight from the start."), Range(0, 100_000)]
    public int WarmUpEpochs { get; init; }

    /// <summary>Checks options that depend on each other.</summary>
    /// <exception cref="UserErrorException">Two options contradict each other.</exception>
    public virtual void Check() { }

    /// <summary>Builds the method.</summary>
    /// <param name="context">The surroundings of the method.</param>
    /// <exception cref="UserErrorException">The options do not fit the networks.</exception>
    public abstract Method CreateMethod(MethodContext context);
}
