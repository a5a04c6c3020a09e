using Pupil.Networks;
using static TorchSharp.torch;

namespace Pupil.Distillation;

/// <summary>A module that a method trains beside all students, for example the scratch teacher.</summary>
/// <param name="Name">The module's name in the records.</param>
/// <param name="Module">A network, which is also evaluated, or another module, which is only trained.</param>
public sealed record Companion(string Name, nn.Module Module);

/// <summary>
/// A distillation method. <see cref="Teach"/> computes a lesson from the teachers' outputs once for each batch; <see cref="Lesson.Learn"/>
/// computes the loss terms of each student from it. So several students share the cost of the teachers.
/// A method is not a <c>Module</c>: that would register its frozen teachers as parts to be trained.
/// </summary>
/// <param name="options">The options that all methods have.</param>
public abstract class Method(MethodOptions options)
{
    /// <summary>The modules that this method trains beside the students.</summary>
    public virtual IReadOnlyList<Companion> Companions => [];

    /// <summary>The convolutions that students share with a teacher, in place of their own; null for none.</summary>
    public virtual SharedLayers? SharedLayers => null;

    /// <summary>
    /// Epochs of the phase before the main training, at a constant learning rate. It minimises the lessons' terms alone, without
    /// cross-entropy with the labels. In a combination, parts without such a phase are inactive in it.
    /// </summary>
    public int PreliminaryEpochs => options.EpochsBefore;

    /// <summary>The learning rate of the preliminary epochs; null: the training's, without its schedule.</summary>
    public virtual double? PreliminaryRate => null;

    /// <summary>
    /// Computes the lesson of a batch. Where this process computes a share of the batch and the method compares images, it is a lesson on
    /// the outputs of the whole batch.
    /// </summary>
    /// <param name="step">The batch or share, the moment, and the outputs of networks.</param>
    internal Lesson Begin(StepInput step) => options.ComparesImagesBy is not TeacherParts.None and var compared && step.IsShare
        ? new Lesson.WholeLesson(Teach(step.OverWholeBatch(compared)), output => step.OverWholeBatch(output, compared)) : Teach(step);

    /// <summary>The weight of the students' cross-entropy with the labels in the main training.</summary>
    public virtual double LabelWeight => options.LabelWeight ?? 1;

    /// <summary>
    /// Prepares a student before the first step: adds the modules that are trained beside it (<see cref="Learner.Train"/>), and checks that
    /// this method can teach it.
    /// </summary>
    /// <exception cref="UserErrorException">The student does not fit the teachers.</exception>
    public virtual void Enrol(Learner student) { }

    /// <summary>Computes the lesson of one batch.</summary>
    /// <param name="step">The batch, the moment, and the outputs of networks.</param>
    public abstract Lesson Teach(StepInput step);

    /// <summary>
    /// Returns all terms of a student's loss: its cross-entropy with the labels, and the lesson's terms at their current weight.
    /// </summary>
    /// <param name="lesson">The lesson of the batch, from <see cref="Teach"/>.</param>
    /// <param name="step">The batch and the moment.</param>
    /// <param name="student">The student.</param>
    /// <param name="output">The student's output for the batch.</param>
    public IReadOnlyList<Term> Loss(Lesson lesson, StepInput step, Learner student, NetworkOutput output)
    {
        var taught = Weighted(lesson.Learn(student, output), step.Moment);
        var labels = step.Moment.IsPreliminary ? [] : Term.OfLabels(student.Name, LabelWeight, output.Logits, step.Batch.Target);
        return [.. labels.Concat(taught).Select(term => term with { Owner = student.Name })];
    }

    /// <summary>Scales a lesson's terms by the warm-up of the moment, and marks those that follow an expert.</summary>
    internal IEnumerable<Term> Weighted(IEnumerable<Term> terms, Moment moment)
    {
        double rise = moment.IsPreliminary ? 1 : moment.Rise(options.WarmUpEpochs);
        bool allOfExpert = options.NeedsExpert && !options.TrainsNetworks;
        return terms.Select(term => term.Scaled(rise) with { IsOfExpert = !term.IsOfLabels && (term.IsOfExpert || allOfExpert) });
    }
}

/// <summary>
/// The teachers' outputs for one batch, and the losses that follow from them. Tensors live in the dispose scope of its creation.
/// </summary>
public abstract class Lesson
{
    /// <summary>Makes a lesson without losses of companions, whose teachers get no gradient.</summary>
    /// <param name="learn">Computes the terms of one student's loss.</param>
    public static Lesson FromTerms(Func<Learner, NetworkOutput, IReadOnlyList<Term>> learn) => new PlainLesson(learn);

    /// <summary>Terms of the companions' losses, each with its owner. Their backward pass comes before the students'.</summary>
    public virtual IReadOnlyList<Term> Terms => [];

    /// <summary>
    /// Whether a student's loss has a gradient with respect to the teachers, so that one backward pass covers all losses. Otherwise the
    /// teachers' graph is freed before the first student's forward pass.
    /// </summary>
    public virtual bool StudentsMoveTeachers => false;

    /// <summary>
    /// Whether the lesson has terms for students. False if it only trains companions; the students then compute nothing. Default true.
    /// </summary>
    public virtual bool IsForStudents => true;

    /// <summary>Computes the terms of one student's loss beside its cross-entropy with the labels.</summary>
    /// <param name="student">The student, with what the method trains beside it.</param>
    /// <param name="output">The student's output for the same batch.</param>
    public abstract IReadOnlyList<Term> Learn(Learner student, NetworkOutput output);

    /// <summary>
    /// Computes terms of companions' losses that depend on the students' outputs, each with its owner. Their backward pass comes after the
    /// students'.
    /// </summary>
    /// <param name="outputs">The outputs of all students for the batch; they get no gradient.</param>
    public virtual IReadOnlyList<Term> AfterStudents(IReadOnlyList<NetworkOutput> outputs) => [];

    /// <summary>A lesson on the outputs of the whole batch, from which it computes the same terms in every process.</summary>
    /// <param name="lesson">The lesson.</param>
    /// <param name="whole">Returns the outputs of the whole batch for those of a share.</param>
    internal sealed class WholeLesson(Lesson lesson, Func<NetworkOutput, NetworkOutput> whole) : Lesson
    {
        /// <inheritdoc/>
        public override IReadOnlyList<Term> Terms => lesson.Terms;

        /// <inheritdoc/>
        public override bool StudentsMoveTeachers => lesson.StudentsMoveTeachers;

        /// <inheritdoc/>
        public override bool IsForStudents => lesson.IsForStudents;

        /// <inheritdoc/>
        public override IReadOnlyList<Term> Learn(Learner student, NetworkOutput output) => lesson.Learn(student, whole(output));

        /// <inheritdoc/>
        public override IReadOnlyList<Term> AfterStudents(IReadOnlyList<NetworkOutput> outputs) =>
            lesson.AfterStudents([.. outputs.Select(whole)]);
    }

    private sealed class PlainLesson(Func<Learner, NetworkOutput, IReadOnlyList<Term>> learn) : Lesson
    {
        public override IReadOnlyList<Term> Learn(Learner student, NetworkOutput output) => learn(student, output);
    }
}
