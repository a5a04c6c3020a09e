using System.Security.Cryptography;
using System.Text;

namespace Pupil.Core;

/// <summary>Computes SHA-256 digests as 64 lower-case hexadecimal digits.</summary>
internal static class Hash
{
    /// <summary>Returns the digest of a text in UTF-8.</summary>
    public static string OfText(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    /// <summary>Returns the digest of a file's content.</summary>
    public static string OfFile(string path)
    {
        using var stream = RegularFile.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }
}
