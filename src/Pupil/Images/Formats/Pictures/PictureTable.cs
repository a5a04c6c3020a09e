using System.Globalization;
using Pupil.Core;
using nietras.SeparatedValues;

namespace Pupil.Images.Formats.Pictures;

/// <summary>One line of a table of pictures.</summary>
/// <param name="Line">Its number in the file, from 1.</param>
/// <param name="Path">The picture.</param>
/// <param name="Label">Its class name, or null where the table has none.</param>
/// <param name="Part"><c>train</c>, <c>validation</c> or <c>test</c>, or null where the table has none.</param>
/// <param name="Box">The object's box, or null where the table has none.</param>
internal sealed record PictureLine(int Line, string Path, string? Label, string? Part, BoundingBox? Box);

/// <summary>
/// Reads a CSV file with a header: <c>path</c>, and where there are such <c>label</c>, <c>split</c> (train, validation or val, test), and the
/// object's box as <c>left</c>, <c>top</c> (inside), <c>right</c>, <c>bottom</c> (just outside), in pixels. Columns in any order, others ignored;
/// separated by comma, semicolon or tab; quotes where needed.
/// </summary>
internal static class PictureTable
{
    private static readonly string[] Edges = ["left", "top", "right", "bottom"];

    /// <summary>Reads all lines.</summary>
    /// <param name="text">The file's text.</param>
    /// <param name="file">Its name in messages.</param>
    /// <exception cref="UserErrorException">A column is missing, or a line is wrong.</exception>
    public static List<PictureLine> Read(string text, string file)
    {
        try
        {
            using var reader = Sep.Reader(options => options with { Unescape = true, Trim = SepTrim.All, DisableQuotesParsing = false }).FromText(text.TrimStart('\uFEFF'));
            var columns = new Columns(file, [.. reader.Header.ColNames.Select(name => name.Trim().ToLowerInvariant())]);
            var lines = new List<PictureLine>();
            foreach (var row in reader)
            {
                int line = row.LineNumberFrom;
                string path = PlainPath(columns.Text(row, "path")!);
                string? label = columns.Text(row, "label");
                if (path.Length == 0)
                    throw new UserErrorException($"{file}: line {line} has no path, expected the picture's.");
                if (path.Any(char.IsControl) || label is not null && label.Any(char.IsControl))
                    throw new UserErrorException($"{file}: line {line} has '{Show(path)}' and '{Show(label ?? "")}', "
                        + "expected names without control characters; is a quote open?");
                lines.Add(new PictureLine(line, path, label, columns.Part(row, line), columns.Box(row, line)));
            }
            return lines;
        }
        catch (Exception error) when (error is InvalidDataException or ArgumentException or KeyNotFoundException or IndexOutOfRangeException or FormatException or NotSupportedException)
        {
            throw new UserErrorException($"{file}: found no table with a header and as many columns in every line "
                + $"({Show(error.Message)}), expected one; mend that line.", error);
        }
    }

    // Two names for one picture would let it be in two parts.
    private static string PlainPath(string path)
    {
        string plain = path.Replace('\\', '/');
        while (plain.StartsWith("./", StringComparison.Ordinal))
            plain = plain[2..];
        return plain;
    }

    private static string Show(string text) => SafeTensorsHeader.Show(text);

    private sealed class Columns
    {
        private readonly string _file;
        private readonly Dictionary<string, int> _places;
        private readonly bool _hasBoxes;

        public Columns(string file, string[] names)
        {
            _file = file;
            _places = names.Select((name, place) => (name, place)).DistinctBy(column => column.name).ToDictionary(StringComparer.Ordinal);
            if (!_places.ContainsKey("path"))
                throw new UserErrorException($"{file}: found the columns {Show(string.Join(", ", names))}, "
                    + $"expected 'path' among them (and 'label', 'split', {string.Join(", ", Edges)}) in the first line.");
            int edges = Edges.Count(_places.ContainsKey);
            if (edges is > 0 and < 4)
                throw new UserErrorException($"{file}: has only {edges} of the columns {string.Join(", ", Edges)}, "
                    + "expected all four of a box or none.");
            _hasBoxes = edges == 4;
        }

        public string? Text(SepReader.Row row, string name) => _places.TryGetValue(name, out int place) ? row[place].ToString() : null;

        public string? Part(SepReader.Row row, int line) => Text(row, "split")?.ToLowerInvariant() switch
        {
            null => null,
            "train" or "training" => "train",
            "val" or "valid" or "validation" => "validation",
            "test" or "testing" => "test",
            var other => throw new UserErrorException($"{_file}: line {line} has the split '{Show(other)}', expected train, "
                + "validation or test."),
        };

        public BoundingBox? Box(SepReader.Row row, int line)
        {
            if (!_hasBoxes)
                return null;
            var edges = new int[4];
            for (int i = 0; i < 4; i++)
            {
                if (!int.TryParse(row[_places[Edges[i]]].Span, NumberStyles.Integer, CultureInfo.InvariantCulture, out edges[i]) || edges[i] is < 0 or > 1_000_000)
                    throw new UserErrorException($"{_file}: line {line} has '{Show(Text(row, Edges[i])!)}' for {Edges[i]}, "
                        + "expected a whole number of pixels.");
            }
            return edges[0] < edges[2] && edges[1] < edges[3]
                ? new BoundingBox(edges[0], edges[1], edges[2], edges[3])
                : throw new UserErrorException($"{_file}: line {line} has an empty box ({string.Join(", ", edges)}), "
                    + "expected left < right and top < bottom.");
        }
    }
}
