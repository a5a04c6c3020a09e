using Pupil.Networks;
using static TorchSharp.torch;

namespace Pupil.Distillation;

/// <summary>What a method trains beside all students, for example the scratch teacher.</summary>
/// <param name="Name">Its name in the records.</param>
/// <param name="Module">The network, which is measured along with the students, or another module, which is only trained.</param>
public sealed record Companion(string Name, nn.Module Module);

/// <summary>
/// One way of teaching. Once per batch it works out what the teachers say (<see cref="Teach"/>); every student then loses by that
/// lesson on its own (<see cref="Lesson.Learn"/>), so that several students share the teachers' cost. It is not a
/// <c>Module</c>: that would register the teachers it holds as parts to be trained.
/// </summary>
/// <param name="options">The settings that all methods have.</param>
public abstract class Method(MethodOptions options)
{
    /// <summary>What this method trains beside the students.</summary>
    public virtual IReadOnlyList<Companion> Companions => [];

    /// <summary>
    /// The convolutions that the students have in common with a teacher, or null: students are built with them in place of their own.
    /// </summary>
    public virtual SharedLayers? SharedLayers => null;

    /// <summary>
    /// Epochs before the training proper in which the lessons alone are learnt from: no cross-entropy with the labels, at a constant learning rate.
    /// Whoever has no such phase waits meanwhile.
    /// </summary>
    public int PreliminaryEpochs => options.EpochsBefore;

    /// <summary>The learning rate of the preliminary epochs; null: the training's, without its schedule.</summary>
    public virtual double? PreliminaryRate => null;

    /// <summary>The weight of the students' cross-entropy with the labels, in the training proper.</summary>
    public virtual double LabelWeight => options.LabelWeight ?? 1;

    /// <summary>
    /// Called once for every student before the first step: has trained what it needs beside it (<see cref="Learner.Train"/>), and refuses one that
    /// this method cannot teach.
    /// </summary>
    /// <exception cref="UserErrorException">The student does not fit the teachers.</exception>
    public virtual void Enrol(Learner student) { }

    /// <summary>Computes what the students learn from for one batch.</summary>
    /// <param name="step">The batch, the moment, and the outputs of networks.</param>
    public abstract Lesson Teach(StepInput step);

    /// <summary>All terms of a student's loss: its cross-entropy with the labels, and the lesson's terms at their present weight.</summary>
    /// <param name="lesson">What <see cref="Teach"/> gave for the batch.</param>
    /// <param name="step">The batch and the moment.</param>
    /// <param name="student">The student.</param>
    /// <param name="output">Its output for the batch.</param>
    public IReadOnlyList<Term> Loss(Lesson lesson, StepInput step, Learner student, NetworkOutput output)
    {
        var taught = Weighted(lesson.Learn(student, output), step.Moment);
        var labels = step.Moment.IsPreliminary ? [] : Term.OfLabels(student.Name, LabelWeight, output.Logits, step.Batch.Target);
        return [.. labels.Concat(taught).Select(term => term with { Owner = student.Name })];
    }

    /// <summary>A lesson's terms at the weight that they have by now.</summary>
    internal IEnumerable<Term> Weighted(IEnumerable<Term> terms, Moment moment)
    {
        double rise = moment.IsPreliminary ? 1 : moment.Rise(options.WarmUpEpochs);
        return terms.Select(term => term.Scaled(rise));
    }
}

/// <summary>What the teachers say about one batch. Its tensors live in the dispose scope it was made in.</summary>
public abstract class Lesson
{
    /// <summary>A lesson whose teachers lose nothing themselves and get no gradient.</summary>
    /// <param name="learn">What one student loses by it.</param>
    public static Lesson Of(Func<Learner, NetworkOutput, IReadOnlyList<Term>> learn) => new PlainLesson(learn);

    /// <summary>The terms of the companions' own losses, each with its owner; their backward pass comes before the students'.</summary>
    public virtual IReadOnlyList<Term> Terms => [];

    /// <summary>
    /// Whether a student's loss sends a gradient into the teachers too, so that all must flow back together. Otherwise the
    /// teachers' part is done, and its memory free, before the first student starts.
    /// </summary>
    public virtual bool StudentsMoveTeachers => false;

    /// <summary>Whether students are asked about the batch at all; not where the method prepares its own means. Default true.</summary>
    public virtual bool IsForStudents => true;

    /// <summary>What one student loses by this lesson, beside its cross-entropy with the labels.</summary>
    /// <param name="student">The student, with what the method trains beside it.</param>
    /// <param name="answer">The student's answer to the same batch.</param>
    public abstract IReadOnlyList<Term> Learn(Learner student, NetworkOutput answer);

    /// <summary>The terms of companions' losses that read the students' outputs, each with its owner; their backward pass comes after the students'.</summary>
    /// <param name="answers">The outputs of all students for the batch; they get no gradient.</param>
    public virtual IReadOnlyList<Term> AfterStudents(IReadOnlyList<NetworkOutput> answers) => [];

    private sealed class PlainLesson(Func<Learner, NetworkOutput, IReadOnlyList<Term>> learn) : Lesson
    {
        public override IReadOnlyList<Term> Learn(Learner student, NetworkOutput answer) => learn(student, answer);
    }
}
