namespace Pupil.Cli.Hosting;

/// <summary>The exit codes of the process.</summary>
internal static class ExitCode
{
    public const int Done = 0;
    public const int Defect = 1;
    public const int UserError = 2;
    public const int OverLimit = 3;
    public const int Stopped = 130;
}
