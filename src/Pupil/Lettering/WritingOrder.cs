using System.Text;

namespace Pupil.Lettering;

/// <summary>
/// Brings a line from the order of reading into that of places from left to right: the Unicode bidirectional algorithm (UAX #9) as far
/// as names need it, without explicit embeddings. The direction of the line is that of its first letter; numbers keep theirs.
/// </summary>
internal static class WritingOrder
{
    private const string Opening = "([{<«", Closing = ")]}>»";

    private enum Direction { Neutral, Left, Right, Number }

    /// <summary>The characters from left to right.</summary>
    public static IReadOnlyList<string> FromLeft(IReadOnlyList<string> characters)
    {
        Direction[] directions = [.. characters.Select(character => DirectionOf(Rune.GetRuneAt(character, 0)))];
        if (!directions.Contains(Direction.Right))
            return characters;
        int line = directions.First(direction => direction is Direction.Left or Direction.Right) == Direction.Right ? 1 : 0;
        int[] levels = Levels(characters, directions, line);
        string[] placed = [.. characters.Select((character, i) => levels[i] % 2 == 1 ? Mirror(character) : character)];
        for (int level = 2; level > 0; level--)
        {
            for (int start = 0; start < placed.Length; start++)
            {
                int end = start;
                while (end < placed.Length && levels[end] >= level)
                    end++;
                Array.Reverse(placed, start, end - start);
                start = Math.Max(start, end - 1);
            }
        }
        return placed;
    }

    private static int[] Levels(IReadOnlyList<string> characters, Direction[] directions, int line)
    {
        var around = line == 1 ? Direction.Right : Direction.Left;
        var strong = around;
        for (int i = 0; i < directions.Length; i++)
        {
            // Between digits, a sign such as the point in 1.5 belongs to the number.
            if (directions[i] == Direction.Neutral && characters[i] is "." or "," or ":" or "/"
                && i > 0 && i + 1 < directions.Length && char.IsDigit(characters[i - 1][0]) && char.IsDigit(characters[i + 1][0]))
                directions[i] = Direction.Number;
            if (directions[i] is Direction.Left or Direction.Right)
                strong = directions[i];
            else if (directions[i] == Direction.Number && strong == Direction.Left)
                directions[i] = Direction.Left;
        }
        for (int i = 0; i < directions.Length; i++)
        {
            if (directions[i] != Direction.Neutral)
                continue;
            int end = i;
            while (end < directions.Length && directions[end] == Direction.Neutral)
                end++;
            var (before, after) = (i == 0 ? around : Side(directions[i - 1]), end == directions.Length ? around : Side(directions[end]));
            Array.Fill(directions, before == after ? before : around, i, end - i);
        }
        return [.. directions.Select(direction => direction switch { Direction.Right => 1, Direction.Number => 2, _ => line * 2 })];
    }

    private static Direction Side(Direction direction) => direction == Direction.Left ? Direction.Left : Direction.Right;

    private static Direction DirectionOf(Rune rune)
    {
        if (Rune.IsDigit(rune))
            return Direction.Number;
        if (rune.Value is >= 0x0590 and <= 0x08FF or >= 0xFB1D and <= 0xFDFF or >= 0xFE70 and <= 0xFEFF or >= 0x10800 and <= 0x10FFF
            or >= 0x1E800 and <= 0x1EFFF)
            return Direction.Right;
        return Rune.IsLetter(rune) ? Direction.Left : Direction.Neutral;
    }

    private static string Mirror(string character)
    {
        if (Opening.IndexOf(character[0], StringComparison.Ordinal) is >= 0 and var open)
            return Closing[open].ToString();
        return Closing.IndexOf(character[0], StringComparison.Ordinal) is >= 0 and var close ? Opening[close].ToString() : character;
    }
}
