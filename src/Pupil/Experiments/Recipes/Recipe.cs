using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Pupil.Distillation;
using Pupil.Distillation.Methods;
using Pupil.Images;
using Pupil.Images.Loading;
using Pupil.Images.Transforms;
using Pupil.Interop.Onnx;
using Pupil.Networks;
using Pupil.Networks.Families;
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
        if (Data.Labels == LabelOrigin.Expert)
            yield return ("data.labels", CheckAnswers);
        if (Data.Unlabelled is not null && Method.RefusesUnlabelled is { } reason)
            yield return ("data.unlabelled", () => RefuseUnlabelled(reason));
        if ((Data.Unlabelled?.Share == 1 || Data.Labels == LabelOrigin.Expert) && Students.Any(student => !student.Taught))
            yield return ("students", RefuseUntaught);
        if (Data.Unlabelled?.Share == 1 && Method.NeedsLabels != LabelNeed.None)
            yield return ("data.unlabelled.share", RefuseShare);
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
            yield return ("otherExperts", () => throw new UserErrorException($"found no expert '{name}', which a part of the method reads; "
                + "add one of that name."));
    }

    /// <summary>Checks that methods and options fit the number of labels of each image, which only the loaded images tell.</summary>
    /// <param name="labelling">The number of labels.</param>
    /// <exception cref="UserErrorException">A method or an option needs one label for each image.</exception>
    internal void CheckLabels(Labelling labelling)
    {
        if (labelling == Labelling.One)
            return;
        CheckSeveral("", Method, Training);
        var experts = new Queue<(string Place, ExpertOptions Expert)>(ExpertsRead.Select(expert => (PlaceOf(expert), expert)));
        while (experts.TryDequeue(out var next))
        {
            if (next.Expert.File is not null)
                continue;
            CheckSeveral($"{next.Place}.", next.Expert.Method, next.Expert.Training);
            if (next.Expert.Expert is { } teacher)
                experts.Enqueue(($"{next.Place}.expert", teacher));
        }
    }

    private static void CheckSeveral(string place, MethodOptions method, TrainingOptions training)
    {
        if (method.RefusesLabelSets is { } reason)
        {
            throw new UserErrorException($"{place}method: '{method.MethodName}' {reason}, but the images have several labels each; choose "
                + "a method that takes them, such as kd, ctkd, mse-logits, or one that compares stages or embeddings.");
        }
        if (training.Sampling != Sampling.All)
        {
            throw new UserErrorException($"{place}training.sampling: draws images by their class, but the images have several labels each; "
                + "set it to all. training.classWeights gives rare classes more weight.");
        }
        if (training.SelectBy == SelectionScore.BalancedAccuracy)
        {
            throw new UserErrorException($"{place}training.selectBy: found balanced-accuracy, but the images have several labels each; "
                + "leave it out: the mean average precision (mAP) selects, in which all classes count alike.");
        }
    }

    // The checks of an expert and of the experts that teach it.
    private IEnumerable<(string Path, Action Check)> ExpertChecks(
        string path, string reader, ExpertOptions? expert, MethodOptions method, int snapshots)
    {
        if (expert is null)
        {
            if (method.NeedsExpert)
            {
                yield return (path, () => throw new UserErrorException($"is missing, but the {reader} needs an expert; "
                    + $"give {path}.file, or {path}.network to have one trained."));
            }
            yield break;
        }
        yield return ($"{path}.onnx", () => CheckOnnx(expert));
        yield return ($"{path}.inputSize", () => CheckInputSize(expert));
        yield return ($"{path}.crop", () => CheckCrop(expert));
        yield return ($"{path}.network", () => NetworkCatalogue.Check(expert.Network));
        yield return ($"{path}.weights", () => CheckWeights(expert));
        yield return ($"{path}.training.schedule", () => expert.Training.Schedule.Check(expert.Training.Epochs));
        yield return ($"{path}.training.snapshots", () => CheckSnapshots(reader, expert, snapshots));
        yield return ($"{path}.method", () => CheckTeaching(expert.Method));
        foreach (var check in ExpertChecks($"{path}.expert", "expert's method", expert.Expert, expert.Method, expert.Method.NeedsSnapshots))
            yield return check;
    }

    private static void CheckOnnx(ExpertOptions expert)
    {
        if (expert.Onnx is not null && !expert.IsOnnx)
        {
            throw new UserErrorException("describes an ONNX model, but file is "
                + $"{(expert.File is null ? "missing" : $"'{expert.File}'")}; expected a name that ends in .onnx, or no onnx.");
        }
        if (expert.Onnx is { } onnx)
            CheckOnnxParts(onnx);
    }

    private static void CheckOnnxParts(OnnxExpertOptions onnx)
    {
        if (onnx is { Words: not null, Logits: not null })
            throw new UserErrorException("found words beside logits, expected one of both: words make the logits.");
        if (onnx is { Stages: not null, Blocks: not BlockFeatures.Tokens })
            throw new UserErrorException("found blocks beside stages, expected one of both: stages names the tensors.");
    }

    private void CheckInputSize(ExpertOptions expert)
    {
        if (expert is { InputSize: not null, File: not null })
            throw new UserErrorException("found a size beside file, expected none: the file's network has its own (expert.onnx.size for a "
                + "model without a fixed one).");
        if (expert.InputSize is not null && Data.Input?.Fit == InputFit.CentreCrop)
            throw new UserErrorException("found a size, but data.input crops the pictures, so that the expert would see more of them than "
                + "the students; set data.input.fit to 'resize'.");
    }

    private static void CheckCrop(ExpertOptions expert)
    {
        if (expert is { Crop: not null, File: null })
            throw new UserErrorException("found a share, expected none for an expert that the recipe trains; it sees the whole part.");
    }

    private static void CheckWeights(ExpertOptions expert)
    {
        if (expert is { Weights: not null, File: not null })
            throw new UserErrorException("found weights beside file; expected file for an expert that is not trained any more, or weights "
                + "for one whose training starts from them.");
    }

    // Checked before the expert is trained rather than after.
    private static void CheckSnapshots(string reader, ExpertOptions expert, int needed)
    {
        if (expert.File is null && needed > 0 && expert.Training.EarlyStopping is not null)
        {
            throw new UserErrorException($"the {reader} needs {needed} snapshots, but the expert's training may stop early and leave "
                + "fewer; set earlyStopping to null.");
        }
        int kept = Math.Min(expert.Training.Snapshots, expert.Training.Epochs);
        if (expert.File is null && kept < needed)
        {
            throw new UserErrorException($"the {expert.Training.Epochs} epochs leave {kept} snapshots, but the {reader} needs {needed}; "
                + $"set snapshots and epochs to {needed} or more.");
        }
    }

    private void CheckTeaching(MethodOptions method)
    {
        method.Check();
        if (Data.Augmentation.Mixing is not null && method.NeedsLabels == LabelNeed.OnePerImage)
        {
            throw new UserErrorException("needs one label for each image, but data.augmentation.mixing mixes them; "
                + "set mixing to null, or choose another method.");
        }
        if (method.NeedsOtherExperts.Count > 0)
            throw new UserErrorException("needs several experts, but one expert teaches an expert; leave out the parts' expert.");
    }

    private void CheckOther(ExpertOptions other)
    {
        if (other.Name == Expert?.Name || OtherExperts.Count(expert => expert.Name == other.Name) > 1)
            throw new UserErrorException($"found '{other.Name}' for two experts, expected another name for each.");
        if (!Method.NeedsOtherExperts.Contains(other.Name))
        {
            throw new UserErrorException($"found '{other.Name}', which no part of the method reads; "
                + "name it in a part of a combination (parts[…].expert), or delete it.");
        }
    }

    private void RefuseUnlabelled(string reason) => throw new UserErrorException(
        $"found images without labels, but method '{Method.MethodName}' {reason}; set unlabelled to null, or choose another method, such "
        + "as kd, ctkd or feature-regression.");

    private static void RefuseUntaught() => throw new UserErrorException(
        "found one that is not taught, which learns from labels alone, but no labelled image is trained on; expected taught students, or "
        + "data.unlabelled.share below 1.");

    private void CheckAnswers()
    {
        const string Found = "found expert, for pictures without any labels";
        if (Expert?.File is null || !Method.NeedsExpert)
            throw new UserErrorException($"{Found}, but no expert labels them; give expert.file and a method that reads it, such as kd.");
        if (OtherExperts.Any(expert => expert.File is null))
            throw new UserErrorException($"{Found}, but otherExperts has one to train; expected files, since training one needs labels.");
        if (Method.LearnsInFirstPhaseOnly)
        {
            throw new UserErrorException($"{Found}, but '{Method.MethodName}' learns from labels after its first phase; leave out "
                + "preliminaryEpochs, or choose another method, such as kd.");
        }
        if (Data.Unlabelled is not null)
            throw new UserErrorException($"{Found}, beside data.unlabelled; expected one of both. Give all pictures as data.source.");
        if (Method.NeedsLabels != LabelNeed.None)
            throw new UserErrorException($"{Found}, but method '{Method.MethodName}' needs labels; choose another, such as kd or at.");
    }

    private void RefuseShare() => throw new UserErrorException(
        $"found 1, which leaves no labelled image, but method '{Method.MethodName}' needs labels; expected less, or another method, such "
        + "as kd or at.");

    private static void RefuseMixing() => throw new UserErrorException(
        "mixes images, but the recipe's method needs one label for each; set mixing to null, or choose a method that takes mixed labels, "
        + "such as supervised.");

    private void CheckName(string name)
    {
        if (Students.Count(student => student.Name == name) is > 1 and var count)
            throw new UserErrorException($"found '{name}' for {count} students, expected another name for each.");
        if (Students.Any(student => name == $"{student.Name}.last"))
            throw new UserErrorException($"found '{name}', whose file would be that of another student's last weights; choose another.");
        // In the run that trains an expert, the expert is the student; its recipe is read again to measure it.
        bool isExpertsOwn = name == Name && Students.Count == 1;
        if (name is "scratch-teacher" || (name is "expert" && !isExpertsOwn) || name.StartsWith("peer-", StringComparison.Ordinal))
            throw new UserErrorException($"found '{name}', which is a teacher's name; choose another.");
    }
}

/// <summary>One student.</summary>
public sealed record StudentOptions
{
    /// <summary>The name of the student in records and files. Default <c>student</c>.</summary>
    [Description("The name of the student in records and files."), RegularExpression("^[A-Za-z0-9][A-Za-z0-9._-]{0,40}$")]
    public string Name { get; init; } = "student";

    /// <summary>The network of the student. Default WRN-16-1.</summary>
    [Description("The network of the student.")]
    public NetworkSpec Network { get; init; } = new() { Architecture = "wrn-16-1" };

    /// <summary>The trained weights from which its training starts; null: random initial weights.</summary>
    [Description("Trained weights from which its training starts: a file, or an object with the file; null: random initial weights.")]
    public PretrainedOptions? Weights { get; init; }

    /// <summary>Whether the method teaches it; otherwise it trains on labels alone, with the same batches. Default true.</summary>
    [Description("Whether the method teaches it; otherwise it trains on labels alone, with the same batches, for comparison.")]
    public bool Taught { get; init; } = true;
}
