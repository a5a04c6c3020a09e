namespace Pupil.Kills;

/// <summary>A kill that took place before an event on a file of the job.</summary>
/// <param name="Job">The job.</param>
/// <param name="Event">The event, which was not carried out.</param>
internal sealed record Kill(string Job, FileEvent Event);

/// <summary>
/// One job in one folder, killed and gone on with until it ends. Its results must be those of the undisturbed job, and nothing that was
/// complete at a kill may be lost.
/// </summary>
/// <param name="job">The job.</param>
/// <param name="seed">The seed of all choices.</param>
/// <param name="number">The number of this chain, from 0.</param>
/// <param name="undisturbed">The events of the undisturbed job.</param>
internal sealed class Chain(Job job, int seed, int number, IReadOnlyList<FileEvent> undisturbed)
{
    private const int MostKills = 8, MostStarts = 40;

    private readonly Random _random = new((seed * 1_000_003) ^ number);
    private readonly List<FileEvent> _resumed = [];
    private readonly List<Kill> _kills = [];
    private readonly List<string> _story = [];

    /// <summary>The kills.</summary>
    public IReadOnlyList<Kill> Kills => _kills;

    /// <summary>The number of processes that were killed at another file's event: these do not count as kills.</summary>
    public int KilledElsewhere { get; private set; }

    /// <summary>The number of processes that went on after a kill.</summary>
    public int Resumes { get; private set; }

    /// <summary>What was wrong; null if nothing was.</summary>
    public string? Fault { get; private set; }

    /// <summary>What happened, a line for each process.</summary>
    public IReadOnlyList<string> Story => _story;

    /// <summary>Runs the job to its end.</summary>
    /// <param name="folder">Its folder, which is created.</param>
    /// <param name="expected">The folder of the undisturbed job.</param>
    public void Run(string folder, string expected)
    {
        Directory.CreateDirectory(folder);
        // In every second chain, each process has the number of the one before it.
        bool numbers = number % 2 == 1 && TracedProcess.MayNumber;
        for (int starts = 0; Fault is null; starts++)
        {
            var kill = _kills.Count < MostKills && starts < MostStarts ? Next() : null;
            var kept = CompleteRecords.In(folder);
            var arguments = job.Arguments(folder, _random);
            Resumes += starts > 0 ? 1 : 0;
            var ended = TracedProcess.Run(folder, arguments, numbers, kill);
            _story.Add($"pupil {string.Join(' ', arguments)}: exit code {ended.Code}"
                + (kill is null ? "" : $"; to be killed before {kill.Call} {kill.Count}"));
            if (starts > 0)
                _resumed.AddRange(ended.Events);
            Fault = kept.FaultIn(folder);
            if (Fault is null && ended.Code == TracedProcess.Killed && kill is not null)
            {
                Note(ended.Events.LastOrDefault(found => found.Call == kill.Call && found.Count == kill.Count));
                if (!job.IsDone(folder))
                    continue;
            }
            else if (ended.Code != 0)
            {
                Fault ??= $"exit code {ended.Code}: {ended.Output.Trim()}";
            }
            Fault ??= SameResults.Difference(expected, folder);
            return;
        }
    }

    private void Note(FileEvent? killed)
    {
        if (killed is null)
        {
            KilledElsewhere++;
            return;
        }
        _kills.Add(new(job.Name, killed));
        _story[^1] += $" of {killed.Place}";
    }

    // The first kill of each chain is at another event of the undisturbed job. A resumed process has other events at its start.
    private FileEvent Next() => _kills.Count == 0 && KilledElsewhere == 0 ? FirstOf(number)
        : _resumed.Count > 0 && _random.Next(2) == 0 ? _resumed[_random.Next(_resumed.Count)]
        : undisturbed[_random.Next(undisturbed.Count)];

    private FileEvent FirstOf(int chain)
    {
        var order = Enumerable.Range(0, undisturbed.Count).ToArray();
        new Random(seed).Shuffle(order);
        return undisturbed[order[chain / Job.All.Count % order.Length]];
    }
}
