using System.Text.Json;
using Pupil.Core;

namespace Pupil.Cli.Download;

/// <summary>Whose beginning a partial file is.</summary>
/// <param name="Address">The address that was asked.</param>
/// <param name="Validator">The strong entity tag or the date of last change, as a header has it.</param>
internal sealed record PartialOrigin(string Address, string Validator);

/// <summary>
/// The file <c>NAME.part</c> that grows beside its target, <c>NAME.part.json</c> that tells whose beginning it is, and
/// <c>NAME.part.lock</c> that keeps other processes away until disposed.
/// </summary>
internal sealed class PartialFile : IDisposable
{
    // So that a full disk shows at a write, not when the stream is closed.
    private const int Unbuffered = 0;

    private readonly string _target;
    private readonly FileStream _lock;

    private PartialFile(string target, FileStream taken) => (_target, _lock) = (target, taken);

    /// <summary>The partial file.</summary>
    public string Path => _target + ".part";

    /// <summary>How many bytes are there.</summary>
    public long Length => new FileInfo(Path) is { Exists: true } file ? file.Length : 0;

    /// <summary>Whose beginning is there, or null where nobody knows.</summary>
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

    /// <summary>Takes the partial file of a target, whose folder is created.</summary>
    /// <exception cref="UserErrorException">Another process has it, or the folder cannot be written to.</exception>
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
            throw new UserErrorException($"{target}: another pupil is getting this file; let it end, or choose another folder (--to).");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw AtomicFile.Explain(target, error);
        }
    }

    /// <summary>Opens it to go on at its end.</summary>
    public FileStream Continue() => Try(() => new FileStream(Path, FileMode.Append, FileAccess.Write, FileShare.None, Unbuffered));

    /// <summary>Opens it anew, empty.</summary>
    /// <param name="origin">Whose beginning it will be; null if that cannot be told, so that nobody can go on with it.</param>
    public FileStream StartOver(PartialOrigin? origin)
    {
        // In this order, so that bytes never lie beside the wrong origin.
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

    /// <summary>Removes it: its bytes are of no use.</summary>
    public void Discard() => Do(() =>
    {
        File.Delete(OriginPath);
        File.Delete(Path);
    });

    /// <summary>Gives it the target's name.</summary>
    public void Complete() => Do(() =>
    {
        File.Move(Path, _target, overwrite: true);
        File.Delete(OriginPath);
    });

    /// <inheritdoc/>
    public void Dispose() => _lock.Dispose();

    /// <summary>Does something with the file's stream.</summary>
    /// <exception cref="UserErrorException">The disk is full, or permission lacks.</exception>
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
