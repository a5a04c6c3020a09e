using System.Text;

namespace Pupil.Lettering;

/// <summary>
/// The order of a line's runs, which HarfBuzz leaves to its caller: the part of the Unicode bidirectional algorithm (UAX #9) that names
/// need, without explicit embeddings. The line has the direction of its first letter; numbers run from left to right.
/// </summary>
internal static class WritingOrder
{
    private const string Opening = "([{", Closing = ")]}";

    private enum Direction { Neutral, Left, Right, Number }

    /// <summary>Returns the level of each character: odd levels run from right to left.</summary>
    /// <param name="characters">The characters in reading order, each with its accents.</param>
    public static int[] Levels(IReadOnlyList<string> characters)
    {
        Direction[] directions = [.. characters.Select(character => DirectionOf(Rune.GetRuneAt(character, 0)))];
        if (!directions.Contains(Direction.Right))
            return new int[characters.Count];
        var around = directions.First(direction => direction is Direction.Left or Direction.Right);
        Numbers(characters, directions, around);
        Brackets(characters, directions, around);
        Neutrals(directions, around);
        int line = around == Direction.Right ? 1 : 0;
        return [.. directions.Select(direction => direction switch { Direction.Right => 1, Direction.Number => 2, _ => line * 2 })];
    }

    /// <summary>Returns the runs from left to right.</summary>
    /// <param name="runs">The runs in reading order.</param>
    /// <param name="level">The level of a run, 0 to 2.</param>
    public static IReadOnlyList<T> FromLeft<T>(IReadOnlyList<T> runs, Func<T, int> level)
    {
        T[] placed = [.. runs];
        int[] levels = [.. runs.Select(level)];
        for (int least = 2; least > 0; least--)
        {
            for (int start = 0; start < placed.Length; start++)
            {
                int end = start;
                while (end < placed.Length && levels[end] >= least)
                    end++;
                Array.Reverse(placed, start, end - start);
                Array.Reverse(levels, start, end - start);
                start = Math.Max(start, end - 1);
            }
        }
        return placed;
    }

    // A sign between digits, such as the point in 1.5, belongs to the number. A number after text from left to right is part of it.
    private static void Numbers(IReadOnlyList<string> characters, Direction[] directions, Direction around)
    {
        var strong = around;
        for (int i = 0; i < directions.Length; i++)
        {
            if (directions[i] == Direction.Neutral && characters[i] is "." or "," or ":" or "/"
                && i > 0 && i + 1 < directions.Length && char.IsDigit(characters[i - 1][0]) && char.IsDigit(characters[i + 1][0]))
                directions[i] = Direction.Number;
            if (directions[i] is Direction.Left or Direction.Right)
                strong = directions[i];
            else if (directions[i] == Direction.Number && strong == Direction.Left)
                directions[i] = Direction.Left;
        }
    }

    // A pair has the line's direction if something within has it, else the direction of the text before.
    private static void Brackets(IReadOnlyList<string> characters, Direction[] directions, Direction around)
    {
        foreach (var (open, close) in Pairs(characters).OrderBy(pair => pair.Open))
        {
            var within = directions[(open + 1)..close].Where(direction => direction != Direction.Neutral).Select(Side).ToList();
            if (within.Count == 0)
                continue;
            var before = directions[..open].Where(direction => direction != Direction.Neutral).Select(Side).LastOrDefault(around);
            directions[open] = directions[close] = within.Contains(around) ? around : before;
        }
    }

    private static List<(int Open, int Close)> Pairs(IReadOnlyList<string> characters)
    {
        var pairs = new List<(int, int)>();
        var open = new List<int>();
        for (int i = 0; i < characters.Count; i++)
        {
            if (Opening.Contains(characters[i], StringComparison.Ordinal))
                open.Add(i);
            int kind = Closing.IndexOf(characters[i], StringComparison.Ordinal);
            int last = kind < 0 ? -1 : open.FindLastIndex(place => characters[place][0] == Opening[kind]);
            if (last < 0)
                continue;
            pairs.Add((open[last], i));
            open.RemoveRange(last, open.Count - last);
        }
        return pairs;
    }

    private static void Neutrals(Direction[] directions, Direction around)
    {
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
}
