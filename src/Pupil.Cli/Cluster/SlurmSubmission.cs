using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using Pupil.Core;

namespace Pupil.Cli.Cluster;

/// <summary>Gives scripts to Slurm.</summary>
internal static class SlurmSubmission
{
    /// <summary>Submits a comparison: the array, and the table's job that depends on it.</summary>
    /// <param name="folder">The folder of the scripts; it is created.</param>
    /// <param name="tasks">The script of the array.</param>
    /// <param name="table">The script of the table.</param>
    /// <returns>The numbers of both jobs.</returns>
    /// <exception cref="UserErrorException">Slurm is missing, or refuses a script.</exception>
    public static (long Tasks, long Table) Submit(string folder, string tasks, string table)
    {
        Directory.CreateDirectory(folder);
        string tasksFile = Path.Combine(folder, "tasks.sh"), tableFile = Path.Combine(folder, "table.sh");
        AtomicFile.WriteText(tasksFile, tasks);
        AtomicFile.WriteText(tableFile, table);
        long array = Sbatch(tasksFile);
        try
        {
            // After any end: the table of what is there is better than none.
            return (array, Sbatch($"--dependency=afterany:{array.ToString(CultureInfo.InvariantCulture)}", tableFile));
        }
        catch (UserErrorException error)
        {
            throw new UserErrorException($"Job {array} with the cells is submitted, but not the one that makes the table: {error.Message}",
                error);
        }
    }

    private static long Sbatch(params string[] arguments)
    {
        string[] all = ["--parsable", .. arguments];
        try
        {
            using var process = Process.Start(new ProcessStartInfo("sbatch", all)
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            var errors = process.StandardError.ReadToEndAsync();
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            // 'NUMBER' or 'NUMBER;CLUSTER'.
            return process.ExitCode == 0 && long.TryParse(output.Split(';')[0].Trim(), out long number) ? number
                : throw new UserErrorException($"sbatch: ended with {process.ExitCode} ({errors.Result.Trim().ReplaceLineEndings("; ")}); "
                    + $"the script is {arguments[^1]}.");
        }
        catch (Win32Exception error)
        {
            throw new UserErrorException(
                "--slurm: the program 'sbatch' was not found; expected a machine from which Slurm takes jobs.", error);
        }
    }
}
