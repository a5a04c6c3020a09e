using System.CommandLine;
using System.Diagnostics;
using Pupil.Kills;

var kills = new Option<int>("--kills") { Description = "The number of kills.", DefaultValueFactory = _ => 100 };
var seed = new Option<int>("--seed") { Description = "The seed of all choices: other seeds kill elsewhere." };
var chain = new Option<int?>("--chain") { Description = "Run this chain alone, to repeat a fault; its folder is kept." };
var record = new Option<string?>("--record") { Description = "Append the numbers to this file, as a line of JSON." };
var command = new RootCommand("""
    Kills pupil (SIGKILL) before single events on files: create, write, flush, rename, remove and others.
    A killed job goes on by the same command or --resume, and is killed again. At its end, its results
    must be those of an undisturbed job, with no temporary file left. Needs strace (5 or later).
    """) { kills, seed, chain, record };
command.SetAction(parsed => Run(parsed.GetValue(kills), parsed.GetValue(seed), parsed.GetValue(chain), parsed.GetValue(record)));
return command.Parse(args).Invoke();

static int Run(int wanted, int seed, int? only, string? record)
{
    if (!TracedProcess.IsPossible)
    {
        Console.WriteLine("Skipped: strace is missing or may not trace (apt install strace).");
        return 0;
    }
    string work = Directory.CreateTempSubdirectory("pupil-kills-").FullName;
    Job.WritePictures(Path.Combine(work, "pictures"));
    var watch = Stopwatch.StartNew();
    var undisturbed = new Dictionary<Job, IReadOnlyList<FileEvent>>();
    foreach (var job in Job.All)
    {
        string folder = Directory.CreateDirectory(Expected(job)).FullName;
        var ended = TracedProcess.Run(folder, job.Arguments(folder, new Random(0)), numbers: false, kill: null);
        if (ended.Code != 0)
            throw new InvalidOperationException($"The undisturbed job '{job.Name}' failed with exit code {ended.Code}: {ended.Output}");
        undisturbed[job] = Thinned(ended.Events);
        Console.WriteLine($"{job.Name}: {ended.Events.Count} events on files, {undisturbed[job].Count} of them to choose from");
    }
    var tally = new Tally();
    for (int number = only ?? 0, shown = 0; only is null ? tally.Kills < wanted : number == only; number++)
    {
        var job = Job.All[number % Job.All.Count];
        string folder = Path.Combine(work, $"{number}");
        var next = new Chain(job, seed, number, undisturbed[job]);
        next.Run(folder, Expected(job));
        string name = $"{job.Name}, --seed {seed} --chain {number}";
        tally.Add(next, name);
        if (next.Fault is not null || only is not null)
        {
            string story = string.Join("\n  ", next.Story);
            Console.WriteLine($"{(next.Fault is null ? "Right" : "Fault")}: {name}: {next.Fault}\n  {story}\n  in {folder}");
        }
        else
        {
            Directory.Delete(folder, recursive: true);
        }
        for (; shown + 50 <= tally.Kills; shown += 50)
            Console.WriteLine(tally.Line(watch.Elapsed));
    }
    Console.WriteLine($"{string.Join('\n', tally.Lines())}\n{tally.Line(watch.Elapsed)}");
    if (record is not null)
    {
        int places = undisturbed.SelectMany(pair => pair.Value.Select(found => (pair.Key, found.Kind, found.Place))).Distinct().Count();
        File.AppendAllText(record, tally.ToJson(seed, places, watch.Elapsed, Commit()) + "\n");
    }
    if (tally.Faults.Count > 0)
        return 1;
    if (only is null)
        Directory.Delete(work, recursive: true);
    return 0;

    string Expected(Job job) => Path.Combine(work, $"undisturbed {job.Name}");
}

// Successive writes to one file leave states that differ little: the first, one in the middle and the last stand for them.
static IReadOnlyList<FileEvent> Thinned(IReadOnlyList<FileEvent> events)
{
    var kept = new List<FileEvent>();
    for (int i = 0; i < events.Count;)
    {
        int end = i + 1;
        while (events[i].Kind == "write" && end < events.Count && events[end].Kind == "write" && events[end].File == events[i].File)
            end++;
        kept.AddRange(new[] { i, (i + end - 1) / 2, end - 1 }.Distinct().Select(at => events[at]));
        i = end;
    }
    return kept;
}

static string Commit()
{
    using var git = Process.Start(new ProcessStartInfo("git", ["describe", "--always", "--dirty"]) { RedirectStandardOutput = true })!;
    return git.StandardOutput.ReadToEnd().Trim();
}
