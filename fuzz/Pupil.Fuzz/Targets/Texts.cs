using System.Text;

namespace Pupil.Fuzz.Targets;

/// <summary>Inputs that are texts.</summary>
internal static class Texts
{
    public static string Of(byte[] input) => Encoding.UTF8.GetString(input);
}
