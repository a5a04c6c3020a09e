using Pupil.Experiments.Runs;

namespace Pupil.Tests.Experiments.Runs;

/// <summary>One run of <see cref="TinyRecipe.Ctkd"/> that nothing disturbed, for all tests of a class to look at.</summary>
public sealed class FinishedRun : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public FinishedRun() => Events = TinyRecipe.Ctkd.Run(_folder, stop: TestContext.Current.CancellationToken);

    public IReadOnlyList<RunEvent> Events { get; }

    public RunFolder Folder => new(_folder["run"]);

    public void Dispose() => _folder.Dispose();
}
