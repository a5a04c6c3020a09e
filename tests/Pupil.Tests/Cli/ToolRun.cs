using Pupil.Experiments.Runs;
using Pupil.Settings;
using Pupil.Tests.Cli;
using Pupil.Tests.Experiments.Runs;

[assembly: AssemblyFixture(typeof(ToolRun))]

namespace Pupil.Tests.Cli;

/// <summary>
/// One run of <see cref="TinyRecipe.Ctkd"/> by the tool, made when the first test needs it. It runs in another process, so that tests in
/// parallel with those of networks can read it.
/// </summary>
public sealed class ToolRun : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Lazy<RunFolder> _run;

    public ToolRun() => _run = new(Make);

    public RunFolder Folder => _run.Value;

    public void Dispose() => _folder.Dispose();

    private RunFolder Make()
    {
        File.WriteAllText(_folder["recipe.json"], SettingsWriter.Write(TinyRecipe.Ctkd));
        string[] arguments =
            ["distill", _folder["recipe.json"], "--out", _folder["run"], "--experts", _folder["experts"], "--threads", "1"];
        var (code, output, errors) = Task.Run(() => PupilProcess.Run(arguments, [], CancellationToken.None)).GetAwaiter().GetResult();
        return code == 0 ? new RunFolder(_folder["run"]) : throw new InvalidOperationException($"exit code {code}:\n{output}{errors}");
    }
}
