using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Pupil.Core;

namespace Pupil.Experiments.Runs;

/// <summary>
/// A claim on a folder, for file systems whose locks may not reach other machines (NFS, Lustre). It is a file with a number that one
/// process alone can create, and that its holder renews. A claim that stands still for <see cref="ClaimTimes.Expiry"/> of the looking
/// process's own time is left behind: the next number takes it over. Clocks of machines are not compared.
/// </summary>
internal sealed class FolderClaim : IDisposable
{
    private const string Prefix = ".claim-";

    // What this process saw of others' claims, and when it saw that first.
    private static readonly ConcurrentDictionary<string, (string Text, long Since)> Seen = new();
    private static readonly ConcurrentDictionary<string, FolderClaim> Held = new();

    private readonly string _folder, _file;
    private readonly long _number;
    private readonly ClaimTimes _times;
    private readonly Timer _renewal;
    private readonly Lock _turn = new();
    private Holder _holder;
    private bool _isEnded;

    private FolderClaim(string folder, long number, Holder holder, ClaimTimes times)
    {
        (_folder, _number, _holder, _times) = (folder, number, holder, times);
        _file = FileOf(folder, number);
        _renewal = new Timer(_ => Renew(), null, times.Renewal, times.Renewal);
        Held[folder] = this;
    }

    /// <summary>
    /// Whether a folder needs claims: it lies on a network's file system. The environment variable <c>PUPIL_CLAIMS</c> decides it
    /// otherwise: <c>always</c> or <c>never</c>.
    /// </summary>
    public static bool IsNeeded(string folder) => Environment.GetEnvironmentVariable("PUPIL_CLAIMS") switch
    {
        "always" => true,
        "never" => false,
        _ => AtomicFile.IsOnNetwork(folder),
    };

    /// <summary>Whether another process has taken the folder over, because this one did not renew its claim in time.</summary>
    public bool IsLost { get; private set; }

    /// <summary>Whether a name is that of a claim, or of a claim that is being written.</summary>
    public static bool IsName(string name) => name.TrimStart('.').StartsWith(Prefix[1..], StringComparison.Ordinal) && name[0] == '.';

    /// <summary>Claims a folder.</summary>
    /// <param name="folder">The folder, which exists.</param>
    /// <param name="times">The times of renewal and expiry.</param>
    /// <returns>The claim; null if another process holds the folder, or may still hold it.</returns>
    public static FolderClaim? TryTake(string folder, ClaimTimes times)
    {
        var left = new HashSet<long>();
        foreach (long number in NumbersIn(folder))
        {
            if (!IsLeftBehind(FileOf(folder, number), times))
                return null;
            left.Add(number);
        }
        long own = left.Count == 0 ? 1 : left.Max() + 1;
        var holder = Holder.Now();
        if (!TryCreate(folder, own, holder))
            return null;
        // A network may repeat a request whose answer was lost: only the content tells whose file it is.
        if (TextIn(FileOf(folder, own)) is not { } text || Holder.FromText(text)?.Id != holder.Id)
            return null;
        // Another process may have come to the same decision by an older look.
        if (NumbersIn(folder).Any(number => number != own && !left.Contains(number)))
        {
            File.Delete(FileOf(folder, own));
            return null;
        }
        foreach (long number in left)
            File.Delete(FileOf(folder, number));
        return new FolderClaim(folder, own, holder, times);
    }

    /// <summary>Checks before a write that no other process has taken a folder of this process over.</summary>
    /// <exception cref="UserErrorException">Another one has.</exception>
    public static void RequireHeld(string folder)
    {
        if (Held.TryGetValue(folder, out var claim) && claim.IsLostNow())
        {
            throw new UserErrorException($"{folder}: another process has taken this run over, because this one did not renew its claim "
                + $"for {claim._times.Expiry.TotalSeconds:0} seconds (it was stopped, or the file system was not reachable); this process "
                + "ends.");
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_turn)
        {
            if (_isEnded)
                return;
            _isEnded = true;
            _renewal.Dispose();
            Held.TryRemove(new(_folder, this));
            if (!IsLostNow())
                File.Delete(_file);
        }
    }

    private void Renew()
    {
        lock (_turn)
        {
            try
            {
                if (_isEnded || IsLostNow())
                    return;
                _holder = _holder with { Beats = _holder.Beats + 1 };
                AtomicFile.WriteText(_file, _holder.ToText());
            }
            catch (Exception error) when (error is UserErrorException or IOException or UnauthorizedAccessException)
            {
                // The next renewal tries again; the expiry leaves time for several.
            }
        }
    }

    // Another process has a later claim, or had one and has ended.
    private bool IsLostNow()
    {
        try
        {
            return IsLost |= Directory.Exists(_folder) && (NumbersIn(_folder).Any(number => number > _number)
                || TextIn(_file) is not { } text || Holder.FromText(text) is { } holder && holder.Id != _holder.Id);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The network is away: what the claim is now shows later.
            return IsLost;
        }
    }

    private static bool IsLeftBehind(string file, ClaimTimes times)
    {
        string? text;
        try
        {
            text = TextIn(file);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // It was replaced by its renewal just now, or the network is away.
            return false;
        }
        // Its holder has just ended.
        if (text is null)
            return true;
        if (Holder.FromText(text) is { IsOfThisMachine: true } holder)
            return !holder.IsAlive;
        var (seen, since) = Seen.GetOrAdd(file, _ => (text, Stopwatch.GetTimestamp()));
        if (seen == text)
            return Stopwatch.GetElapsedTime(since) >= times.Expiry;
        Seen[file] = (text, Stopwatch.GetTimestamp());
        return false;
    }

    // Null if there is no such file.
    private static string? TextIn(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    // Exclusive in the file system itself. A process that is ended before it has written leaves an empty claim, which stands still.
    private static bool TryCreate(string folder, long number, Holder holder)
    {
        try
        {
            using var stream = new FileStream(FileOf(folder, number), FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0);
            stream.Write(Encoding.UTF8.GetBytes(holder.ToText()));
            stream.Flush(flushToDisk: true);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static IEnumerable<long> NumbersIn(string folder) =>
        Directory.EnumerateFiles(folder, $"{Prefix}*").Select(file => Path.GetFileName(file)[Prefix.Length..])
            .Select(text => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : 0)
            .Where(number => number > 0);

    private static string FileOf(string folder, long number) =>
        Path.Combine(folder, Prefix + number.ToString(CultureInfo.InvariantCulture));

    /// <summary>Who holds a claim.</summary>
    private sealed record Holder(string Id, string Machine, int Process, long Started, long Beats)
    {
        private static readonly string ThisMachine = MachineNow();

        public bool IsOfThisMachine => Machine == ThisMachine;

        public bool IsAlive
        {
            get
            {
                try
                {
                    using var process = System.Diagnostics.Process.GetProcessById(Process);
                    return StartOf(process) == Started;
                }
                catch (ArgumentException)
                {
                    return false;
                }
            }
        }

        public static Holder Now()
        {
            using var process = System.Diagnostics.Process.GetCurrentProcess();
            return new(Guid.NewGuid().ToString("N"), ThisMachine, process.Id, StartOf(process), 0);
        }

        public static Holder? FromText(string text)
        {
            try
            {
                return JsonSerializer.Deserialize<Holder>(text);
            }
            catch (JsonException)
            {
                return null;
            }
        }

        public string ToText() => JsonSerializer.Serialize(this);

        // A number of a process may be given to another one later.
        private static long StartOf(Process process) => process.StartTime.ToUniversalTime().Ticks / TimeSpan.TicksPerSecond;

        // Since its last start: processes before it are gone. Containers of a machine number their processes each for itself.
        private static string MachineNow()
        {
            const string Boot = "/proc/sys/kernel/random/boot_id", Numbers = "/proc/self/ns/pid";
            return string.Join(' ', Environment.MachineName, File.Exists(Boot) ? File.ReadAllText(Boot).Trim() : "",
                OperatingSystem.IsLinux() ? new FileInfo(Numbers).LinkTarget : "");
        }
    }
}

/// <summary>The times of claims.</summary>
/// <param name="Renewal">The time between two renewals.</param>
/// <param name="Expiry">The time after which a claim that stands still is left behind.</param>
internal sealed record ClaimTimes(TimeSpan Renewal, TimeSpan Expiry)
{
    /// <summary>Those of runs.</summary>
    public static ClaimTimes Usual { get; } = new(TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(60));
}
