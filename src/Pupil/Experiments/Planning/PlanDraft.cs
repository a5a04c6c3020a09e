using System.Text.Json;
using System.Text.Json.Nodes;
using Pupil.Experiments.Recipes;
using Pupil.Settings;

namespace Pupil.Experiments.Planning;

/// <summary>A recipe in the making: chosen values, which those of the user replace.</summary>
internal sealed class PlanDraft(PlanOptions options)
{
    private const string Origin = "chosen from the data";

    private const string SourcePath = "data.source.";

    // The source's own options are complete; those that are chosen replace them.
    private readonly JsonObject _start = new()
    {
        ["name"] = options.Name,
        ["about"] = "Chosen from the data.",
        ["data"] = new JsonObject { ["source"] = Json(options.Source) },
        ["students"] = options.Teaches
            ? new JsonArray(new JsonObject { ["name"] = "student" }, new JsonObject { ["name"] = "alone", ["taught"] = false })
            : new JsonArray(new JsonObject { ["name"] = "student" }),
    };

    private readonly List<(string Path, JsonNode? Value)> _values = [];

    /// <summary>The choices so far.</summary>
    public List<Choice> Choices { get; } = [];

    /// <summary>Sets a value unless the user gave one.</summary>
    /// <typeparam name="T">Its type in the recipe, which may be a base record.</typeparam>
    /// <param name="path">Its path in the recipe.</param>
    /// <param name="value">The value.</param>
    public void Set<T>(string path, T value)
    {
        if (path.StartsWith(SourcePath, StringComparison.Ordinal))
        {
            _start["data"]!["source"]![path[SourcePath.Length..]] = Json(value);
            return;
        }
        _values.RemoveAll(entry => entry.Path == path);
        _values.Add((path, Json(value)));
    }

    /// <summary>Whether the user gave the value or a part of it.</summary>
    public bool IsGiven(string path) =>
        options.Overrides.Any(given => given.Split('=')[0].Trim() is var other && (Holds(other, path) || Holds(path, other)));

    /// <summary>Notes a choice.</summary>
    /// <param name="path">The path of its most important value.</param>
    /// <param name="title">What is chosen.</param>
    /// <param name="value">The value in force.</param>
    /// <param name="reason">The reason; that of the user is that it was given.</param>
    public Choice Note(string path, string title, string value, string reason)
    {
        var choice = new Choice(path, title, value, IsGiven(path) ? "given" : reason);
        Choices.Add(choice);
        return choice;
    }

    /// <summary>Reads the recipe as it stands.</summary>
    /// <exception cref="UserErrorException">A value of the user is wrong.</exception>
    public Recipe Read() => RecipeBook.Parse(_start.ToJsonString(SettingsJson.Options), Origin, options.Overrides, draft =>
    {
        foreach (var (path, value) in _values)
            draft.SetIfMissing(path, value, Origin);
    });

    private static JsonNode? Json<T>(T value) => JsonSerializer.SerializeToNode(value, SettingsJson.Options);

    private static bool Holds(string whole, string part) => part.StartsWith(whole, StringComparison.Ordinal)
        && (part.Length == whole.Length || part[whole.Length] is '.' or '[');
}
