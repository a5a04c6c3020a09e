using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Pupil.Distillation;
using Pupil.Distillation.Methods;
using Pupil.Networks;
using Pupil.Networks.Families;
using Pupil.Training;

namespace Pupil.Experiments.Recipes;

/// <summary>Which defaults fill the places a recipe leaves open; see <see cref="Presets"/>.</summary>
public enum Preset
{
    /// <summary>The paper's words.</summary>
    Paper,

    /// <summary>What the authors' released code does, where it differs.</summary>
    ReleasedCode,
}

/// <summary>Everything that determines an experiment, but the machine.</summary>
public sealed record Recipe
{
    /// <summary>The recipe's name: what its run folders are called. Letters, digits, dots, dashes.</summary>
    [Description("The recipe's name: what its run folders are called."), RegularExpression("^[A-Za-z0-9][A-Za-z0-9._-]{0,80}$")]
    public string Name { get; init; } = "run";

    /// <summary>What it is for, in a sentence.</summary>
    [Description("What the recipe is for, in a sentence.")]
    public string About { get; init; } = "";

    /// <summary>Which defaults fill what the recipe leaves open. Default the paper's.</summary>
    [Description("Which defaults fill what the recipe leaves open: paper, or released-code where the authors' code differs.")]
    public Preset Preset { get; init; }

    /// <summary>What weights, order and augmentation follow from. Default 0.</summary>
    [Description("What starting weights, order and augmentation follow from."), Range(0, int.MaxValue)]
    public int Seed { get; init; }

    /// <summary>The images.</summary>
    [Description("The images.")]
    public DataOptions Data { get; init; } = new();

    /// <summary>The expert teacher: a student file, or how to train one. Needed by methods that ask one.</summary>
    [Description("The expert teacher: a file, or how to train one.")]
    public ExpertOptions? Expert { get; init; }

    /// <summary>More experts, for the parts of a combination that ask them by name.</summary>
    [Description("More experts, for the parts of a combination that ask them by name.")]
    public IReadOnlyList<ExpertOptions> OtherExperts { get; init; } = [];

    /// <summary>The method that teaches. Default <c>ctkd</c>.</summary>
    [Description("The method that teaches.")]
    public MethodOptions Method { get; init; } = new CtkdOptions();

    /// <summary>Who learns: all in one run, under the same teachers.</summary>
    [Description("Who learns: all in one run, under the same teachers."), MinLength(1)]
    public IReadOnlyList<StudentOptions> Students { get; init; } = [new()];

    /// <summary>How long and how fast.</summary>
    [Description("How long and how fast to train.")]
    public TrainingOptions Training { get; init; } = new();

    /// <summary>All epochs: those of the method's phase before the training proper, and those of the training.</summary>
    [JsonIgnore]
    public int AllEpochs => Method.EpochsBefore + Training.Epochs;

    /// <summary>The experts that the method asks: the recipe's own first, if it is asked.</summary>
    [JsonIgnore]
    internal IReadOnlyList<ExpertOptions> ExpertsAsked => Method.NeedsExpert && Expert is not null ? [Expert, .. OtherExperts] : OtherExperts;

    /// <summary>How many snapshots of one of <see cref="ExpertsAsked"/> the method asks for.</summary>
    internal int SnapshotsNeeded(ExpertOptions expert) => ReferenceEquals(expert, Expert) ? Method.NeedsSnapshots : Method.NeedsSnapshotsOf(expert.Name);

    /// <summary>What the method reads of the outputs of one of <see cref="ExpertsAsked"/>.</summary>
    internal TeacherParts PartsRead(ExpertOptions expert) => ReferenceEquals(expert, Expert) ? Method.Reads : Method.ReadsOf(expert.Name);

    /// <summary>Checks what one value cannot say alone.</summary>
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

    /// <summary>The checks, each with the path of the value it is about; a check throws what is wrong with it.</summary>
    internal IEnumerable<(string Path, Action Check)> Checks()
    {
        for (int i = 0; i < Students.Count; i++)
        {
            var student = Students[i];
            yield return ($"students[{i}].network", () => NetworkCatalogue.Check(student.Network));
            yield return ($"students[{i}].name", () => CheckName(student.Name));
        }
        foreach (var (path, check) in Data.Augmentation.Checks())
            yield return ($"data.augmentation.{path}", check);
        if (Data.Augmentation.Mixing is not null && Method.NeedsLabels == LabelNeed.OnePerImage)
            yield return ("data.augmentation.mixing", RefuseMixing);
        yield return ("method", Method.Check);
        yield return ("training.schedule", () => Training.Schedule.Check(Training.Epochs));
        foreach (var check in ExpertChecks("expert", "method", Expert, Method, Method.NeedsSnapshots))
            yield return check;
        for (int i = 0; i < OtherExperts.Count; i++)
        {
            var other = OtherExperts[i];
            yield return ($"otherExperts[{i}].name", () => CheckOther(other));
            foreach (var check in ExpertChecks($"otherExperts[{i}]", "method", other, Method, Method.NeedsSnapshotsOf(other.Name)))
                yield return check;
        }
        foreach (string name in Method.NeedsOtherExperts.Where(name => OtherExperts.All(expert => expert.Name != name)))
            yield return ("otherExperts", () => throw new UserErrorException($"has no expert '{name}', whom a part of the method asks; add one of that name."));
    }

    // Of an expert, and of those that teach it.
    private IEnumerable<(string Path, Action Check)> ExpertChecks(string path, string asker, ExpertOptions? expert, MethodOptions method, int snapshots)
    {
        if (expert is null)
        {
            if (method.NeedsExpert)
                yield return (path, () => throw new UserErrorException($"is missing, but the {asker} asks an expert; give {path}.file, or {path}.network to have one trained."));
            yield break;
        }
        yield return ($"{path}.onnx", () => CheckOnnx(expert));
        yield return ($"{path}.network", () => NetworkCatalogue.Check(expert.Network));
        yield return ($"{path}.training.schedule", () => expert.Training.Schedule.Check(expert.Training.Epochs));
        yield return ($"{path}.training.snapshots", () => CheckSnapshots(asker, expert, snapshots));
        yield return ($"{path}.method", () => CheckTeaching(expert.Method));
        foreach (var check in ExpertChecks($"{path}.expert", "expert's method", expert.Expert, expert.Method, expert.Method.NeedsSnapshots))
            yield return check;
    }

    private static void CheckOnnx(ExpertOptions expert)
    {
        if (expert.Onnx is not null && !expert.IsOnnx)
            throw new UserErrorException($"is about an ONNX model, but file is {(expert.File is null ? "missing" : $"'{expert.File}'")}; expected a name that ends in .onnx, or no onnx.");
    }

    // Before the expert is trained rather than after it.
    private static void CheckSnapshots(string asker, ExpertOptions expert, int asked)
    {
        int kept = Math.Min(expert.Training.Snapshots, expert.Training.Epochs);
        if (expert.File is null && kept < asked)
        {
            throw new UserErrorException($"the {expert.Training.Epochs} epochs leave {kept} snapshots, but the {asker} asks for {asked}; "
                + $"set it to {asked} or more, of as many epochs at least.");
        }
    }

    private void CheckTeaching(MethodOptions method)
    {
        method.Check();
        if (Data.Augmentation.Mixing is not null && method.NeedsLabels == LabelNeed.OnePerImage)
            throw new UserErrorException("needs one label for each image, but data.augmentation.mixing mixes them; take the mixing away (null), or another method.");
        if (method.NeedsOtherExperts.Count > 0)
            throw new UserErrorException("asks several experts; an expert is taught by one: leave the parts' expert out.");
    }

    private void CheckOther(ExpertOptions other)
    {
        if (other.Name == Expert?.Name || OtherExperts.Count(expert => expert.Name == other.Name) > 1)
            throw new UserErrorException($"found '{other.Name}' for two experts, expected another name for each.");
        if (!Method.NeedsOtherExperts.Contains(other.Name))
            throw new UserErrorException($"found '{other.Name}', whom nobody asks; name it in a part of a combination (parts[…].expert), or take it away.");
    }

    private static void RefuseMixing() => throw new UserErrorException(
        "mixes images, but the recipe's method needs one label for each; take the mixing away (null), or take a method that learns from mixed labels, such as supervised.");

    private void CheckName(string name)
    {
        if (Students.Count(student => student.Name == name) is > 1 and var count)
            throw new UserErrorException($"found '{name}' for {count} students, expected another name for each.");
        if (Students.Any(student => name == $"{student.Name}.last"))
            throw new UserErrorException($"found '{name}', whose file would be that of another student's last weights; choose another.");
        if (name is "scratch-teacher" or "expert" || name.StartsWith("peer-", StringComparison.Ordinal))
            throw new UserErrorException($"found '{name}', which is a teacher's name; choose another.");
    }
}

/// <summary>One student.</summary>
public sealed record StudentOptions
{
    /// <summary>What the records call it. Default <c>student</c>.</summary>
    [Description("What records and files call it."), RegularExpression("^[A-Za-z0-9][A-Za-z0-9._-]{0,40}$")]
    public string Name { get; init; } = "student";

    /// <summary>Its network. Default WRN-16-1.</summary>
    [Description("Its network.")]
    public NetworkSpec Network { get; init; } = new() { Architecture = "wrn-16-1" };

    /// <summary>Whether it is taught. If not, it learns from the labels alone, beside the others on the same batches. Default true.</summary>
    [Description("Whether it is taught; if not, it learns from the labels alone, on the same batches, to compare with.")]
    public bool Taught { get; init; } = true;
}
