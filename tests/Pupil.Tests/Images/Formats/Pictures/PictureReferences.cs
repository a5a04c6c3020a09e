using System.Text.Json;

namespace Pupil.Tests.Images.Formats.Pictures;

/// <summary>The results of Pillow on tiny pictures (<c>make_pictures.py</c>).</summary>
internal static class PictureReferences
{
    private static readonly Lazy<JsonDocument> Document = new(() => JsonDocument.Parse(File.ReadAllBytes(Find())));

    /// <summary>Returns the names of a group: of the unchanged pictures, or of the squares made of pictures.</summary>
    public static TheoryData<string> Names(string group) =>
        [.. Document.Value.RootElement.GetProperty(group).EnumerateObject().Select(entry => entry.Name)];

    /// <summary>Returns the bytes of a picture's file.</summary>
    public static byte[] FileOf(string name) => Document.Value.RootElement.GetProperty("files").GetProperty(name).GetBytesFromBase64();

    /// <summary>Returns the expected result of a picture.</summary>
    public static JsonElement Expected(string group, string name) => Document.Value.RootElement.GetProperty(group).GetProperty(name);

    private static string Find()
    {
        string place = Path.Combine("Images", "Formats", "Pictures", "References", "pictures.json");
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string[] places = [Path.Combine(folder.FullName, place), Path.Combine(folder.FullName, "tests", "Pupil.Tests", place)];
            if (places.FirstOrDefault(File.Exists) is { } file)
                return file;
        }
        throw new FileNotFoundException($"{place} is neither beside the tests nor in a repository above them: run make_pictures.py.");
    }
}
