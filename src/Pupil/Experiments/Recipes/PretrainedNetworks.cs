using Pupil.Interop.Pretrained;
using Pupil.Settings;

namespace Pupil.Experiments.Recipes;

/// <summary>Completes a recipe by the networks of the weights that students and experts start from.</summary>
internal static class PretrainedNetworks
{
    /// <summary>Sets each network that the recipe leaves open, and whose weights are given, to that of the weights.</summary>
    /// <param name="draft">The recipe.</param>
    /// <exception cref="UserErrorException">A file of weights is missing or broken.</exception>
    public static void Complete(SettingsDraft draft)
    {
        foreach (string place in Places(draft).ToList())
        {
            string path = $"{place}.network";
            if (draft.Text($"{place}.weights.file") is { Length: > 0 } file && !draft.IsSet(path)
                && PretrainedFile.NetworkOf(file) is { } network)
                draft.SetIfMissing(path, network, $"weights {file}");
        }
    }

    private static IEnumerable<string> Places(SettingsDraft draft)
    {
        var students = Enumerable.Range(0, draft.Count("students")).Select(i => $"students[{i}]");
        var others = Enumerable.Range(0, draft.Count("otherExperts")).SelectMany(i => Chain($"otherExperts[{i}]"));
        return [.. students, .. Chain("expert"), .. others];

        // An expert may have an expert of its own.
        IEnumerable<string> Chain(string expert)
        {
            for (; draft.IsSet(expert); expert += ".expert")
                yield return expert;
        }
    }
}
