using System.Globalization;
using nietras.SeparatedValues;
using Pupil.Core;

namespace Pupil.Images.Formats.Pictures;

/// <summary>One line of a table of pictures.</summary>
/// <param name="Line">The line number in the file, from 1.</param>
/// <param name="Path">The path of the picture.</param>
/// <param name="Label">The class name, or null if the table has none.</param>
/// <param name="Part"><c>train</c>, <c>validation</c> or <c>test</c>, or null if the table has none.</param>
/// <param name="Box">The object's box, or null if the table has none.</param>
internal sealed record PictureLine(int Line, string Path, string? Label, string? Part, BoundingBox? Box);

/// <summary>
/// Reads a CSV file with a header. Columns: <c>path</c>; optional <c>label</c>, <c>split</c> (train, validation or val, test), and the
/// object's box in pixels as <c>left</c>, <c>top</c> (inclusive), <c>right</c>, <c>bottom</c> (exclusive). The order of columns is free,
/// others are ignored. Separators are comma, semicolon or tab; fields may be quoted.
/// </summary>
internal static class PictureTable
{
    private static readonly string[] Edges = ["left", "top", "right", "bottom"];

    /// <summary>Reads all lines.</summary>
    /// <param name="text">The file's text.</param>
    /// <param name="file">The file's name in messages.</param>
    /// <exception cref="UserErrorException">A column is missing, or a line is wrong.</exception>
    public static List<PictureLine> Read(string text, string file)
    {
        try
        {
            using var reader = Sep
                .Reader(options => options with { Unescape = true, Trim = SepTrim.All, DisableQuotesParsing = false })
                .FromText(text.TrimStart('\uFEFF'));
            var columns = new Columns(file, [.. reader.Header.ColNames.Select(name => name.Trim().ToLowerInvariant())]);
            var lines = new List<PictureLine>();
            foreach (var row in reader)
            {
                int line = row.LineNumberFrom;
                string path = PlainPath(columns.Text(row, "path")!);
                string? label = columns.Text(row, "label");
                if (path.Length == 0)
                    throw new UserErrorException($"{file}: found no path in line {line}, expected the picture's; add it.");
                if (path.Any(char.IsControl) || label is not null && label.Any(char.IsControl))
                    throw new UserErrorException($"{file}: line {line} has '{Show(path)}' and '{Show(label ?? "")}', "
                        + "expected names without control characters; is a quote open?");
                lines.Add(new PictureLine(line, path, label, columns.Part(row, line), columns.Box(row, line)));
            }
            return lines;
        }
        catch (Exception error) when (error is InvalidDataException or ArgumentException or KeyNotFoundException
            or IndexOutOfRangeException or FormatException or NotSupportedException)
        {
            throw new UserErrorException($"{file}: found lines with different numbers of columns, or no table "
                + $"({Show(error.Message)}), expected a header and as many columns in every line; mend that line.", error);
        }
    }

    // With two names, one picture could be in two parts.
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
                var edge = row[_places[Edges[i]]].Span;
                if (!int.TryParse(edge, NumberStyles.Integer, CultureInfo.InvariantCulture, out edges[i]) || edges[i] is < 0 or > 1_000_000)
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
