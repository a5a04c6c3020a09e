using Pupil.Data;
using Pupil.Networks;
using static TorchSharp.torch;

namespace Pupil.Distillation;

/// <summary>
/// Collaborative teaching knowledge distillation ("Highlight Every Step", Zhao et al., arXiv 1907.09643). A scratch teacher learns
/// beside the student and shows it the path; a frozen expert shows it where to look:
/// <code>
/// L = H(y, z_scratch) + H(y, z_student)
///   + γ · mean_N Σ_K (z_student − stop(z_scratch))²
///   + β · Σ_stages mean_N,HW (Q(A_student) − Q(A_expert))²
/// </code>
/// H is <see cref="Supervised.CrossEntropy(Tensor, Batch)"/>, the γ term <see cref="Path"/>, the β term <see cref="AttentionMaps.Total"/>. Not to be
/// mistaken for Curriculum Temperature KD (AAAI 2023), which has taken the same letters.
/// </summary>
public sealed class Ctkd : Method
{
    private const string CompanionName = "scratch-teacher";

    private readonly CtkdOptions _options;
    private readonly Network? _scratchTeacher;
    private readonly Expert? _expert;

    /// <summary>Joins the teachers.</summary>
    /// <param name="options">The settings.</param>
    /// <param name="scratchTeacher">The network that learns along, or null without one.</param>
    /// <param name="expert">The expert, or null without one.</param>
    public Ctkd(CtkdOptions options, Network? scratchTeacher, Expert? expert)
    {
        (_options, _scratchTeacher, _expert) = (options, scratchTeacher, expert);
        if (scratchTeacher is not null && expert is not null && options.AttentionOn == AttentionLearner.ScratchTeacher)
            AttentionMaps.CheckPairs(scratchTeacher, expert, options.Stages);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Companion> Companions => _scratchTeacher is null ? [] : [new(CompanionName, _scratchTeacher)];

    /// <inheritdoc/>
    public override SharedLayers? SharedLayers =>
        _options.ShareFirstConvolution && _scratchTeacher is not null ? new(_scratchTeacher, LayerSharing.FirstConvolution) : null;

    /// <summary>The path: Σ over images and classes of (z_student − z_scratch)², divided by <paramref name="divisor"/> images.</summary>
    /// <param name="student">z_student, N×K.</param>
    /// <param name="scratchTeacher">z_scratch, N×K, of this very step.</param>
    /// <param name="divisor">N, or the configured batch size.</param>
    /// <param name="gradientBlock">Whether z_scratch gets no gradient.</param>
    public static Tensor Path(Tensor student, Tensor scratchTeacher, int divisor, bool gradientBlock = true) =>
        (student - (gradientBlock ? scratchTeacher.detach() : scratchTeacher)).square().sum().Over(divisor);

    /// <inheritdoc/>
    public override void Enrol(Network student)
    {
        if (_expert is not null && _options.AttentionOn == AttentionLearner.Student)
            AttentionMaps.CheckPairs(student, _expert, _options.Stages);
    }

    /// <inheritdoc/>
    public override Lesson Teach(Batch batch) =>
        new CollaborativeLesson(_options, batch, _scratchTeacher?.call(batch.Images), _expert?.Ask(batch.Images));

    private sealed class CollaborativeLesson(CtkdOptions options, Batch batch, NetworkOutput? scratchTeacher, NetworkOutput? expert) : Lesson
    {
        public override IReadOnlyList<Term> Terms { get; } = ScratchTeacherTerms(options, batch, scratchTeacher, expert);

        public override bool StudentsMoveTeachers => scratchTeacher is not null && !options.GradientBlock;

        public override IReadOnlyList<Term> Learn(NetworkOutput student)
        {
            var terms = new List<Term> { new("cross-entropy", 1, Supervised.CrossEntropy(student.Logits, batch)) };
            if (scratchTeacher is not null)
                terms.Add(new("path", options.Gamma, Path(student.Logits, scratchTeacher.Logits, Divisor, options.GradientBlock)));
            if (expert is not null && options.AttentionOn == AttentionLearner.Student)
                terms.Add(Attention("attention", options, student, expert));
            return terms;
        }

        private int Divisor => options.PathDivisor == PathDivisor.ConfiguredBatch ? batch.ConfiguredSize : batch.Count;

        private static List<Term> ScratchTeacherTerms(CtkdOptions options, Batch batch, NetworkOutput? scratchTeacher, NetworkOutput? expert)
        {
            if (scratchTeacher is null)
                return [];
            var terms = new List<Term> { new($"{CompanionName}/cross-entropy", 1, Supervised.CrossEntropy(scratchTeacher.Logits, batch)) };
            if (expert is not null && options.AttentionOn == AttentionLearner.ScratchTeacher)
                terms.Add(Attention($"{CompanionName}/attention", options, scratchTeacher, expert));
            return terms;
        }

        private static Term Attention(string name, CtkdOptions options, NetworkOutput learner, NetworkOutput expert) =>
            new(name, options.Beta,
                AttentionMaps.Total(learner.Stages, expert.Stages, options.Stages, options.AttentionExponent, options.AttentionDistance));
    }
}
