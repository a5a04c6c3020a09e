namespace Pupil.Core;

/// <summary>Large numbers for people.</summary>
public static class ShortNumber
{
    /// <summary>A number in thousands, millions or milliards, mostly three digits of it: <c>175 k</c>, <c>27.1 M</c>, <c>4.09 G</c>.</summary>
    public static string Of(long number) => number switch
    {
        >= 1_000_000_000 => FormattableString.Invariant($"{number / 1e9:0.00} G"),
        >= 100_000_000 => FormattableString.Invariant($"{number / 1e6:0} M"),
        >= 10_000_000 => FormattableString.Invariant($"{number / 1e6:0.0} M"),
        >= 1_000_000 => FormattableString.Invariant($"{number / 1e6:0.00} M"),
        >= 1_000 => FormattableString.Invariant($"{number / 1e3:0} k"),
        _ => FormattableString.Invariant($"{number}"),
    };
}
