using Pupil.Distillation.Equations;
using Pupil.Networks;
using static TorchSharp.torch;

namespace Pupil.Distillation;

/// <summary>A stage of a network that learns, and the stage of its teacher that it learns from.</summary>
/// <param name="Learner">The position of the learner's stage among its own.</param>
/// <param name="Teacher">The position of the teacher's.</param>
/// <param name="LearnerShape">The size of the learner's map.</param>
/// <param name="TeacherShape">The size of the teacher's.</param>
public sealed record StagePair(int Learner, int Teacher, StageShape LearnerShape, StageShape TeacherShape)
{
    /// <summary>H and W of both maps once they are brought to the same size: the smaller of each.</summary>
    public (int Height, int Width) Size =>
        (Math.Min(LearnerShape.Height, TeacherShape.Height), Math.Min(LearnerShape.Width, TeacherShape.Width));

    /// <summary>The two maps of a batch, each average-pooled to <see cref="Size"/> where it is larger.</summary>
    /// <param name="learner">The learner's stages.</param>
    /// <param name="teacher">The teacher's stages.</param>
    public (Tensor Learner, Tensor Teacher) Maps(IReadOnlyList<Feature> learner, IReadOnlyList<Feature> teacher) =>
        MapSizes.ToSmaller(learner[Learner].Map, teacher[Teacher].Map);

    /// <summary>The same of what goes into the stages' last ReLU.</summary>
    /// <param name="learner">The learner's stages, with pre-activations.</param>
    /// <param name="teacher">The teacher's stages, with pre-activations.</param>
    public (Tensor Learner, Tensor Teacher) PreActivations(IReadOnlyList<Feature> learner, IReadOnlyList<Feature> teacher) =>
        MapSizes.ToSmaller(learner[Learner].PreActivation!, teacher[Teacher].PreActivation!);
}

/// <summary>
/// Pairs the stages of two networks: by position where both have as many; else by resolution, the last stage of each size with the teacher's last of
/// the same size.
/// </summary>
public static class StagePairs
{
    /// <summary>The pairs, from the input on.</summary>
    /// <param name="learner">The network that learns.</param>
    /// <param name="teacher">The expert.</param>
    /// <param name="stages">Names of the learner's stages that count, or null for all that have a partner.</param>
    /// <exception cref="UserErrorException">A stage named does not exist or has no partner, or no stage has one.</exception>
    public static IReadOnlyList<StagePair> Of(Network learner, Expert teacher, IReadOnlyList<string>? stages = null)
    {
        var (own, others) = (learner.StageShapes, teacher.StageShapes);
        if (stages?.FirstOrDefault(stage => own.All(shape => shape.Name != stage)) is string unknown)
            throw new UserErrorException($"stages: found '{unknown}', expected some of {string.Join(", ", own.Select(shape => shape.Name))} of {learner.Spec}.");
        var pairs = own.Count == others.Count
            ? own.Select((shape, i) => new StagePair(i, i, shape, others[i])).ToList()
            : (from i in Lasts(own) from j in Lasts(others) where SameSize(own[i], others[j]) select new StagePair(i, j, own[i], others[j])).ToList();
        var chosen = pairs.Where(pair => stages is null || stages.Contains(pair.LearnerShape.Name)).ToList();
        if (stages?.FirstOrDefault(stage => chosen.All(pair => pair.LearnerShape.Name != stage)) is string alone)
            throw new UserErrorException($"stages: '{alone}' of {Sizes(learner.Spec.Architecture, own)} has the size of no stage of {Sizes(teacher.Name, others)}; choose another one.");
        return chosen.Count > 0
            ? chosen
            : throw new UserErrorException($"the stages of {Sizes(learner.Spec.Architecture, own)} cannot be paired with those of {Sizes(teacher.Name, others)}: "
                + "neither as many nor of one size; choose other networks, other stages of an ONNX expert (expert.onnx.stages), or a method that compares logits or embeddings.");
    }

    private static IEnumerable<int> Lasts(IReadOnlyList<StageShape> shapes) =>
        Enumerable.Range(0, shapes.Count).Where(i => i == shapes.Count - 1 || !SameSize(shapes[i], shapes[i + 1]));

    private static bool SameSize(StageShape one, StageShape other) => (one.Height, one.Width) == (other.Height, other.Width);

    private static string Sizes(string name, IReadOnlyList<StageShape> shapes) =>
        $"{name} ({string.Join(", ", shapes.Select(shape => $"{shape.Name} {shape.Height}×{shape.Width}"))})";
}
