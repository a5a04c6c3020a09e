using Pupil.Fuzz;
using Pupil.Inference.Pictures;

namespace Pupil.Tests.Fuzzing;

/// <summary>Reads the corpus of the fuzzer (fuzz/run) through its targets: valid seeds, and the inputs that revealed faults.</summary>
public sealed class CorpusTests
{
    private const string OfFaults = "fault-";

    public static TheoryData<string> Targets => [.. FuzzTargets.All.Select(target => target.Name)];

    [Theory]
    [MemberData(nameof(Targets))]
    public void Seeds_are_read_and_inputs_of_former_faults_are_read_or_refused(string name)
    {
        using var reader = FuzzTargets.Find(name)!.Start();
        string[] files = Directory.GetFiles(Path.Combine(Corpus(), name));
        Assert.Contains(files, file => !IsOfFault(file));
        foreach (string file in files)
        {
            string? refusal = reader.Try(File.ReadAllBytes(file));
            Assert.True(refusal is null || IsOfFault(file), $"{file}: {refusal}");
        }
    }

    [Fact]
    public void Every_folder_of_the_corpus_has_a_target() => Assert.Equal(
        FuzzTargets.All.Select(target => target.Name).Order(StringComparer.Ordinal),
        Directory.GetDirectories(Corpus()).Select(Path.GetFileName).Order(StringComparer.Ordinal));

    [Fact]
    public void Refusals_are_no_faults_and_all_else_is_one()
    {
        Assert.Null(Outcome(_ => { }));
        Assert.Equal("a\nb", Outcome(_ => throw new UserErrorException("a\nb")));
        Assert.Throws<FormatException>(() => Outcome(_ => throw new FormatException()));
        Assert.Equal("\\u001b[", Outcome(_ => throw new UserErrorException("\u001b[")));
        var raw = Assert.Throws<InvalidOperationException>(() => Outcome(_ => throw new BrokenPictureException("\u001b[")));
        Assert.Contains("control characters", raw.Message);
        var tooMuch = Assert.Throws<InvalidOperationException>(() => Outcome(_ => GC.KeepAlive(new byte[100_000])));
        Assert.Contains("bytes allocated for an input of 1", tooMuch.Message);
    }

    private static string? Outcome(Action<byte[]> read)
    {
        using var reader = new FuzzTarget("made-up", "nothing", (input, _) => read(input)) { MostAllocated = 50_000 }.Start();
        return reader.Try([0]);
    }

    private static bool IsOfFault(string file) => Path.GetFileName(file).StartsWith(OfFaults, StringComparison.Ordinal);

    private static string Corpus()
    {
        Assert.SkipWhen(RealData.RepositoryFolder is null, "The repository's fuzz/corpus is not beside the tests.");
        return Path.Combine(RealData.RepositoryFolder!, "fuzz", "corpus");
    }
}
