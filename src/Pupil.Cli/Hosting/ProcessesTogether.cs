using Pupil.Processes;

namespace Pupil.Cli.Hosting;

/// <summary>Joins the processes that <c>mpirun</c> or <c>srun</c> started for one training.</summary>
internal static class ProcessesTogether
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    /// <summary>Does work as one of the processes of a launcher, or by itself.</summary>
    /// <param name="work">The work; returns the exit code.</param>
    /// <exception cref="UserErrorException">The work failed, or the MPI library is not that of the launcher.</exception>
    public static int Run(Func<int> work)
    {
        if (MpiGroup.Start() is not { } group)
            return work();
        ProcessGroups.Join(group);
        try
        {
            int code = work();
            ProcessGroups.Current.Dispose();
            return code;
        }
        // Without the end of MPI, the launcher ends the other processes, which may be waiting for this one.
        catch (UserErrorException error) when (group.Rank > 0)
        {
            // The same error in all processes is printed once: by the first one, whose end is theirs.
            Thread.Sleep(Patience);
            throw new UserErrorException($"process {group.Rank} of {group.Size} on {Environment.MachineName}: {error.Message}", error)
            {
                Cause = error.Cause,
            };
        }
    }
}
