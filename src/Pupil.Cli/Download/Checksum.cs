using System.Security.Cryptography;

namespace Pupil.Cli.Download;

/// <summary>The checksum of a file: MD5, which most data sets publish, or SHA-256.</summary>
internal sealed record Checksum
{
    private readonly HashAlgorithmName _algorithm;

    private Checksum(HashAlgorithmName algorithm, string name, int bytes, string hex)
    {
        if (hex.Length != 2 * bytes || !hex.All(char.IsAsciiHexDigit))
            throw new ArgumentException($"Expected {2 * bytes} hexadecimal digits, found '{hex}'.", nameof(hex));
        (_algorithm, Name, Hex) = (algorithm, name, hex.ToLowerInvariant());
    }

    /// <summary>The name of the algorithm: <c>MD5</c> or <c>SHA-256</c>.</summary>
    public string Name { get; }

    /// <summary>The value in lower-case hexadecimal.</summary>
    public string Hex { get; }

    /// <summary>Creates an MD5 checksum, which detects damaged files but not forged ones.</summary>
    /// <param name="hex">32 hexadecimal digits.</param>
    /// <exception cref="ArgumentException">The text is something else.</exception>
    public static Checksum Md5(string hex) => new(HashAlgorithmName.MD5, "MD5", MD5.HashSizeInBytes, hex);

    /// <summary>Creates a SHA-256 checksum.</summary>
    /// <param name="hex">64 hexadecimal digits.</param>
    /// <exception cref="ArgumentException">The text is something else.</exception>
    public static Checksum Sha256(string hex) => new(HashAlgorithmName.SHA256, "SHA-256", SHA256.HashSizeInBytes, hex);

    /// <summary>Computes the digest of a file by the same algorithm, in lower-case hexadecimal.</summary>
    /// <exception cref="UserErrorException">The file cannot be read.</exception>
    internal async Task<string> OfFileAsync(string path, CancellationToken stop)
    {
        try
        {
            await using var stream = RegularFile.OpenRead(path);
            return Convert.ToHexStringLower(await CryptographicOperations.HashDataAsync(_algorithm, stream, stop));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException(
                $"{path}: cannot be read to check it ({error.Message}); check its permissions and the disk.", error);
        }
    }

    /// <summary>Starts an incremental hash by the same algorithm.</summary>
    internal IncrementalHash Start() => IncrementalHash.CreateHash(_algorithm);
}
