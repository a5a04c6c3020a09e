using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;

namespace Pupil.Images.Formats.Trees;

/// <summary>Processes the files of a tree on all cores.</summary>
internal static class TreeWork
{
    /// <summary>Calls a function for every file.</summary>
    /// <param name="files">The files, taken one by one: an archive's are in memory once they are enumerated.</param>
    /// <param name="tool">Creates the state of one thread.</param>
    /// <param name="work">The function; receives a file and the thread's state.</param>
    /// <param name="stop">Cancels the processing.</param>
    /// <exception cref="UserErrorException">The tree cannot be enumerated, or the function threw it.</exception>
    /// <exception cref="IOException">The function threw it.</exception>
    /// <exception cref="OperationCanceledException">The processing was cancelled.</exception>
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
        catch (AggregateException error) when (Found(error) is { } found)
        {
            ExceptionDispatchInfo.Throw(found);
        }

        static Exception? Found(AggregateException error) =>
            error.InnerExceptions.FirstOrDefault(inner => inner is UserErrorException or IOException);
    }
}
