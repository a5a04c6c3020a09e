using Pupil.Distillation.Equations;
using Pupil.Networks;
using static TorchSharp.torch;

namespace Pupil.Distillation;

/// <summary>A stage of a trained network, and the stage of its teacher that it is compared with.</summary>
/// <param name="Learner">The index of the learner's stage.</param>
/// <param name="Teacher">The index of the teacher's stage.</param>
/// <param name="LearnerShape">The shape of the learner's map.</param>
/// <param name="TeacherShape">The shape of the teacher's map.</param>
public sealed record StagePair(int Learner, int Teacher, StageShape LearnerShape, StageShape TeacherShape)
{
    /// <summary>H and W at which both maps are compared: the smaller of each.</summary>
    public (int Height, int Width) Size =>
        (Math.Min(LearnerShape.Height, TeacherShape.Height), Math.Min(LearnerShape.Width, TeacherShape.Width));

    /// <summary>Returns the two maps of a batch, each average-pooled to <see cref="Size"/> where it is larger.</summary>
    /// <param name="learner">The learner's stages.</param>
    /// <param name="teacher">The teacher's stages.</param>
    public (Tensor Learner, Tensor Teacher) Maps(IReadOnlyList<Feature> learner, IReadOnlyList<Feature> teacher) =>
        MapSizes.ToSmaller(learner[Learner].Map, teacher[Teacher].Map);

    /// <summary>Returns the two pre-activations of a batch, the inputs of the stages' last ReLU, pooled likewise.</summary>
    /// <param name="learner">The learner's stages, with pre-activations.</param>
    /// <param name="teacher">The teacher's stages, with pre-activations.</param>
    public (Tensor Learner, Tensor Teacher) PreActivations(IReadOnlyList<Feature> learner, IReadOnlyList<Feature> teacher) =>
        MapSizes.ToSmaller(learner[Learner].PreActivation!, teacher[Teacher].PreActivation!);
}

/// <summary>
/// Pairs the stages of two networks: by position if both have equally many. Else by depth if all stages of one of them have the same size,
/// as the blocks of a transformer have: the fewer stages are spread evenly over the others. Else by resolution: the last stage of each size
/// is paired with the teacher's last stage of that size.
/// </summary>
public static class StagePairs
{
    /// <summary>Returns the pairs of two networks, from the input on.</summary>
    /// <param name="learner">The network that is trained.</param>
    /// <param name="teacher">The expert.</param>
    /// <param name="stages">Names of the learner's stages to pair; null for all that have a partner.</param>
    /// <exception cref="UserErrorException">A named stage does not exist or has no partner, or no stage has one.</exception>
    public static IReadOnlyList<StagePair> Between(Network learner, Expert teacher, IReadOnlyList<string>? stages = null)
    {
        var (own, others) = (learner.StageShapes, teacher.StageShapes);
        if (stages?.FirstOrDefault(stage => own.All(shape => shape.Name != stage)) is string unknown)
        {
            throw new UserErrorException($"stages: found '{unknown}', expected some of "
                + $"{string.Join(", ", own.Select(shape => shape.Name))} "
                + $"of {learner.Spec}.");
        }
        var pairs = own.Count == others.Count
            ? own.Select((shape, i) => new StagePair(i, i, shape, others[i])).ToList()
            : AreBlocks(own) || AreBlocks(others) ? PairsByDepth(own, others) : PairsBySize(own, others);
        var chosen = pairs.Where(pair => stages is null || stages.Contains(pair.LearnerShape.Name)).ToList();
        if (stages?.FirstOrDefault(stage => chosen.All(pair => pair.LearnerShape.Name != stage)) is string alone)
        {
            throw new UserErrorException($"stages: '{alone}' of {Sizes(learner.Spec.Architecture, own)} has the size of no stage of "
                + $"{Sizes(teacher.Name, others)}; choose another one.");
        }
        return chosen.Count > 0
            ? chosen
            : throw new UserErrorException($"the stages of {Sizes(learner.Spec.Architecture, own)} cannot be paired with those of "
                + $"{Sizes(teacher.Name, others)}: expected equally many, or stages of equal size; choose other networks, other stages of "
                + "an ONNX expert (expert.onnx.stages), or a method that compares logits or embeddings.");
    }

    /// <summary>Returns the pair of the last stages of two networks, whatever their sizes.</summary>
    /// <param name="learner">The network that is trained.</param>
    /// <param name="teacher">The expert, with at least one stage.</param>
    internal static StagePair Last(Network learner, Expert teacher)
    {
        var (own, others) = (learner.StageShapes, teacher.StageShapes);
        return others.Count > 0 ? new StagePair(own.Count - 1, others.Count - 1, own[^1], others[^1])
            : throw new UserErrorException($"{teacher.Name}: has no stages, which the method reads; name them by expert.onnx.stages, or "
                + "choose a method that compares logits or embeddings.");
    }

    private static bool AreBlocks(IReadOnlyList<StageShape> stages) =>
        stages.Count > 1 && stages.All(stage => SameSize(stage, stages[0]));

    private static List<StagePair> PairsByDepth(IReadOnlyList<StageShape> own, IReadOnlyList<StageShape> others)
    {
        int count = Math.Min(own.Count, others.Count);
        return [.. Enumerable.Range(1, count).Select(i => (At(own, i), At(others, i)))
            .Select(pair => new StagePair(pair.Item1, pair.Item2, own[pair.Item1], others[pair.Item2]))];

        int At(IReadOnlyList<StageShape> stages, int i) => (i * stages.Count + count - 1) / count - 1;
    }

    private static List<StagePair> PairsBySize(IReadOnlyList<StageShape> own, IReadOnlyList<StageShape> others) =>
    [
        .. from i in Lasts(own)
       from j in Lasts(others)
       where SameSize(own[i], others[j])
       select new StagePair(i, j, own[i], others[j]),
];

    private static IEnumerable<int> Lasts(IReadOnlyList<StageShape> shapes) =>
        Enumerable.Range(0, shapes.Count).Where(i => i == shapes.Count - 1 || !SameSize(shapes[i], shapes[i + 1]));

    private static bool SameSize(StageShape one, StageShape other) => (one.Height, one.Width) == (other.Height, other.Width);

    private static string Sizes(string name, IReadOnlyList<StageShape> shapes) =>
        $"{name} ({string.Join(", ", shapes.Select(shape => $"{shape.Name} {shape.Height}×{shape.Width}"))})";
}
