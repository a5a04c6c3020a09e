using System.Text.RegularExpressions;

namespace Pupil.Kills;

/// <summary>A system call that changes a file or a folder, in a log of strace.</summary>
/// <param name="Call">The name of the system call.</param>
/// <param name="Count">Its number among the calls of this name in its thread, from 1: strace counts in this way.</param>
/// <param name="Kind">What it does.</param>
/// <param name="File">The path of the file, absolute or relative to the working folder.</param>
internal sealed partial record FileEvent(string Call, int Count, string Kind, string File)
{
    // Each kind with its calls. Not every processor has all of them.
    private static readonly (string Kind, string[] Calls)[] Kinds =
    [
        ("create or open for writing", ["open", "openat", "creat"]),
        ("write", ["write", "writev", "pwrite64", "pwritev", "sendfile", "copy_file_range"]),
        ("change the length", ["ftruncate", "truncate", "fallocate"]),
        ("flush to the disk", ["fsync", "fdatasync"]),
        ("change mode or time", ["chmod", "fchmod", "fchmodat", "utimensat"]),
        ("rename", ["rename", "renameat", "renameat2"]),
        ("link", ["link", "linkat", "symlink", "symlinkat"]),
        ("remove", ["unlink", "unlinkat", "rmdir"]),
        ("make a folder", ["mkdir", "mkdirat"]),
    ];

    private static readonly Dictionary<string, string> KindOf =
        Kinds.SelectMany(kind => kind.Calls.Select(call => (call, kind.Kind))).ToDictionary(pair => pair.call, pair => pair.Kind);

    /// <summary>The set of calls to trace, for strace.</summary>
    public static string Traced => string.Join(',', KindOf.Keys.Select(call => "?" + call));

    /// <summary>Reads the events on files in a folder, in the order of their starts.</summary>
    /// <param name="log">The file that strace wrote, with the options <c>-f -y</c>.</param>
    /// <param name="folder">The folder; also the working folder of the program.</param>
    public static IReadOnlyList<FileEvent> Read(string log, string folder)
    {
        var events = new List<FileEvent>();
        var counts = new Dictionary<(string, string), int>();
        foreach (string line in System.IO.File.ReadLines(log))
        {
            // The end of a call that another one interrupted in the log has no arguments.
            var call = Calling().Match(line);
            if (!call.Success)
                continue;
            string name = call.Groups["name"].Value, arguments = call.Groups["arguments"].Value;
            int count = counts[(call.Groups["thread"].Value, name)] =
                counts.GetValueOrDefault((call.Groups["thread"].Value, name)) + 1;
            bool opens = name.StartsWith("open", StringComparison.Ordinal);
            if (!KindOf.TryGetValue(name, out string? kind) || (opens && !Writes().IsMatch(arguments)))
                continue;
            // Pipes and sockets have no path.
            string path = FileOf(arguments), file = Path.GetFullPath(path, folder);
            if ((path.StartsWith('/') || opens) && file.StartsWith(folder + "/", StringComparison.Ordinal))
                events.Add(new(name, count, kind, file[(folder.Length + 1)..]));
        }
        return events;
    }

    /// <summary>The file without what differs between two programs: its random part, and a hash or a number in its path.</summary>
    public string Place => Number().Replace(Hash().Replace(Temporary().Replace(File, "$1 (temporary)"), "-HASH"), "-NUMBER");

    // Of two paths, the last is the target. An open file stands before its first comma.
    private static string FileOf(string arguments) =>
        Quoted().Matches(arguments) is [.., var last] && !Descriptor().IsMatch(arguments) ? last.Groups[1].Value
            : Descriptor().Match(arguments).Groups[1].Value;

    [GeneratedRegex(@"^(?<thread>\d+) +(?<name>\w+)\((?<arguments>.*)$")]
    private static partial Regex Calling();

    [GeneratedRegex("O_(WRONLY|RDWR|CREAT)")]
    private static partial Regex Writes();

    [GeneratedRegex("\"((?:[^\"\\\\]|\\\\.)*)\"")]
    private static partial Regex Quoted();

    [GeneratedRegex(@"^\d+<([^>]*)>")]
    private static partial Regex Descriptor();

    [GeneratedRegex(@"\.([^/]+?)\.(?:\d+-)?[0-9a-f]{16,32}\.(?:tmp|new)$")]
    private static partial Regex Temporary();

    [GeneratedRegex("-[0-9a-f]{12,}|(?<=/)[0-9a-f]{32,}")]
    private static partial Regex Hash();

    [GeneratedRegex(@"-\d{5,}")]
    private static partial Regex Number();
}
