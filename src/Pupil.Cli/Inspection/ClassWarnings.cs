namespace Pupil.Cli.Inspection;

/// <summary>Finds likely defects of a data set's classes.</summary>
internal static class ClassWarnings
{
    // The ratio of largest to smallest class above which the largest dominates the accuracy.
    private const double LargestImbalance = 10;

    // With fewer images of a class, its accuracy depends mostly on which images they are.
    private const int FewOfClass = 10;

    /// <summary>Returns the warnings about names that are easily taken for one another: those that differ only in case or spaces.</summary>
    /// <param name="classes">The class names.</param>
    public static IEnumerable<string> AboutNames(IReadOnlyList<string> classes)
    {
        foreach (var alike in classes.GroupBy(Plain, StringComparer.OrdinalIgnoreCase).Where(alike => alike.Count() > 1))
            yield return $"{DataInspection.Shown([.. alike])} are {alike.Count():N0} classes whose names differ only in case or spaces.";

        static string Plain(string name) => string.Join(' ', name.Split(' ', StringSplitOptions.RemoveEmptyEntries));
    }

    /// <summary>Returns the warnings about the number of images of each class.</summary>
    /// <param name="classes">The class names.</param>
    /// <param name="parts">The number of images of each class in each part.</param>
    /// <param name="isOne">Whether each image has one label.</param>
    public static IEnumerable<string> AboutCounts(
        IReadOnlyList<string> classes, (string Part, int[] PerClass)[] parts, bool isOne = true)
    {
        foreach (var part in parts)
        {
            string[] empty = [.. classes.Where((_, label) => part.PerClass[label] == 0)];
            if (isOne && empty.Length == classes.Count - 1)
                yield return $"{part.Part}: all images are of one class, '{classes.Except(empty).First()}'.";
            else if (empty.Length > 0)
                yield return $"{part.Part}: {Number(empty)} no image: {DataInspection.Shown(empty)}.";
        }
        var counts = parts[0].PerClass;
        string[] single = [.. classes.Where((_, label) => counts[label] == 1)];
        if (single.Length > 0)
            yield return $"train: {Number(single)} a single image: {DataInspection.Shown(single)}.";
        string[] few = [.. classes.Where((_, label) => counts[label] is > 1 and < FewOfClass)];
        if (few.Length > 0)
        {
            yield return $"train: {Number(few)} fewer than {FewOfClass} images: {DataInspection.Shown(few)}. "
                + "Little can be learnt from so few.";
        }
        var (least, most) = (counts.Where(count => count > 0).Min(), counts.Max());
        if (most > LargestImbalance * least)
        {
            yield return $"train: '{classes[counts.ToList().IndexOf(most)]}' has {most:N0} images, "
                + $"'{classes[counts.ToList().IndexOf(least)]}' {least:N0}: "
                + (isOne ? "the accuracy depends more on the large classes than on the small ones."
                    : "mAP gives both the same weight, and that of the small one depends on few images.");
        }
    }

    private static string Number(string[] classes) => DataInspection.Number(classes.Length, "class has", "classes have");
}
