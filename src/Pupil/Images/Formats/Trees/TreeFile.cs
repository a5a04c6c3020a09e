namespace Pupil.Images.Formats.Trees;

/// <summary>A file of a <see cref="FileTree"/>.</summary>
/// <param name="Name">The name relative to the tree's root, with forward slashes.</param>
/// <param name="Length">The size in bytes.</param>
/// <param name="Modified">The time of the last change in UTC ticks; 0 in an archive.</param>
/// <param name="Read">Reads the content; callable from any thread. Throws <see cref="UserErrorException"/> on failure.</param>
internal sealed record TreeFile(string Name, long Length, long Modified, Func<byte[]> Read)
{
    /// <summary>The name without its folders.</summary>
    public string FileName => Name[(Name.LastIndexOf('/') + 1)..];

    /// <summary>Opens the file as a stream; null where only the whole content can be read.</summary>
    public Func<Stream>? Opens { get; init; }

    /// <summary>Opens the file. Later failures of the stream are <see cref="IOException"/>s.</summary>
    /// <exception cref="UserErrorException">The file cannot be opened.</exception>
    public Stream Open() => Opens?.Invoke() ?? new MemoryStream(Read(), writable: false);
}
