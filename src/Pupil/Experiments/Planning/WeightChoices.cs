using Pupil.Experiments.Recipes;
using Pupil.Images.Transforms;
using Pupil.Interop.Pretrained;
using Pupil.Networks;
using static TorchSharp.torch;

namespace Pupil.Experiments.Planning;

/// <summary>
/// Follows from trained weights that are given for the student or the expert: their networks are not chosen. Without weights for the
/// expert, it starts from those of the student: one with random weights would hardly be better than the student.
/// </summary>
/// <param name="draft">The recipe in the making.</param>
/// <param name="teaches">Whether an expert is trained.</param>
internal sealed class WeightChoices(PlanDraft draft, bool teaches)
{
    private const string Student = "students[0]", Alone = "students[1]", Expert = "expert";

    private HashSet<string>? _fixed;
    private Normalization? _normalization;

    /// <summary>Whether trained weights are given.</summary>
    public bool AreGiven => _fixed is { Count: > 0 };

    /// <summary>Whether the network at a place of the recipe is that of trained weights.</summary>
    public bool Fix(string place) => _fixed?.Contains(place) ?? draft.IsGiven($"{place}.weights");

    /// <summary>Takes the networks of the given weights. All other networks of the recipe are set already.</summary>
    /// <exception cref="UserErrorException">A file of weights cannot be read.</exception>
    public IEnumerable<Choice> TakeNetworks()
    {
        var recipe = draft.Read();
        _fixed = [];
        if (recipe.Students[0] is { Weights: { } weights, Network: var network })
        {
            Set(Student, network, weights);
            _normalization = NormalizationOf(weights.File);
            yield return Note(Student, "student's weights", weights, "");
            if (teaches)
            {
                Set(Alone, network, weights);
                if (!draft.IsGiven($"{Expert}.weights") && !draft.IsGiven($"{Expert}.file") && !draft.IsGiven($"{Expert}.network"))
                {
                    Set(Expert, network, weights);
                    yield return Note(Expert, "expert's weights", weights, "no weights are given for it");
                }
            }
        }
        if (teaches && recipe.Expert is { Weights: { } own, Network: var larger })
        {
            Set(Expert, larger, own);
            yield return Note(Expert, "expert's weights", own, "");
        }
    }

    /// <summary>Takes the normalisation with which the student's weights were trained, if it is known; null if it does not fit.</summary>
    /// <param name="channels">C of the images.</param>
    public Choice? TakeNormalization(int channels)
    {
        const string Path = "data.normalization";
        if (_normalization is null || _normalization.Mean.Length != channels)
            return null;
        draft.Set(Path, _normalization);
        return draft.Note(Path, "normalisation", "that of the student's weights", "its network was trained with it");
    }

    private void Set(string place, NetworkSpec network, PretrainedOptions weights)
    {
        _fixed!.Add(place);
        draft.Set($"{place}.network", network);
        draft.Set($"{place}.weights", weights);
    }

    private Choice Note(string place, string title, PretrainedOptions weights, string reason) =>
        draft.Note($"{place}.weights", title, Path.GetFileName(weights.File), reason);

    // Files of PyTorch do not give it; those of a thousand classes are for ImageNet.
    private static Normalization? NormalizationOf(string path)
    {
        const int ImageNetClasses = 1000;
        using var scope = NewDisposeScope();
        var file = PretrainedFile.Read(path);
        return file.Card?.Normalization ?? (file.Classes == ImageNetClasses ? Normalization.ImageNet : null);
    }
}
