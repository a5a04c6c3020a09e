using System.Globalization;
using System.Numerics;

namespace Pupil.Interop.PyTorch;

/// <summary>Reads the numbers of a pickle, which are stored as text or bytes.</summary>
internal static class PickleNumbers
{
    /// <summary>The length of the longest whole number, in characters or bytes.</summary>
    public const int Longest = 1024;

    /// <summary>Returns a real number.</summary>
    /// <exception cref="UserErrorException">The text is none.</exception>
    public static double Real(this PickleStream input, string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double real)
            ? real
            : throw input.Broken("a text that is not a number");

    /// <summary>Returns a whole number: a <see cref="long"/>, or a <see cref="BigInteger"/> where that is too small.</summary>
    /// <exception cref="UserErrorException">The text is none.</exception>
    public static object Whole(this PickleStream input, string text) => text.Length <= Longest
        && BigInteger.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
        ? Plain(number)
        : throw input.Broken("a text that is not a whole number");

    /// <summary>Returns a whole number in two's complement, the lowest byte first.</summary>
    public static object Whole(byte[] bytes) => Plain(new BigInteger(bytes));

    /// <summary>Returns a count of bytes after a check that it is small enough.</summary>
    /// <exception cref="UserErrorException">It is larger.</exception>
    public static int AtMost(this PickleStream input, int most, int count) =>
        count <= most ? count : throw input.Broken($"a number of {count} bytes");

    private static object Plain(BigInteger number)
    {
        object plain = number;
        if (number >= long.MinValue && number <= long.MaxValue)
        {
            long small = (long)number;
            plain = small;
        }
        return plain;
    }
}
