using Pupil.Processes;

namespace Pupil.Tests.Processes;

public sealed class LauncherTests
{
    public static TheoryData<string, string?> Environments => new()
    {
        { "", null },
        { "OMPI_COMM_WORLD_SIZE=4 PMIX_RANK=1", "mpirun 4" },
        { "OMPI_COMM_WORLD_SIZE=1 PMIX_RANK=0", null },
        { "PMI_RANK=0 PMI_SIZE=3", "mpiexec 3" },
        // srun sets its own variables beside those of PMIx.
        { "PMIX_RANK=0 SLURM_STEP_ID=0 SLURM_PROCID=0 SLURM_STEP_NUM_TASKS=2", "srun 2" },
        { "PMIX_RANK=0 SLURM_STEP_ID=0 SLURM_PROCID=0 SLURM_STEP_NUM_TASKS=1", null },
        { "PMI_RANK=0 PMI_SIZE=2 SLURM_STEP_ID=0 SLURM_PROCID=0 SLURM_STEP_NUM_TASKS=2", "srun 2" },
        // A batch script is one process, whatever the job's number of tasks.
        { "SLURM_JOB_ID=7 SLURM_NTASKS=8 SLURM_PROCID=0", null },
        { "SLURM_STEP_ID=0 SLURM_PROCID=0 SLURM_STEP_NUM_TASKS=1", null },
    };

    [Theory]
    [MemberData(nameof(Environments))]
    public void A_launcher_is_found_by_its_environment(string environment, string? expected)
    {
        var found = Launcher.Find(Reader(environment));
        Assert.Equal(expected, found is null ? null : $"{found.Name} {found.Processes}");
    }

    [Fact]
    public void Tasks_without_mpi_are_refused()
    {
        var error = Assert.Throws<UserErrorException>(() =>
            Launcher.Find(Reader("SLURM_STEP_ID=0 SLURM_PROCID=3 SLURM_STEP_NUM_TASKS=4")));
        Assert.Contains("4 tasks without MPI", error.Message);
        Assert.Contains("--mpi=pmix", error.Message);
    }

    [Theory]
    [InlineData("OMPI_COMM_WORLD_LOCAL_SIZE=2", 2)]
    [InlineData("SLURM_STEP_TASKS_PER_NODE=4(x2),1", 4)]
    [InlineData("", null)]
    public void The_processes_of_a_machine_are_counted(string environment, int? expected) =>
        Assert.Equal(expected, Launcher.ProcessesHere(Reader(environment)));

    [Theory]
    [InlineData("Open MPI v4.1.4, package: Debian OpenMPI, ident: 4.1.4\0\0", "Open MPI v4.1.4")]
    [InlineData("MPICH Version:\t4.0.2\nMPICH Release date:\tThu Apr  7", "MPICH 4.0.2")]
    public void A_version_is_short(string text, string expected) => Assert.Equal(expected, MpiLibrary.ShortVersion(text));

    [Fact]
    public void A_missing_library_is_named()
    {
        var error = Assert.Throws<UserErrorException>(() =>
            MpiLibrary.Load(new Launcher("mpirun", 2, IsOfMpich: false), "/nowhere/libmpi.so"));
        Assert.Contains("/nowhere/libmpi.so", error.Message);
        Assert.Contains(MpiLibrary.Variable, error.Message);
    }

    private static Func<string, string?> Reader(string environment)
    {
        var variables = environment.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(entry => entry.Split('='))
            .ToDictionary(parts => parts[0], parts => parts[1]);
        return name => variables.GetValueOrDefault(name);
    }
}
