using System.Text.Json;
using Pupil.Core;

namespace Pupil.Cli.Download;

/// <summary>The origin of a partial file.</summary>
/// <param name="Address">The requested address.</param>
/// <param name="Validator">The strong entity tag or the date of the last change, in the form of its header.</param>
internal sealed record PartialOrigin(string Address, string Validator);

/// <summary>
/// The partial file of a download: <c>NAME.part</c> beside its target, <c>NAME.part.json</c> with its origin, and
/// <c>NAME.part.lock</c>, which excludes other processes until it is disposed.
/// </summary>
internal sealed class PartialFile : IDisposable
{
    // Without a buffer, a full disk fails at a write and not when the stream is closed.
    private const int Unbuffered = 0;

    private readonly string _target;
    private readonly FileStream _lock;

    private PartialFile(string target, FileStream taken) => (_target, _lock) = (target, taken);

    /// <summary>The path of the partial file.</summary>
    public string Path => _target + ".part";

    /// <summary>The number of bytes present; 0 without a file.</summary>
    public long Length => new FileInfo(Path) is { Exists: true } file ? file.Length : 0;

    /// <summary>The origin of the bytes present, or null if it is unknown.</summary>
    public PartialOrigin? Origin
    {
        get
        {
            try
            {
                return File.Exists(OriginPath) ? JsonSerializer.Deserialize<PartialOrigin>(File.ReadAllBytes(OriginPath)) : null;
            }
            catch (Exception error) when (error is JsonException or IOException or UnauthorizedAccessException)
            {
                return null;
            }
        }
    }

    private string OriginPath => Path + ".json";

    /// <summary>Locks the partial file of a target and creates the target's folder.</summary>
    /// <exception cref="UserErrorException">Another process holds the lock, or the folder is not writable.</exception>
    public static PartialFile Take(string target)
    {
        string full = System.IO.Path.GetFullPath(target);
        if (Directory.Exists(full))
            throw new UserErrorException($"{target}: found a folder, expected a file; move it away or choose another (--to).");
        CreateFolder(System.IO.Path.GetDirectoryName(full)!);
        string name = full + ".part.lock";
        try
        {
            return new(full, new FileStream(
                name, FileMode.OpenOrCreate, FileAccess.Write, FileShare.None, Unbuffered, FileOptions.DeleteOnClose));
        }
        catch (IOException) when (File.Exists(name))
        {
            throw new UserErrorException(
                $"{target}: another process of pupil is getting this file; let it end, or choose another folder (--to).");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw AtomicFile.Explain(target, error);
        }
    }

    /// <summary>Opens the partial file to append to it.</summary>
    public FileStream Continue() => Try(() => new FileStream(Path, FileMode.Append, FileAccess.Write, FileShare.None, Unbuffered));

    /// <summary>Opens an empty partial file in place of the present one.</summary>
    /// <param name="origin">The origin of its bytes; null if it is unknown, so that the download cannot be continued.</param>
    public FileStream StartOver(PartialOrigin? origin)
    {
        // In this order, so that the bytes never have the wrong origin.
        Do(() => File.Delete(OriginPath));
        var stream = Try(() => new FileStream(Path, FileMode.Create, FileAccess.Write, FileShare.None, Unbuffered));
        try
        {
            if (origin is not null)
                AtomicFile.WriteText(OriginPath, JsonSerializer.Serialize(origin));
        }
        catch
        {
            stream.Dispose();
            throw;
        }
        return stream;
    }

    /// <summary>Removes the partial file and its origin.</summary>
    public void Discard() => Do(() =>
    {
        File.Delete(OriginPath);
        File.Delete(Path);
    });

    /// <summary>Gives the partial file the target's name.</summary>
    public void Complete() => Do(() =>
    {
        File.Move(Path, _target, overwrite: true);
        File.Delete(OriginPath);
    });

    /// <inheritdoc/>
    public void Dispose() => _lock.Dispose();

    /// <summary>Runs an action on the file or its stream, and turns its failures into user errors.</summary>
    /// <exception cref="UserErrorException">The disk is full, or permission is missing.</exception>
    public void Do(Action action) => Try(() =>
    {
        action();
        return true;
    });

    private T Try<T>(Func<T> action)
    {
        try { return action(); }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw AtomicFile.Explain(_target, failure);
        }
    }

    private static void CreateFolder(string folder)
    {
        try { Directory.CreateDirectory(folder); }
        catch (UnauthorizedAccessException failure) { throw AtomicFile.Explain(folder, failure); }
        catch (IOException failure)
        {
            throw new UserErrorException($"{folder}: cannot be created ({failure.Message}); choose another folder (--to).", failure);
        }
    }
}
