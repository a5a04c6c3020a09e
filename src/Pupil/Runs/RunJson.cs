using System.Text.Json;
using Pupil.Recipes.Reading;

namespace Pupil.Runs;

/// <summary>How records look as JSON: as recipes do; one line each where a file has many.</summary>
internal static class RunJson
{
    public static JsonSerializerOptions Pretty { get; } = RecipeJson.Options;

    public static JsonSerializerOptions Line { get; } = new(RecipeJson.Options) { WriteIndented = false };
}
