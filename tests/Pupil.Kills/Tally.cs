using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Pupil.Kills;

/// <summary>What chains of kills have come to.</summary>
internal sealed class Tally
{
    private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly List<Kill> _kills = [];
    private readonly List<string> _faults = [];
    private int _chains, _resumes, _elsewhere;

    /// <summary>The number of kills at an event on a file of the job.</summary>
    public int Kills => _kills.Count;

    /// <summary>The faults, each with its chain.</summary>
    public IReadOnlyList<string> Faults => _faults;

    /// <summary>Adds a chain that has ended.</summary>
    public void Add(Chain chain, string name)
    {
        _kills.AddRange(chain.Kills);
        _chains++;
        _resumes += chain.Resumes;
        _elsewhere += chain.KilledElsewhere;
        if (chain.Fault is { } fault)
            _faults.Add($"{name}: {fault}");
    }

    /// <summary>A line about the number of kills so far.</summary>
    public string Line(TimeSpan time) => string.Create(CultureInfo.InvariantCulture,
        $"{Kills} kills, {_resumes} resumes, {_chains} jobs ended, {_faults.Count} faults, {time.TotalSeconds:0} s");

    /// <summary>The numbers of kills by kind of event and by file.</summary>
    public IEnumerable<string> Lines() => new[] { ("event", ByKind()), ("file", ByFile()) }
        .SelectMany(table => table.Item2.OrderByDescending(entry => entry.Value)
            .Select(entry => string.Create(CultureInfo.InvariantCulture, $"{entry.Value,6} {entry.Key}"))
            .Prepend($"Kills by {table.Item1}:"));

    /// <summary>Everything as one line of JSON.</summary>
    /// <param name="seed">The seed of the choices.</param>
    /// <param name="places">The number of different places at which the undisturbed jobs could be killed.</param>
    /// <param name="time">The time it took.</param>
    /// <param name="commit">The version of the code.</param>
    public string ToJson(int seed, int places, TimeSpan time, string commit) => JsonSerializer.Serialize(new
    {
        seed,
        commit,
        date = DateTime.UtcNow.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        seconds = Math.Round(time.TotalSeconds),
        kills = Kills,
        resumes = _resumes,
        jobsEnded = _chains,
        killedAtOtherFiles = _elsewhere,
        places = new { hit = Hit().Count(), ofUndisturbedJobs = places },
        byJob = Sorted(kill => kill.Job),
        byKind = ByKind(),
        byFile = ByFile(),
        faults = _faults,
    }, Json);

    private IEnumerable<(string, string, string)> Hit() =>
        _kills.Select(kill => (kill.Job, kill.Event.Kind, kill.Event.Place)).Distinct();

    private SortedDictionary<string, int> ByKind() => Sorted(kill => kill.Event.Kind);

    private SortedDictionary<string, int> ByFile() => Sorted(kill => kill.Event.Place);

    private SortedDictionary<string, int> Sorted(Func<Kill, string> key) =>
        new(_kills.GroupBy(key).ToDictionary(same => same.Key, same => same.Count()), StringComparer.Ordinal);
}
