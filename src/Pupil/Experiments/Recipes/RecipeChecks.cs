using Pupil.Distillation;
using Pupil.Images;
using Pupil.Images.Loading;
using Pupil.Images.Transforms;
using Pupil.Interop.Onnx;
using Pupil.Networks.Families;
using Pupil.Training;

namespace Pupil.Experiments.Recipes;

/// <summary>Checks the settings of a recipe against each other.</summary>
/// <param name="recipe">The recipe.</param>
internal sealed class RecipeChecks(Recipe recipe)
{
    private MethodOptions Method => recipe.Method;

    private DataOptions Data => recipe.Data;

    /// <summary>Returns the checks, each with the path of its value; a check throws if the value is wrong.</summary>
    public IEnumerable<(string Path, Action Check)> All()
    {
        for (int i = 0; i < recipe.Students.Count; i++)
        {
            var student = recipe.Students[i];
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
        if ((Data.Unlabelled?.Share == 1 || Data.Labels == LabelOrigin.Expert) && recipe.Students.Any(student => !student.Taught))
            yield return ("students", RefuseUntaught);
        if (Data.Unlabelled?.Share == 1 && Method.NeedsLabels != LabelNeed.None)
            yield return ("data.unlabelled.share", RefuseShare);
        yield return ("method", Method.Check);
        yield return ("training.schedule", () => recipe.Training.Schedule.Check(recipe.Training.Epochs));
        foreach (var check in ExpertChecks("expert", "method", recipe.Expert, Method, Method.NeedsSnapshots))
            yield return check;
        for (int i = 0; i < recipe.OtherExperts.Count; i++)
        {
            var other = recipe.OtherExperts[i];
            yield return ($"otherExperts[{i}].name", () => CheckOther(other));
            foreach (var check in ExpertChecks($"otherExperts[{i}]", "method", other, Method, Method.NeedsSnapshotsOf(other.Name)))
                yield return check;
        }
        foreach (string name in Method.NeedsOtherExperts.Where(name => recipe.OtherExperts.All(expert => expert.Name != name)))
            yield return ("otherExperts", () => throw new UserErrorException($"found no expert '{name}', which a part of the method reads; "
                + "add one of that name."));
    }

    /// <summary>Checks that methods and options fit the number of labels of each image, which only the loaded images tell.</summary>
    /// <param name="labelling">The number of labels.</param>
    /// <exception cref="UserErrorException">A method or an option needs one label for each image.</exception>
    public void CheckLabels(Labelling labelling)
    {
        if (labelling == Labelling.One)
            return;
        CheckSeveral("", Method, recipe.Training);
        var experts = new Queue<(string Place, ExpertOptions Expert)>(
            recipe.ExpertsRead.Select(expert => (recipe.PlaceOf(expert), expert)));
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
        if (other.Name == recipe.Expert?.Name || recipe.OtherExperts.Count(expert => expert.Name == other.Name) > 1)
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
        if (recipe.Expert?.File is null || !Method.NeedsExpert)
            throw new UserErrorException($"{Found}, but no expert labels them; give expert.file and a method that reads it, such as kd.");
        if (recipe.OtherExperts.Any(expert => expert.File is null))
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
        if (recipe.Students.Count(student => student.Name == name) is > 1 and var count)
            throw new UserErrorException($"found '{name}' for {count} students, expected another name for each.");
        if (recipe.Students.Any(student => name == $"{student.Name}.last"))
            throw new UserErrorException($"found '{name}', whose file would be that of another student's last weights; choose another.");
        // In the run that trains an expert, the expert is the student; its recipe is read again to measure it.
        bool isExpertsOwn = name == recipe.Name && recipe.Students.Count == 1;
        if (name is "scratch-teacher" || (name is "expert" && !isExpertsOwn) || name.StartsWith("peer-", StringComparison.Ordinal))
            throw new UserErrorException($"found '{name}', which is a teacher's name; choose another.");
    }
}
