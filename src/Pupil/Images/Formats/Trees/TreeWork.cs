using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;

namespace Pupil.Images.Formats.Trees;

/// <summary>Work on the files of a tree, on all cores.</summary>
internal static class TreeWork
{
    /// <summary>Does something with every file.</summary>
    /// <param name="files">The files; they are taken one by one, since an archive's are in memory from when they are read.</param>
    /// <param name="tool">Makes what a thread needs for the work.</param>
    /// <param name="work">The work.</param>
    /// <param name="stop">Asks to stop.</param>
    /// <exception cref="UserErrorException">The tree cannot be walked through, or the work threw it.</exception>
    /// <exception cref="IOException">The work threw it.</exception>
    /// <exception cref="OperationCanceledException">It was asked to stop.</exception>
    public static void ForEach<T>(IEnumerable<TreeFile> files, Func<T> tool, Action<TreeFile, T> work, CancellationToken stop)
    {
        var source = Partitioner.Create(files, EnumerablePartitionerOptions.NoBuffering);
        var options = new ParallelOptions { CancellationToken = stop, MaxDegreeOfParallelism = Environment.ProcessorCount };
        try
        {
            Parallel.ForEach(source, options, tool, (file, _, own) =>
            {
                work(file, own);
                return own;
            }, _ => { });
        }
        catch (AggregateException error) when (error.InnerExceptions.FirstOrDefault(inner => inner is UserErrorException or IOException) is { } found)
        {
            ExceptionDispatchInfo.Throw(found);
        }
    }
}
