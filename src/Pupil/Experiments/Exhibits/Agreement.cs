namespace Pupil.Experiments.Exhibits;

/// <summary>The predictions of a student and an expert for the test images, counted.</summary>
/// <param name="Images">The number of test images.</param>
/// <param name="Same">The images for which both predict the same class, right or wrong.</param>
/// <param name="Gains">The images that the student gets right and the expert wrong.</param>
/// <param name="Losses">The images that the expert gets right and the student wrong.</param>
internal sealed record Agreement(int Images, int Same, int Gains, int Losses)
{
    /// <summary>Counts the predictions.</summary>
    /// <param name="labels">The class number of each image.</param>
    /// <param name="student">The student's predictions.</param>
    /// <param name="expert">The expert's predictions.</param>
    public static Agreement Of(IReadOnlyList<int> labels, Answers student, Answers expert)
    {
        var places = Enumerable.Range(0, labels.Count);
        return new(labels.Count, places.Count(place => student.Classes[place] == expert.Classes[place]),
            Gained(labels, student, expert).Count(), Gained(labels, expert, student).Count());
    }

    /// <summary>
    /// Returns the places of the images that one network gets right and another wrong, the most confident pairs of predictions first.
    /// </summary>
    /// <param name="labels">The class number of each image.</param>
    /// <param name="right">The predictions that are right.</param>
    /// <param name="wrong">The predictions that are wrong.</param>
    public static IEnumerable<int> Gained(IReadOnlyList<int> labels, Answers right, Answers wrong) => Enumerable.Range(0, labels.Count)
        .Where(place => right.Classes[place] == labels[place] && wrong.Classes[place] != labels[place])
        .OrderByDescending(place => right.Probabilities[place] + wrong.Probabilities[place]);
}
