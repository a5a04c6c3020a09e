namespace Pupil.Images.Formats.Trees;

/// <summary>Files that a list names, from a folder on; a name may lead elsewhere, since the list is the user's own.</summary>
/// <param name="path">The list, as the user gave it.</param>
/// <param name="root">Where relative names start.</param>
/// <param name="names">The names.</param>
internal sealed class ListedTree(string path, string root, IReadOnlyCollection<string> names) : FileTree(path)
{
    public override bool IsArchive => false;

    public override IEnumerable<TreeFile> Files(Func<string, bool> wanted, long largest = LargestFile) =>
        names.Select(name => FolderTree.At(name, System.IO.Path.Combine(root, name), largest));

    public override void Dispose() { }
}
