using System.Security.Cryptography;

namespace Pupil.Cli.Download;

/// <summary>What a file's bytes must add up to: MD5, as most data sets publish it, or SHA-256.</summary>
public sealed record Checksum
{
    private readonly HashAlgorithmName _algorithm;

    private Checksum(HashAlgorithmName algorithm, string name, int bytes, string hex)
    {
        if (hex.Length != 2 * bytes || !hex.All(char.IsAsciiHexDigit))
            throw new ArgumentException($"Expected {2 * bytes} hexadecimal digits, found '{hex}'.", nameof(hex));
        (_algorithm, Name, Hex) = (algorithm, name, hex.ToLowerInvariant());
    }

    /// <summary><c>MD5</c> or <c>SHA-256</c>.</summary>
    public string Name { get; }

    /// <summary>The value in lower-case hexadecimal.</summary>
    public string Hex { get; }

    /// <summary>An MD5 value: it tells broken files, not forged ones.</summary>
    /// <param name="hex">32 hexadecimal digits.</param>
    /// <exception cref="ArgumentException">They are not.</exception>
    public static Checksum Md5(string hex) => new(HashAlgorithmName.MD5, "MD5", MD5.HashSizeInBytes, hex);

    /// <summary>A SHA-256 value.</summary>
    /// <param name="hex">64 hexadecimal digits.</param>
    /// <exception cref="ArgumentException">They are not.</exception>
    public static Checksum Sha256(string hex) => new(HashAlgorithmName.SHA256, "SHA-256", SHA256.HashSizeInBytes, hex);

    /// <summary>The value of a file, by the same algorithm.</summary>
    internal async Task<string> OfFileAsync(string path, CancellationToken stop)
    {
        try
        {
            await using var stream = File.OpenRead(path);
            return Convert.ToHexStringLower(await CryptographicOperations.HashDataAsync(_algorithm, stream, stop));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"{path}: cannot be checked ({error.Message}); see its permissions and the disk.", error);
        }
    }

    /// <summary>Adds up bytes as they pass.</summary>
    internal IncrementalHash Start() => IncrementalHash.CreateHash(_algorithm);
}
