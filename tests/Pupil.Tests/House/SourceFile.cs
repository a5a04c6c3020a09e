using System.Text.RegularExpressions;

namespace Pupil.Tests.House;

/// <summary>A C# file of the product, read as text.</summary>
/// <param name="Path">Its path below <c>src/</c>.</param>
/// <param name="Namespace">Its namespace.</param>
/// <param name="Uses">The namespaces that it names.</param>
/// <param name="Declares">The types that it declares for others.</param>
/// <param name="Words">The words of its code.</param>
internal sealed partial record SourceFile(
    string Path, string Namespace, IReadOnlyList<string> Uses, IReadOnlySet<string> Declares, IReadOnlySet<string> Words)
{
    /// <summary>The files of <c>src/</c> that have a namespace. Skips the calling test where the repository is not there.</summary>
    public static IReadOnlyList<SourceFile> All()
    {
        Assert.SkipWhen(RealData.RepositoryFolder is null, "The repository's sources are not beside the tests.");
        string root = System.IO.Path.Combine(RealData.RepositoryFolder!, "src");
        return
        [
            .. from file in Directory.EnumerateFiles(root, "*.cs", SearchOption.AllDirectories)
               let path = System.IO.Path.GetRelativePath(root, file).Replace('\\', '/')
               where !path.Contains("/obj/") && !path.Contains("/bin/")
               let source = FromText(path, File.ReadAllText(file))
               where source.Namespace.Length > 0
               select source,
        ];
    }

    /// <summary>Reads a file from its text. It uses the namespaces of directives, and of names that begin with Pupil or a room.</summary>
    public static SourceFile FromText(string path, string text)
    {
        string own = Declaration().Match(text).Groups[1].Value;
        var used = Directive().Matches(text).Select(match => match.Groups[1].Value)
            .Concat(Qualified().Matches(text).Select(match => match.Groups[1].Value))
            .Concat(InRoom().Matches(text).Select(match => $"Pupil.{match.Groups[1].Value}"));
        return new(path, own, [.. used.Distinct()], Type().Matches(text).Select(match => match.Groups[1].Value).ToHashSet(),
            Word().Matches(Comment().Replace(text, "")).Select(match => match.Value).ToHashSet());
    }

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex Declaration();

    [GeneratedRegex(@"^using (?:static )?(?:\w+ = )?(Pupil(?:\.\w+)*);", RegexOptions.Multiline)]
    private static partial Regex Directive();

    // Outside comments and strings: those start the line or follow a quote.
    [GeneratedRegex("""^(?!\s*//|using|namespace)[^"\n]*?(?<![\w.])(Pupil\.[A-Z]\w*(?:\.[A-Z]\w*)*)\.[A-Z]\w*""", RegexOptions.Multiline)]
    private static partial Regex Qualified();

    private const string Rooms = "Images|Networks|Interop|Distillation|Training|Experiments|Reporting";

    [GeneratedRegex($"""^(?!\s*//|using|namespace)[^"\n]*?(?<![\w.])((?:{Rooms})(?:\.[A-Z]\w*)*)\.[A-Z]\w*""", RegexOptions.Multiline)]
    private static partial Regex InRoom();

    [GeneratedRegex(@"^(?:public|internal)[^(\n]*?\b(?:class|struct|interface|enum|record)\s+(?:struct\s+)?(\w+)", RegexOptions.Multiline)]
    private static partial Regex Type();

    [GeneratedRegex("//.*")]
    private static partial Regex Comment();

    [GeneratedRegex(@"\w+")]
    private static partial Regex Word();
}
