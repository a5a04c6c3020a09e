using Pupil.Tests.Training;
using Pupil.Training;

namespace Pupil.Tests.Distillation.Methods;

/// <summary>
/// A method in a small whole training: stopped and resumed it ends equal, and the student's file has none of its modules.
/// </summary>
internal static class ResumedTraining
{
    /// <summary>All images but three: batches of 8, 8 and 1, and a subset that is not the set.</summary>
    public static TinyTraining OfSeventeenImages { get; } = new TinyTraining() with
    {
        Train = new TinyTraining().Train with
        {
            Indices = [.. Enumerable.Range(0, TinyTraining.TrainImages).Where(index => index is not (1 or 5 or 12))],
        },
        Students = [("student", "wrn-10-2")],
    };

    /// <summary>
    /// Trains through, and again with a stop after each of some numbers of records; returns the tensors before and after.
    /// </summary>
    public static (SortedDictionary<string, string> Before, SortedDictionary<string, string> After, IReadOnlyList<string> Records) Assert(
        TinyTraining tiny, params int[] stops)
    {
        using var folder = new TemporaryFolder();
        using var uninterrupted = tiny.Start();
        var before = uninterrupted.Snapshot();
        var expected = uninterrupted.Trainer.Run().Select(TinyTraining.Timeless).ToList();
        var after = uninterrupted.Snapshot();
        foreach (int done in stops)
        {
            using (var stopped = tiny.Start())
            {
                stopped.Go(done);
                Checkpoint.Write(folder["checkpoint"], stopped.Trainer, new Dictionary<string, string>());
            }
            using var resumed = tiny.Start();
            Checkpoint.Read(folder["checkpoint"], resumed.Trainer);
            Xunit.Assert.Equal(expected.Skip(done), resumed.Trainer.Run().Select(TinyTraining.Timeless));
            Xunit.Assert.Equal(after, resumed.Snapshot());
        }
        using var plain = tiny.Build(tiny.Students[0].Architecture, "student");
        Xunit.Assert.Equal(plain.State().Select(entry => entry.Key), uninterrupted.Network().State().Select(entry => entry.Key));
        return (before, after, expected);
    }

    /// <summary>Checks that there are tensors whose name starts so, and that all have changed.</summary>
    public static void AssertMoved(string start, SortedDictionary<string, string> before, SortedDictionary<string, string> after) =>
        Xunit.Assert.All(Some(start, before), name => Xunit.Assert.True(before[name] != after[name], $"{name} has not moved"));

    /// <summary>Checks that there are tensors whose name starts so, and that none has changed.</summary>
    public static void AssertStill(string start, SortedDictionary<string, string> before, SortedDictionary<string, string> after) =>
        Xunit.Assert.All(Some(start, before), name => Xunit.Assert.True(before[name] == after[name], $"{name} has moved"));

    private static List<string> Some(string start, SortedDictionary<string, string> snapshot)
    {
        var names = snapshot.Keys.Where(name => name.StartsWith(start, StringComparison.Ordinal)).ToList();
        Xunit.Assert.NotEmpty(names);
        return names;
    }
}
