using System.Text;
using Pupil.Images.Formats.Trees;

namespace Pupil.Fuzz;

/// <summary>An archive of texts that is only in memory.</summary>
internal sealed class TextTree(IReadOnlyList<(string Name, string Text)> files) : FileTree("x.zip")
{
    public override bool IsArchive => true;

    public override IEnumerable<TreeFile> Files(Func<string, bool> wanted, long largest = LargestFile)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (name, text) in files)
            yield return new TreeFile(CheckedName(name, seen), text.Length, 0, () => Encoding.UTF8.GetBytes(text));
    }

    public override void Dispose() { }
}
