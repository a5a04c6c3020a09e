namespace Pupil.Tests;

/// <summary>A new folder, removed at the end with its contents.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    /// <summary>The folder's full path.</summary>
    public string FullPath { get; } = Directory.CreateTempSubdirectory("pupil-tests-").FullName;

    /// <summary>Returns the full path of a file or folder in it, which need not exist.</summary>
    public string this[string name] => Path.Combine(FullPath, name);

    public void Dispose() => Directory.Delete(FullPath, recursive: true);
}
