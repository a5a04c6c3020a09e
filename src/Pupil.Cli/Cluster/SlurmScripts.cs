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
/// <param name="folder">The folder of the comparison, which all machines see.</param>
/// <param name="logs">The folder of scripts and logs.</param>
/// <param name="tool">The words that start the tool.</param>
/// <param name="options">What Slurm is asked for.</param>
internal sealed class SlurmScripts(string name, string folder, string logs, IReadOnlyList<string> tool, SlurmOptions options)
{
    // Slurm checks times every half a minute.
    private const int SecondsBeforeEnd = 120, MostRestarts = 100;

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
            #SBATCH --signal=B:TERM@{SecondsBeforeEnd}{threads}{Chosen}

            # A task takes cells that no other process holds until none is left. Before the time limit, and when it is cancelled, it writes
            # checkpoints and ends with 130; Slurm then starts it anew, and it goes on. A task that was killed starts anew too.
            {OwnCommand.Quoted(tool.Concat(compare))} &
            child=$!
            signalled=0
            trap 'signalled=1; kill -TERM "$child" 2> /dev/null' TERM INT
            wait "$child"
            code=$?
            # A signal ends the waiting, not the child.
            while [ "$signalled" = 1 ]; do
                signalled=0
                wait "$child"
                code=$?
            done
            if [ "$code" -ge 128 ] && [ "${"{"}SLURM_RESTART_COUNT:-0{"}"}" -lt {MostRestarts} ]; then
                echo "Ended with $code; it goes on in a requeued task."
                scontrol requeue "$SLURM_JOB_ID"
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
        #SBATCH --output={Path.Combine(logs, $"{log}.out")}
        #SBATCH --open-mode=append
        #SBATCH --chdir={Environment.CurrentDirectory}
        """;

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
