using Pupil.LibTorch;

namespace Pupil.Fuzz.Targets;

/// <summary>Shared libraries of the machine.</summary>
internal static class SystemTargets
{
    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        new("elf", "a shared library", (input, _) =>
        {
            try
            {
                ElfVersionNeeds.Offered(input);
                if (ElfVersionNeeds.Needed(input) is [var first, ..])
                    ElfVersionNeeds.Weaken(input, first.Library, [first.Version]);
            }
            catch (ElfFormatException error)
            {
                // The loading of libtorch refuses the library, too, and does not show the message.
                throw new UserErrorException(error.Message, error);
            }
        }),
    ];
}
