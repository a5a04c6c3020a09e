namespace Pupil.Core;

/// <summary>Formats large numbers with a unit.</summary>
internal static class ShortNumber
{
    /// <summary>
    /// Returns a number in thousands (k), millions (M) or billions (G), mostly with three digits:
    /// <c>175 k</c>, <c>27.1 M</c>, <c>4.09 G</c>.
    /// </summary>
    public static string Format(long number) => number switch
    {
        >= 1_000_000_000 => FormattableString.Invariant($"{number / 1e9:0.00} G"),
        >= 100_000_000 => FormattableString.Invariant($"{number / 1e6:0} M"),
        >= 10_000_000 => FormattableString.Invariant($"{number / 1e6:0.0} M"),
        >= 1_000_000 => FormattableString.Invariant($"{number / 1e6:0.00} M"),
        >= 1_000 => FormattableString.Invariant($"{number / 1e3:0} k"),
        _ => FormattableString.Invariant($"{number}"),
    };
}
