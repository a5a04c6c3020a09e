namespace Pupil.Experiments.Planning;

/// <summary>The networks of a plan.</summary>
/// <param name="Expert">The expert.</param>
/// <param name="ScratchTeacher">The scratch teacher.</param>
/// <param name="Student">The student.</param>
internal sealed record PlannedNetworks(string Expert, string ScratchTeacher, string Student)
{
    private static readonly PlannedNetworks[] Rungs =
    [
        new("wrn-22-4", "wrn-16-4", "wrn-16-2"),
        new("wrn-16-4", "wrn-16-2", "wrn-16-2"),
        new("wrn-16-2", "wrn-16-2", "wrn-16-1"),
        new("wrn-16-2", "wrn-16-1", "wrn-10-1"),
        new("wrn-16-1", "wrn-10-1", "wrn-10-1"),
    ];

    /// <summary>Returns the networks to try for a quality, the largest first.</summary>
    public static IReadOnlyList<PlannedNetworks> For(Quality quality) => Rungs[(quality switch
    {
        Quality.Best => 0,
        Quality.Good => 2,
        _ => 3,
    })..];
}
