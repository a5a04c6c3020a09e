using Pupil.Fuzz.Targets;

namespace Pupil.Fuzz;

/// <summary>The list of targets: every reader of bytes from elsewhere.</summary>
internal static class FuzzTargets
{
    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        .. SettingsTargets.All, .. RecordTargets.All, .. WeightTargets.All, .. ModelTargets.All, .. DataTargets.All, .. ArchiveTargets.All,
        .. PictureTargets.All, .. SystemTargets.All,
    ];

    public static FuzzTarget? Find(string name) => All.FirstOrDefault(target => target.Name == name);
}
