using System.Globalization;

namespace Pupil.Processes;

/// <summary>The program that started this process as one of several, found by the environment that it sets.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Processes">The number of processes that it started; null where it does not say.</param>
/// <param name="IsOfMpich">Whether it sets the environment of MPICH and its relatives; else that of Open MPI or PMIx.</param>
internal sealed record Launcher(string Name, int? Processes, bool IsOfMpich)
{
    private static readonly string[] NumbersHere = ["OMPI_COMM_WORLD_LOCAL_SIZE", "MPI_LOCALNRANKS", "SLURM_STEP_TASKS_PER_NODE"];

    /// <summary>Finds the launcher; null: the process was started by itself.</summary>
    /// <param name="read">Returns a variable of the environment; null if it is not set.</param>
    /// <exception cref="UserErrorException">Slurm started several tasks, but without MPI.</exception>
    public static Launcher? Find(Func<string, string?> read)
    {
        if (Number("OMPI_COMM_WORLD_SIZE") is int size)
            return size > 1 ? new("mpirun", size, IsOfMpich: false) : null;
        // Those of one step: a batch script has the number of the whole job.
        bool isStep = read("SLURM_STEP_ID") is not null && read("SLURM_PROCID") is not null;
        int? tasks = isStep ? Number("SLURM_STEP_NUM_TASKS") : null;
        if (read("PMIX_RANK") is not null)
            return tasks == 1 ? null : new(isStep ? "srun" : "a launcher with PMIx", tasks, IsOfMpich: false);
        if (read("PMI_RANK") is not null)
        {
            int? ranks = Number("PMI_SIZE") ?? tasks;
            return ranks == 1 ? null : new(isStep ? "srun" : "mpiexec", ranks, IsOfMpich: true);
        }
        return tasks is null or 1 ? null : throw new UserErrorException(
            $"srun: started {tasks} tasks without MPI, so each would compute the whole training; expected 'srun --mpi=pmix' (the list of "
            + "'srun --mpi=list' has it), or one task.");

        int? Number(string name) =>
            int.TryParse(read(name), NumberStyles.None, CultureInfo.InvariantCulture, out int value) ? value : null;
    }

    /// <summary>The processes of the same machine, by what the launcher sets; null where it does not say.</summary>
    public static int? ProcessesHere(Func<string, string?> read) =>
        NumbersHere.Select(name => read(name)?.Split('(', ',')[0])
            .Select(text => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int value) ? value : (int?)null)
            .FirstOrDefault(value => value is > 0);
}
