using System.Text;

namespace Pupil.Processes;

/// <summary>The group of processes that this one belongs to, and what its members agree on.</summary>
internal static class ProcessGroups
{
    private const int MostTries = 1800, PauseMilliseconds = 100;

    private static IProcessGroup _all = OneProcess.Instance;

    [ThreadStatic]
    private static IProcessGroup? _own;

    /// <summary>The processes that compute the trainings of this thread together. Default: this process alone.</summary>
    public static IProcessGroup Current => _own ?? _all;

    /// <summary>Makes a group that of this process, in all its threads.</summary>
    public static void Join(IProcessGroup group) => _all = group;

    /// <summary>Makes a group that of this thread, until disposed: the process alone, or a group of threads.</summary>
    public static IDisposable Use(IProcessGroup group)
    {
        var before = _own;
        _own = group;
        return new End(before);
    }

    /// <summary>Whether this process writes files.</summary>
    public static bool Writes(this IProcessGroup group) => group.Rank == 0;

    /// <summary>Waits until all processes have come here.</summary>
    public static void Meet(this IProcessGroup group) => group.Sum([0]);

    /// <summary>Waits until all processes have come here and see a file that process 0 has written.</summary>
    /// <exception cref="UserErrorException">A process does not see it.</exception>
    public static void MeetAtFile(this IProcessGroup group, string file)
    {
        if (group.Size == 1)
            return;
        group.Meet();
        // A network file system shows new files after some seconds.
        for (int tries = 0; tries < MostTries && !File.Exists(file); tries++)
            Thread.Sleep(PauseMilliseconds);
        if (!File.Exists(file))
        {
            throw new UserErrorException($"{file}: is not there for a process on {Environment.MachineName}, but process 0 has written it; "
                + "expected one shared folder for all machines. Choose one that all of them see.");
        }
    }

    /// <summary>Returns whether a condition holds in at least one process, in all of them.</summary>
    public static bool Any(this IProcessGroup group, bool own)
    {
        if (group.Size == 1)
            return own;
        Span<double> sum = [own ? 1 : 0];
        group.Sum(sum);
        return sum[0] > 0;
    }

    /// <summary>Returns what process 0 finds, in all processes.</summary>
    /// <param name="group">The group.</param>
    /// <param name="find">Called in process 0 alone.</param>
    public static string FromFirst(this IProcessGroup group, Func<string> find) => group.Size == 1 ? find()
        : Encoding.UTF8.GetString(group.Gather(group.Rank == 0 ? Encoding.UTF8.GetBytes(find()) : [])[0]);

    /// <inheritdoc cref="FromFirst(IProcessGroup, Func{string})"/>
    public static bool FromFirst(this IProcessGroup group, Func<bool> find) =>
        group.Size == 1 ? find() : group.FromFirst(() => find() ? "1" : "").Length > 0;

    /// <summary>Returns a text of every process, by rank.</summary>
    /// <param name="group">The group.</param>
    /// <param name="own">That of this process.</param>
    public static string[] GatherTexts(this IProcessGroup group, string own) =>
        [.. group.Gather(Encoding.UTF8.GetBytes(own)).Select(Encoding.UTF8.GetString)];

    /// <summary>Checks that a text is the same in all processes.</summary>
    /// <param name="group">The group.</param>
    /// <param name="own">That of this process.</param>
    /// <param name="differs">Returns the message if a process has another one: its rank, its text, and that of process 0.</param>
    /// <exception cref="UserErrorException">A process has another one.</exception>
    public static void RequireEqual(this IProcessGroup group, string own, Func<int, string, string, string> differs)
    {
        if (group.Size == 1)
            return;
        string[] all = group.GatherTexts(own);
        int other = Array.FindIndex(all, text => text != all[0]);
        if (other >= 0)
            throw new UserErrorException(differs(other, all[other], all[0]));
    }

    private sealed class End(IProcessGroup? before) : IDisposable
    {
        public void Dispose() => _own = before;
    }
}
