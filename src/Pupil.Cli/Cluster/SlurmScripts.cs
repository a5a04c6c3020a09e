using System.Globalization;

namespace Pupil.Cli.Cluster;

/// <summary>What Slurm is asked for.</summary>
/// <param name="Partition">The partition; null for Slurm's default.</param>
/// <param name="Time">The time limit of a task, as Slurm writes it; null for the partition's.</param>
/// <param name="ArrayLimit">The most tasks that run at a time; null for any number.</param>
/// <param name="Threads">The threads of a task; null for as many as Slurm gives it cores.</param>
/// <param name="Further">Further options of <c>sbatch</c>, as they are written there.</param>
internal sealed record SlurmOptions(string? Partition, string? Time, int? ArrayLimit, int? Threads, IReadOnlyList<string> Further);

/// <summary>
/// The scripts of a comparison for Slurm: an array of tasks that share the cells, and a job that makes the table after them.
/// </summary>
/// <param name="name">The name of the comparison.</param>
/// <param name="folder">The folder of the comparison, which all machines see; it may be relative to the current folder.</param>
/// <param name="logs">The folder of scripts and logs.</param>
/// <param name="tool">The words that start the tool.</param>
/// <param name="options">What Slurm is asked for.</param>
internal sealed class SlurmScripts(string name, string folder, string logs, IReadOnlyList<string> tool, SlurmOptions options)
{
    private const int SecondsBeforeEnd = 120, MostKills = 5;

    /// <summary>Returns the script of the array.</summary>
    /// <param name="tasks">The number of tasks.</param>
    /// <param name="further">Further options of <c>pupil compare</c>.</param>
    public string Tasks(int tasks, IReadOnlyList<string> further)
    {
        string limit = options.ArrayLimit is int most ? Invariant($"%{most}") : "";
        string threads = options.Threads is int count ? Invariant($"\n#SBATCH --cpus-per-task={count}") : "";
        string[] compare = ["compare", "--resume", folder, "--no-wait", .. further];
        return $"""
            {Head($"pupil-{name}", "%A_%a")}
            #SBATCH --array={Invariant($"1-{tasks}")}{limit}
            #SBATCH --requeue
            #SBATCH --signal=B:USR1@{SecondsBeforeEnd}{threads}{Chosen}

            # A task takes cells that no other process holds until none is left. SIGUSR1 comes before the time limit: the task writes
            # checkpoints, and Slurm starts it anew. A task that was killed starts anew too, {MostKills} times. One that is cancelled ends.
            ends_in_time=0 signalled=0 child=
            trap 'signalled=1; ends_in_time=1; kill -TERM $child 2> /dev/null' USR1
            trap 'signalled=1; kill -TERM $child 2> /dev/null' TERM INT
            {OwnCommand.Quoted(tool.Concat(compare))} &
            child=$!
            # One that came before the child had a number.
            [ "$signalled" = 0 ] || kill -TERM "$child"
            wait "$child"
            code=$?
            # A signal ends the waiting, not the child.
            while [ "$signalled" = 1 ]; do
                signalled=0
                wait "$child"
                code=$?
            done
            if [ "$ends_in_time" = 1 ] || {"{"} [ "$code" = 137 ] && [ "${"{"}SLURM_RESTART_COUNT:-0{"}"}" -lt {MostKills} ]; {"}"}; then
                echo "Ended with $code; it goes on in a requeued task."
                scontrol requeue "${"{"}SLURM_ARRAY_JOB_ID{"}"}_${"{"}SLURM_ARRAY_TASK_ID{"}"}"
            fi
            exit "$code"

            """;
    }

    /// <summary>Returns the script of the job that makes the table.</summary>
    public string Table() => $"""
        {Head($"pupil-{name}-table", "%j-table")}{Chosen}

        exec {OwnCommand.Quoted(tool.Concat(["compare", "--table", folder]))}

        """;

    private string Chosen
    {
        get
        {
            var lines = new List<string>();
            if (options.Partition is { } partition)
                lines.Add($"--partition={partition}");
            if (options.Time is { } time)
                lines.Add($"--time={time}");
            return string.Concat(lines.Concat(options.Further).Select(line => $"\n#SBATCH {line}"));
        }
    }

    private string Head(string job, string log) => $"""
        #!/bin/bash
        #SBATCH --job-name={job}
        #SBATCH --output="{Path.Combine(logs.Replace("%", "%%"), $"{log}.out")}"
        #SBATCH --open-mode=append
        #SBATCH --chdir="{Environment.CurrentDirectory}"
        """;

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
