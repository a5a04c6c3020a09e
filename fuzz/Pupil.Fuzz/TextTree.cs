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
        return files.Select(file => new TreeFile(CheckedName(file.Name, seen), file.Text.Length, 0, () => Encoding.UTF8.GetBytes(file.Text)));
    }

    public override void Dispose() { }
}
