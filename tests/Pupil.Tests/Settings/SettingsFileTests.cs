using System.Text;
using Pupil.Settings;

namespace Pupil.Tests.Settings;

public sealed class SettingsFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("pupil-recipe-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_file_is_read_with_or_without_a_byte_order_mark()
    {
        Assert.Equal("dü", SettingsReader.ReadFile<SampleRecipe>(Write("""{ "data": "dü" }"""u8.ToArray())).Data);
        Assert.Equal("dü", SettingsReader.ReadFile<SampleRecipe>(Write([0xEF, 0xBB, 0xBF, .. """{ "data": "dü" }"""u8])).Data);
    }

    [Fact]
    public void An_error_names_the_file() => Fails(Write("{\n}"u8.ToArray()), ":1:1: data: missing; expected text.");

    [Fact]
    public void A_missing_file_is_named()
    {
        Fails(Path.Combine(_folder, "absent.jsonc"), ": found no such file, expected a recipe file; check the path.");
        Fails(Path.Combine(_folder, "absent", "a.jsonc"), ": found no such file, expected a recipe file; check the path.");
    }

    [Fact]
    public void A_folder_is_named() => Fails(_folder, ": found a folder, expected a recipe file.");

    [Fact]
    public void Impossible_paths_are_errors_of_the_user()
    {
        Assert.Throws<UserErrorException>(() => SettingsReader.ReadFile<SampleRecipe>(""));
        Assert.Throws<UserErrorException>(() => SettingsReader.ReadFile<SampleRecipe>("a\0b"));
        Assert.Throws<UserErrorException>(() => SettingsReader.ReadFile<SampleRecipe>(new string('a', 5000)));
    }

    [Fact]
    public void Other_encodings_are_named()
    {
        Fails(Write([0xFF, 0xFE, .. Encoding.Unicode.GetBytes("{}")]), ": found UTF-16 text, expected UTF-8; save the file as UTF-8.");
        Fails(Write([.. "{\n\""u8, 0xFC, .. "\": 1 }"u8]), ":2: found bytes that are not UTF-8, expected UTF-8; save the file as UTF-8.");
    }

    [Fact]
    public void A_file_far_too_long_is_refused() =>
        Fails(Write(new byte[2_000_000]), ": found more than 1,048,576 bytes, expected a recipe file.");

    private static void Fails(string path, string message) =>
        Assert.Equal(path + message, Assert.Throws<UserErrorException>(() => SettingsReader.ReadFile<SampleRecipe>(path)).Message);

    private string Write(byte[] bytes)
    {
        var path = Path.Combine(_folder, "a.jsonc");
        File.WriteAllBytes(path, bytes);
        return path;
    }
}
