using Pupil.Data;
using Pupil.Networks;

namespace Pupil.Distillation;

/// <summary>A network that a method trains beside the students, for example the scratch teacher.</summary>
/// <param name="Name">Its name in the records.</param>
/// <param name="Network">The network.</param>
public sealed record Companion(string Name, Network Network);

/// <summary>
/// One way of teaching. Once per batch it works out what the teachers say (<see cref="Teach"/>); every student then loses by that
/// lesson on its own (<see cref="Lesson.Learn"/>), so that several students share the teachers' cost. It is not a
/// <c>Module</c>: that would register the teachers it holds as parts to be trained.
/// </summary>
public abstract class Method
{
    /// <summary>The networks this method trains beside the students.</summary>
    public virtual IReadOnlyList<Companion> Companions => [];

    /// <summary>
    /// The convolutions that the students have in common with a teacher, or null: students are built with them in place of their own.
    /// </summary>
    public virtual SharedLayers? SharedLayers => null;

    /// <summary>Called once for every student before the first step: refuses one that this method cannot teach.</summary>
    /// <exception cref="UserErrorException">The student does not fit the teachers.</exception>
    public virtual void Enrol(Network student) { }

    /// <summary>What the teachers say about this batch.</summary>
    public abstract Lesson Teach(Batch batch);
}

/// <summary>What the teachers say about one batch. Its tensors live in the dispose scope it was made in.</summary>
public abstract class Lesson
{
    /// <summary>What the teachers themselves lose on the batch, each term named <c>companion/term</c>; the trainer lets this flow back before the students'.</summary>
    public virtual IReadOnlyList<Term> Terms => [];

    /// <summary>
    /// Whether a student's loss sends a gradient into the teachers too, so that all must flow back together. Otherwise the
    /// teachers' part is done, and its memory free, before the first student starts.
    /// </summary>
    public virtual bool StudentsMoveTeachers => false;

    /// <summary>What one student loses by this lesson.</summary>
    /// <param name="student">The student's answer to the same batch.</param>
    public abstract IReadOnlyList<Term> Learn(NetworkOutput student);
}
