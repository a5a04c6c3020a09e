using System.Text;
using System.Text.Json;

namespace Pupil.Settings;

/// <summary>Parses JSON with comments and trailing commas into a tree of values with their origins.</summary>
internal ref struct JsonTreeParser
{
    private readonly SourceText _source;
    private readonly Origin? _origin;
    private Utf8JsonReader _reader;

    private JsonTreeParser(SourceText source, Origin? origin)
    {
        (_source, _origin) = (source, origin);
        _reader = new Utf8JsonReader(source.Utf8, new JsonReaderOptions
        {
            CommentHandling = JsonCommentHandling.Skip,
            AllowTrailingCommas = true,
            MaxDepth = SettingsJson.MaximumDepth,
        });
    }

    /// <summary>Parses a whole text.</summary>
    /// <param name="source">The text.</param>
    /// <param name="origin">The origin of every value; null for the value's position in the text.</param>
    /// <exception cref="UserErrorException">The text is not JSON; the message names line and column.</exception>
    public static TreeNode Parse(SourceText source, Origin? origin = null)
    {
        var parser = new JsonTreeParser(source, origin);
        try
        {
            if (!parser._reader.Read())
                throw new UserErrorException(Wording.Empty(source.Name));
            var root = parser.Value();
            parser._reader.Read(); // fails if anything but comments follows
            return root;
        }
        catch (JsonException problem) when (parser.OnlyComments())
        {
            throw new UserErrorException(Wording.Empty(source.Name), problem);
        }
        catch (JsonException problem)
        {
            var offset = source.OffsetOf(problem.LineNumber ?? 0, problem.BytePositionInLine ?? 0);
            throw new UserErrorException(Wording.Syntax(new Origin(source, offset, null), problem.Message), problem);
        }
    }

    /// <summary>Parses a single value and gives all of its parts one origin.</summary>
    public static TreeNode ParseAs(string json, Origin origin) => Parse(SourceText.FromText(origin.ToString(), json), origin);

    private readonly bool OnlyComments() => _reader.TokenType == JsonTokenType.None && Encoding.UTF8
        .GetString(_source.Utf8).Split('\n').All(line => line.Trim() is "" or ['/', '/', ..]);

    private readonly Origin Here() => _origin ?? new Origin(_source, (int)_reader.TokenStartIndex, null);

    private TreeNode Value() => _reader.TokenType switch
    {
        JsonTokenType.StartObject => Object(),
        JsonTokenType.StartArray => List(),
        JsonTokenType.String => new TreeScalar(JsonValueKind.String, Text(), Here()),
        JsonTokenType.Number => Plain(JsonValueKind.Number),
        JsonTokenType.True => Plain(JsonValueKind.True),
        JsonTokenType.False => Plain(JsonValueKind.False),
        _ => Plain(JsonValueKind.Null),
    };

    private readonly TreeScalar Plain(JsonValueKind kind) => new(kind, Encoding.UTF8.GetString(_reader.ValueSpan), Here());

    private TreeObject Object()
    {
        var result = new TreeObject(Here());
        while (_reader.Read() && _reader.TokenType != JsonTokenType.EndObject)
        {
            var (key, origin) = (Text(), Here());
            _reader.Read();
            if (!result.Members.TryAdd(key, new TreeMember(origin, Value())))
                result.Repeated.Add((key, origin));
        }
        return result;
    }

    private TreeList List()
    {
        var result = new TreeList(Here());
        while (_reader.Read() && _reader.TokenType != JsonTokenType.EndArray)
            result.Items.Add(Value());
        return result;
    }

    private readonly string Text()
    {
        try
        {
            return _reader.GetString()!;
        }
        catch (InvalidOperationException problem) // a lone escape such as \ud800, or bytes that are not UTF-8
        {
            throw new UserErrorException($"{Here()}: {Wording.HalfCharacter()}", problem);
        }
    }
}
