using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Pupil.Distillation;
using Pupil.Distillation.Methods;
using Pupil.Images;
using Pupil.Training;

namespace Pupil.Experiments.Recipes;

/// <summary>The source of the defaults for values that a recipe leaves open; see <see cref="Presets"/>.</summary>
public enum Preset
{
    /// <summary>The paper.</summary>
    Paper,

    /// <summary>The authors' released code, where it differs.</summary>
    ReleasedCode,
}

/// <summary>An experiment: everything that determines its results, apart from the machine.</summary>
public sealed record Recipe
{
    /// <summary>The name of the recipe and of its run folders: letters, digits, dots, underscores, dashes.</summary>
    [Description("The name of the recipe and of its run folders."), RegularExpression("^[A-Za-z0-9][A-Za-z0-9._-]{0,80}$")]
    public string Name { get; init; } = "run";

    /// <summary>The purpose of the recipe, in a sentence.</summary>
    [Description("The purpose of the recipe, in a sentence.")]
    public string About { get; init; } = "";

    /// <summary>The defaults for values that the recipe leaves open. Default <see cref="Preset.Paper"/>.</summary>
    [Description("The defaults for values that the recipe leaves open: paper, or released-code where the authors' code differs.")]
    public Preset Preset { get; init; }

    /// <summary>The seed of initial weights, order and augmentation. Default 0.</summary>
    [Description("The seed of initial weights, order and augmentation."), Range(0, int.MaxValue)]
    public int Seed { get; init; }

    /// <summary>The images.</summary>
    [Description("The images.")]
    public DataOptions Data { get; init; } = new();

    /// <summary>The expert teacher: a file, or how to train one. Required by methods that read an expert.</summary>
    [Description("The expert teacher: a file, or how to train one.")]
    public ExpertOptions? Expert { get; init; }

    /// <summary>Further experts, which parts of a combination name.</summary>
    [Description("Further experts, which parts of a combination name.")]
    public IReadOnlyList<ExpertOptions> OtherExperts { get; init; } = [];

    /// <summary>The distillation method. Default <c>ctkd</c>.</summary>
    [Description("The distillation method.")]
    public MethodOptions Method { get; init; } = new CtkdOptions();

    /// <summary>The students, all trained in one run with the same teachers.</summary>
    [Description("The students, all trained in one run with the same teachers."), MinLength(1)]
    public IReadOnlyList<StudentOptions> Students { get; init; } = [new()];

    /// <summary>The length and learning rate of training.</summary>
    [Description("The length and learning rate of training.")]
    public TrainingOptions Training { get; init; } = new();

    /// <summary>The number of all epochs: those of the method's own phase, and those of the training.</summary>
    [JsonIgnore]
    public int AllEpochs => Method.EpochsBefore + Training.Epochs;

    /// <summary>The experts that the method reads: the recipe's own first, if it is read.</summary>
    [JsonIgnore]
    internal IReadOnlyList<ExpertOptions> ExpertsRead =>
        Method.NeedsExpert && Expert is not null ? [Expert, .. OtherExperts] : OtherExperts;

    /// <summary>Returns the number of snapshots that the method needs of one of <see cref="ExpertsRead"/>.</summary>
    internal int SnapshotsNeeded(ExpertOptions expert) =>
        ReferenceEquals(expert, Expert) ? Method.NeedsSnapshots : Method.NeedsSnapshotsOf(expert.Name);

    /// <summary>Returns the place of one of <see cref="ExpertsRead"/> in the recipe.</summary>
    internal string PlaceOf(ExpertOptions expert) =>
        ReferenceEquals(expert, Expert) ? "expert" : $"otherExperts[{OtherExperts.ToList().IndexOf(expert)}]";

    /// <summary>Returns the parts that the method reads of the outputs of one of <see cref="ExpertsRead"/>.</summary>
    internal TeacherParts PartsRead(ExpertOptions expert) => ReferenceEquals(expert, Expert) ? Method.Reads : Method.ReadsOf(expert.Name);

    /// <summary>Returns the recipe with bodies that are trained from the first epoch on.</summary>
    internal Recipe WithoutFrozenEpochs() => this with
    {
        Students =
        [
            .. Students.Select(student => student with
            {
                Weights = student.Weights is null ? null : student.Weights with { FrozenEpochs = 0 },
            }),
        ],
    };

    /// <summary>Checks the settings against each other.</summary>
    /// <exception cref="UserErrorException">Two settings contradict each other.</exception>
    public void Check()
    {
        foreach (var (path, check) in Checks())
        {
            try
            {
                check();
            }
            catch (UserErrorException error)
            {
                throw new UserErrorException($"{path}: {error.Message}", error);
            }
        }
    }

    /// <summary>Returns the checks, each with the path of its value; a check throws if the value is wrong.</summary>
    internal IEnumerable<(string Path, Action Check)> Checks() => new RecipeChecks(this).All();

    /// <inheritdoc cref="RecipeChecks.CheckLabels"/>
    internal void CheckLabels(Labelling labelling) => new RecipeChecks(this).CheckLabels(labelling);
}
