using System.Security.Cryptography;
using System.Text;

namespace Pupil.Core;

/// <summary>SHA-256, in lower-case hexadecimal.</summary>
internal static class Hash
{
    /// <summary>Of a text in UTF-8.</summary>
    public static string Of(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    /// <summary>Of a file's content.</summary>
    public static string OfFile(string path)
    {
        using var stream = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }
}
