namespace Pupil.Images.Formats.Trees;

/// <summary>A file of a <see cref="FileTree"/>.</summary>
/// <param name="Name">Its name from the root of the tree on, with forward slashes.</param>
/// <param name="Length">Its size in bytes.</param>
/// <param name="Modified">When it was changed, in ticks; 0 within an archive, which has a time of its own.</param>
/// <param name="Read">Reads it; from any thread. Throws <see cref="UserErrorException"/> where that fails.</param>
internal sealed record TreeFile(string Name, long Length, long Modified, Func<byte[]> Read)
{
    /// <summary>The name without its folders.</summary>
    public string FileName => Name[(Name.LastIndexOf('/') + 1)..];

    /// <summary>Opens it where it can be read bit by bit.</summary>
    public Func<Stream>? Opens { get; init; }

    /// <summary>Opens it. What fails later is an <see cref="IOException"/>.</summary>
    /// <exception cref="UserErrorException">It cannot be opened.</exception>
    public Stream Open() => Opens?.Invoke() ?? new MemoryStream(Read(), writable: false);
}
