using System.Text.Json.Nodes;

namespace Pupil.Settings;

/// <summary>Compares two settings records of one type.</summary>
internal static class SettingsDifference
{
    /// <summary>
    /// Returns the first difference in writing order: its path, the found value and the expected value; null if there is none.
    /// </summary>
    /// <typeparam name="T">The record type.</typeparam>
    /// <param name="found">The found record.</param>
    /// <param name="expected">The expected record.</param>
    public static (string Path, string Found, string Expected)? First<T>(T found, T expected) where T : class =>
        First("", JsonNode.Parse(SettingsWriter.Write(found)), JsonNode.Parse(SettingsWriter.Write(expected)));

    private static (string, string, string)? First(string path, JsonNode? found, JsonNode? expected)
    {
        switch (found, expected)
        {
            case (JsonObject one, JsonObject other):
                return one.Select(pair => pair.Key).Union(other.Select(pair => pair.Key))
                    .Select(key => Member(SettingsPath.Join(path, key), one, other, key))
                    .FirstOrDefault(difference => difference is not null);
            case (JsonArray one, JsonArray other) when one.Count == other.Count:
                return Enumerable.Range(0, one.Count)
                    .Select(i => First(SettingsPath.Join(path, i), one[i], other[i]))
                    .FirstOrDefault(difference => difference is not null);
            default:
                return JsonNode.DeepEquals(found, expected) ? null : (path, Shown(found), Shown(expected));
        }
    }

    private static (string, string, string)? Member(string path, JsonObject one, JsonObject other, string key) =>
        (one.TryGetPropertyValue(key, out var found), other.TryGetPropertyValue(key, out var expected)) switch
        {
            (true, true) => First(path, found, expected),
            (true, false) => (path, Shown(found), "nothing"),
            _ => (path, "nothing", Shown(expected)),
        };

    private static string Shown(JsonNode? node) =>
        Wording.Excerpt(node?.ToJsonString(SettingsJson.Options).ReplaceLineEndings(" ") ?? "null");
}
