using Pupil.Distillation.Equations;
using Pupil.Images;
using Pupil.Networks;
using static TorchSharp.torch;

namespace Pupil.Distillation.Methods;

/// <summary>
/// Collaborative teaching knowledge distillation ("Highlight Every Step", Zhao et al., arXiv 1907.09643). A scratch teacher is trained
/// beside the student, whose logits follow the teacher's at every step. The student's attention maps follow those of a frozen expert:
/// <code>
/// L = H(y, z_scratch) + H(y, z_student)
///   + γ · mean_N Σ_K (z_student − stop(z_scratch))²
///   + β · Σ_stages mean_N,HW (Q(A_student) − Q(A_expert))²
/// </code>
/// H is <see cref="CrossEntropy"/>, the γ term <see cref="PathTerm"/>, the β term <see cref="AttentionMaps.Total"/>. Curriculum
/// Temperature KD (AAAI 2023) is another method with the same abbreviation.
/// </summary>
public sealed class Ctkd : Method
{
    private const string CompanionName = "scratch-teacher";

    private readonly CtkdOptions _options;
    private readonly Network? _scratchTeacher;
    private readonly Expert? _expert;

    /// <summary>Combines the teachers.</summary>
    /// <param name="options">The settings.</param>
    /// <param name="scratchTeacher">The network that is trained beside the students, or null without one.</param>
    /// <param name="expert">The expert, or null without one.</param>
    public Ctkd(CtkdOptions options, Network? scratchTeacher, Expert? expert) : base(options)
    {
        (_options, _scratchTeacher, _expert) = (options, scratchTeacher, expert);
        if (scratchTeacher is not null && expert is not null && options.AttentionOn == AttentionLearner.ScratchTeacher)
            StagePairs.Between(scratchTeacher, expert, options.Stages);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Companion> Companions => _scratchTeacher is null ? [] : [new(CompanionName, _scratchTeacher)];

    /// <inheritdoc/>
    public override SharedLayers? SharedLayers =>
        _options.ShareFirstConvolution && _scratchTeacher is not null ? new(_scratchTeacher, LayerSharing.FirstConvolution) : null;

    /// <inheritdoc/>
    public override void Enrol(Learner student)
    {
        if (_expert is not null && _options.AttentionOn == AttentionLearner.Student)
            StagePairs.Between(student.Network, _expert, _options.Stages);
    }

    /// <inheritdoc/>
    public override Lesson Teach(StepInput step) => new CollaborativeLesson(this, step.Batch,
        _scratchTeacher is null ? null : step.OutputOf(_scratchTeacher), _expert is null ? null : step.OutputOf(_expert));

    private Term Attention(Network learner, NetworkOutput found, NetworkOutput expected)
    {
        var maps = StagePairs.Between(learner, _expert!, _options.Stages).Select(pair => pair.Maps(found.Stages, expected.Stages));
        return new("attention", _options.Beta, AttentionMaps.Total(maps, _options.AttentionExponent, _options.AttentionDistance))
        {
            IsOfExpert = true,
        };
    }

    private sealed class CollaborativeLesson(Ctkd method, Batch batch, NetworkOutput? scratchTeacher, NetworkOutput? expert) : Lesson
    {
        private readonly CtkdOptions _options = method._options;

        public override IReadOnlyList<Term> Terms { get; } = ScratchTeacherTerms(method, batch, scratchTeacher, expert);

        public override bool StudentsMoveTeachers => scratchTeacher is not null && !_options.GradientBlock;

        public override IReadOnlyList<Term> Learn(Learner student, NetworkOutput output)
        {
            var terms = new List<Term>();
            if (scratchTeacher is not null)
                terms.Add(new("path", _options.Gamma, Path(output, scratchTeacher)));
            if (expert is not null && _options.AttentionOn == AttentionLearner.Student)
                terms.Add(method.Attention(student.Network, output, expert));
            return terms;
        }

        private Tensor Path(NetworkOutput student, NetworkOutput teacher) =>
            PathTerm.Value(student.Logits, teacher.Logits, Divisor(student.Logits.shape[0]), _options.PathForm, _options.GradientBlock);

        // The shares of a batch add up to a sum over all of its images, divided by one number.
        private double Divisor(double images) => _options.PathDivisor == PathDivisor.ConfiguredBatch
            ? batch.ConfiguredSize * images / batch.WholeCount : images;

        private static List<Term> ScratchTeacherTerms(Ctkd method, Batch batch, NetworkOutput? scratchTeacher, NetworkOutput? expert)
        {
            if (scratchTeacher is null)
                return [];
            var terms = Term.OfLabels(CompanionName, 1, scratchTeacher.Logits, batch.Target).ToList();
            if (expert is not null && method._options.AttentionOn == AttentionLearner.ScratchTeacher)
                terms.Add(method.Attention(method._scratchTeacher!, scratchTeacher, expert) with { Owner = CompanionName });
            return terms;
        }
    }
}
