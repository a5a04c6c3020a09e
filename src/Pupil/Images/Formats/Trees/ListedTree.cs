namespace Pupil.Images.Formats.Trees;

/// <summary>The files of a list of names relative to a folder. A name may lead out of the folder: the list is the user's own.</summary>
/// <param name="path">The list, as given by the user.</param>
/// <param name="root">The folder of relative names.</param>
/// <param name="names">The names.</param>
internal sealed class ListedTree(string path, string root, IReadOnlyCollection<string> names) : FileTree(path)
{
    public override bool IsArchive => false;

    public override IEnumerable<TreeFile> Files(Func<string, bool> wanted, long largest = LargestFile) =>
        names.Select(name => FolderTree.At(name, System.IO.Path.Combine(root, name), largest));

    public override void Dispose() { }
}
