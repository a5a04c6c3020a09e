using Pupil.Experiments.Runs;
using Pupil.Tests.Experiments.Runs;

[assembly: AssemblyFixture(typeof(FinishedRun))]

namespace Pupil.Tests.Experiments.Runs;

/// <summary>
/// One run of <see cref="TinyRecipe.Ctkd"/> without a stop, made when the first test needs it. Tests of the networks' lane read it.
/// </summary>
public sealed class FinishedRun : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Lazy<IReadOnlyList<RunEvent>> _events;

    public FinishedRun() => _events = new(() => TinyRecipe.Ctkd.Run(_folder));

    public IReadOnlyList<RunEvent> Events => _events.Value;

    public RunFolder Folder => Events.Count > 0 ? new(_folder["run"]) : throw new InvalidOperationException("Nothing happened.");

    public void Dispose() => _folder.Dispose();
}
