using System.Text;
using Pupil.Core;
using Pupil.Images.Formats.Pictures;
using Pupil.Images.Formats.Trees;
using Pupil.Inference.Pictures;

namespace Pupil.Images.Formats.Folder;

/// <summary>The files of a folder or archive of pictures, by what they are.</summary>
internal sealed class FolderFiles
{
    /// <summary>The file that lists the boxes.</summary>
    public const string BoxesFile = "boxes.csv";

    private readonly Dictionary<string, string> _tables = new(StringComparer.Ordinal);
    private readonly List<string> _pictures = [];
    private readonly List<(string Name, string Format)> _unread = [];
    private readonly SortedDictionary<string, int> _passedOver = new(StringComparer.Ordinal);
    private readonly FileTree _tree;

    /// <summary>Lists the files of a folder or archive.</summary>
    /// <exception cref="UserErrorException">There is no picture that can be read.</exception>
    public FolderFiles(FileTree tree)
    {
        _tree = tree;
        foreach (var file in tree.Files(name => IsTable(name) || PictureNames.NeedsContent(name)))
            Sort(file);
        if (_pictures.Count == 0)
        {
            throw new UserErrorException(_unread.Count > 0 ? $"{tree.Path}: found no picture that can be read{But(_unread)}."
                : $"{tree.Path}: found no picture ({string.Join(" ", PictureFile.Endings)}), "
                    + "expected a folder of pictures for each class.");
        }
        _pictures.Sort(StringComparer.Ordinal);
        Root = RootOf(_pictures);
    }

    /// <summary>The pictures, by name in ordinal order.</summary>
    public IReadOnlyList<string> Pictures => _pictures;

    /// <summary>The folder that contains the class folders or the parts: empty, or with a slash at its end.</summary>
    public string Root { get; }

    /// <summary>The text of the list of boxes; null without one.</summary>
    public string? Boxes => _tables.GetValueOrDefault(Root + BoxesFile);

    /// <summary>The number of pictures in formats that cannot be read, by format.</summary>
    public IReadOnlyDictionary<string, int> Unread => CountsOf(_unread);

    /// <summary>The number of files that are no pictures, by kind.</summary>
    public IReadOnlyDictionary<string, int> PassedOver => _passedOver;

    /// <summary>Checks that no class folder is without a picture: its pictures are missing, or cannot be read.</summary>
    /// <param name="isPart">Whether a folder's name is that of a part.</param>
    /// <exception cref="UserErrorException">There is such a folder.</exception>
    public void RefuseEmpty(Func<string, bool> isPart)
    {
        var filled = FoldersOf(_pictures);
        string[] parts = [.. filled
            .Where(folder => folder.StartsWith(Root, StringComparison.Ordinal) && isPart(folder[Root.Length..]))
            .Select(folder => $"{folder}/")];
        var withUnread = FoldersOf(_unread.Select(file => file.Name));
        foreach (string level in parts.Length > 0 ? parts : [Root])
        {
            var beneath = withUnread.Where(folder => folder.StartsWith(level, StringComparison.Ordinal))
                .Select(folder => folder[level.Length..])
                .Where(folder => !folder.Contains('/'));
            foreach (string folder in FoldersAt(level).Concat(beneath))
            {
                if (PictureNames.IsHidden(folder) || filled.Contains(level + folder))
                    continue;
                var unread = _unread.Where(file => file.Name.StartsWith($"{level}{folder}/", StringComparison.Ordinal)).ToList();
                throw new UserErrorException($"{_tree.Path}: found no picture in the folder {Show(level + folder)}/"
                    + (unread.Count > 0 ? $" that can be read{But(unread)}, or remove the folder."
                        : ", expected at least one of that class; fill or remove it."));
            }
        }
    }

    private void Sort(TreeFile file)
    {
        if (IsTable(file.Name))
        {
            _tables[file.Name] = Encoding.UTF8.GetString(file.Read());
            return;
        }
        if (PictureNames.IsHidden(file.Name))
            return;
        var (isPicture, unread) = PictureNames.Judge(file);
        if (isPicture)
            _pictures.Add(file.Name);
        else if (unread is not null)
            _unread.Add((file.Name, unread));
        else
            _passedOver[PictureNames.KindOf(file.Name)] = _passedOver.GetValueOrDefault(PictureNames.KindOf(file.Name)) + 1;
    }

    // An empty folder beside the class folders is probably a class whose pictures are missing; archives keep no empty folders.
    private IEnumerable<string> FoldersAt(string level) => _tree.IsArchive ? []
        : Directory.EnumerateDirectories(Path.Combine(_tree.Path, level)).Select(folder => Path.GetFileName(folder));

    private static HashSet<string> FoldersOf(IEnumerable<string> files)
    {
        HashSet<string> folders = [];
        foreach (string file in files)
        {
            // Adds the folders above the file, up to the first known one.
            var folder = file.AsSpan(0, Math.Max(0, file.LastIndexOf('/')));
            while (folder.Length > 0 && folders.GetAlternateLookup<ReadOnlySpan<char>>().Add(folder))
                folder = folder[..Math.Max(0, folder.LastIndexOf('/'))];
        }
        return folders;
    }

    private static string But(IReadOnlyCollection<(string Name, string Format)> unread) =>
        $", but {string.Join(" and ", CountsOf(unread).Select(format => $"{format.Value:N0} {format.Key}"))}; convert them to JPEG or PNG";

    private static SortedDictionary<string, int> CountsOf(IEnumerable<(string Name, string Format)> unread) => new(
        unread.GroupBy(file => file.Format).ToDictionary(group => group.Key, group => group.Count()), StringComparer.Ordinal);

    private static bool IsTable(string name) => name == BoxesFile || name.EndsWith($"/{BoxesFile}", StringComparison.Ordinal);

    // Skips folders that contain nothing but one other folder, which archives often have.
    private static string RootOf(List<string> names)
    {
        string root = "";
        while (true)
        {
            string? only = null;
            foreach (string name in names)
            {
                int end = name.IndexOf('/', root.Length);
                string? next = end < 0 ? null : name[..(end + 1)];
                if (next is null || (only is not null && next != only))
                    return root;
                only = next;
            }
            // The last folder of a picture's path is its class.
            if (only is null || names.Any(name => name.IndexOf('/', only.Length) < 0))
                return root;
            root = only;
        }
    }

    private static string Show(string text) => SafeTensorsHeader.Show(text);
}
