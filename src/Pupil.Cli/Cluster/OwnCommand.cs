using System.Reflection;

namespace Pupil.Cli.Cluster;

/// <summary>The command that starts this tool again.</summary>
internal static class OwnCommand
{
    /// <summary>Returns the program and its first arguments: the tool's file, or <c>dotnet</c> and the tool's library.</summary>
    public static IReadOnlyList<string> Parts()
    {
        string program = Environment.ProcessPath ?? "pupil";
        return Path.GetFileNameWithoutExtension(program) == "dotnet" && Assembly.GetEntryAssembly()?.Location is { Length: > 0 } library
            ? [program, library] : [program];
    }

    /// <summary>Returns words as one line for a POSIX shell.</summary>
    public static string Quoted(IEnumerable<string> words) => string.Join(' ', words.Select(Quoted));

    private static string Quoted(string word) =>
        word.Length > 0 && word.All(letter => char.IsAsciiLetterOrDigit(letter) || "-_./=:,+@%".Contains(letter))
            ? word : $"'{word.Replace("'", "'\\''")}'";
}
