using Pupil.Experiments.Recipes;
using Pupil.Settings;

namespace Pupil.Tests.Experiments.Recipes;

/// <summary>The recipes that come with Pupil.</summary>
public sealed class BuiltInRecipeTests
{
    public static TheoryData<string> Names => [.. RecipeBook.Names];

    [Fact]
    public void Every_file_of_the_repository_comes_with_Pupil_under_its_name()
    {
        Assert.SkipWhen(RealData.RepositoryFolder is null, "The tests run outside of the repository.");
        string folder = Path.Combine(RealData.RepositoryFolder!, "recipes");
        var files = Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).ToList();
        Assert.All(files, file => Assert.Equal(".jsonc", Path.GetExtension(file)));
        var names = files.Select(file => Path.GetRelativePath(folder, Path.ChangeExtension(file, null)).Replace('\\', '/'))
            .Order(StringComparer.Ordinal);
        Assert.Equal(names, RecipeBook.Names.Concat(ComparisonBook.Names).Order(StringComparer.Ordinal));
        Assert.Contains(RecipeBook.Demo, RecipeBook.Names);
        Assert.Contains(ComparisonBook.Demo, ComparisonBook.Names);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void It_is_valid_and_has_a_description(string name)
    {
        var recipe = RecipeBook.Read(name);
        recipe.Check();
        Assert.NotEqual("", recipe.About);
        Assert.Equal(name.Replace('/', '-'), recipe.Name);
        Assert.StartsWith("//", RecipeBook.Text(name));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Its_full_form_reads_back_to_the_same_settings(string name)
    {
        string full = SettingsWriter.Write(RecipeBook.Read(name));
        Assert.Equal(full, SettingsWriter.Write(SettingsReader.Read<Recipe>(full, "full")));
        Assert.Equal(full, SettingsWriter.Write(RecipeBook.Parse(full, "full"))); // the preset has nothing left to complete
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_file_and_the_name_give_the_same_recipe(string name)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["copy.jsonc"], RecipeBook.Text(name));
        Assert.Equal(SettingsWriter.Write(RecipeBook.Read(name, ["seed=3"])),
            SettingsWriter.Write(RecipeBook.Read(folder["copy.jsonc"], ["seed=3"])));
    }

    [Theory]
    [InlineData("smok")]
    [InlineData("cifar10/papr")]
    public void An_unknown_name_is_refused_with_the_known_ones(string name)
    {
        var error = Assert.Throws<UserErrorException>(() => RecipeBook.Read(name));
        Assert.StartsWith($"{name}: ", error.Message);
        Assert.All(RecipeBook.Names, known => Assert.Contains(known, error.Message));
    }

    [Fact]
    public void A_missing_file_is_an_error_with_its_name()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("none.jsonc", Assert.Throws<UserErrorException>(() => RecipeBook.Read(folder["none.jsonc"])).Message);
    }

    [Fact]
    public void Contradicting_settings_are_found_on_reading()
    {
        Assert.Throws<UserErrorException>(() => RecipeBook.Parse("""{ "method": "ctkd", "expert": null }""", "here"));
        Assert.Throws<UserErrorException>(() => RecipeBook.Read(RecipeBook.Demo, ["training.schedule.warmUpEpochs=7"]));
    }
}
