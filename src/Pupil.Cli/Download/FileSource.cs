namespace Pupil.Cli.Download;

/// <summary>The source of a file of a data set: an address or a local file.</summary>
internal abstract record FileSource
{
    /// <summary>Returns the sources of a set's files, in the order of the files.</summary>
    /// <param name="set">The data set.</param>
    /// <param name="from">
    /// A local folder or file, the address of a folder (ends in <c>/</c>), or the address of a file. The other files of the set are
    /// in the same folder. Null for the published addresses.
    /// </param>
    /// <exception cref="UserErrorException">The text is none of these, or a local file is missing.</exception>
    public static IReadOnlyList<FileSource> SourcesOf(KnownDataSet set, string? from)
    {
        if (from is null)
            return [.. set.Files.Select(file => new AddressSource(file.Address))];
        if (!from.Contains("://", StringComparison.Ordinal))
            return Local(set, from);
        if (!Uri.TryCreate(from, UriKind.Absolute, out var address))
            throw new UserErrorException($"--from {from}: is not an address; expected https://HOST/FOLDER/ or a local file or folder.");
        return address.Scheme == Uri.UriSchemeHttp || address.Scheme == Uri.UriSchemeHttps ? Remote(set, from, address)
            : address.IsFile ? Local(set, address.LocalPath)
            : throw new UserErrorException($"--from {from}: found {address.Scheme}, expected http or https, or a local file or folder.");
    }

    private static IReadOnlyList<FileSource> Remote(KnownDataSet set, string from, Uri address)
    {
        string last = Uri.UnescapeDataString(address.Segments[^1]);
        if (last.EndsWith('/') || set.Files.Count > 1 && set.Files.Any(file => file.Name == last))
            return [.. set.Files.Select(file => new AddressSource(new Uri(address, file.Name)))];
        return set.Files.Count == 1 ? [new AddressSource(address)]
            : throw new UserErrorException($"--from {from}: '{last}' is not a file of {set.Name}; "
                + $"expected the address of a folder, which ends in /, with {Names(set.Files)}.");
    }

    private static IReadOnlyList<FileSource> Local(KnownDataSet set, string from)
    {
        if (File.Exists(from))
        {
            if (set.Files.Count == 1)
                return [new LocalSource(from)];
            if (set.Files.All(file => file.Name != Path.GetFileName(from)))
                throw new UserErrorException($"--from {from}: is not a file of {set.Name}; expected a folder with {Names(set.Files)}.");
            from = Path.GetDirectoryName(Path.GetFullPath(from))!;
        }
        if (!Directory.Exists(from))
            throw new UserErrorException($"--from {from}: no such file or folder; expected one, or an address with http:// or https://.");
        var found = set.Files.Select(file => new[] { file.In(from), Path.Combine(from, file.Name) }.FirstOrDefault(File.Exists)).ToList();
        var missing = set.Files.Where((_, i) => found[i] is null).ToList();
        return missing.Count == 0 ? [.. found.Select(path => new LocalSource(path!))]
            : throw new UserErrorException($"--from {from}: lacks {Names(missing)}, expected all of {set.Name}; name another place.");
    }

    private static string Names(IEnumerable<KnownFile> files) => string.Join(", ", files.Select(file => file.Name));
}

/// <summary>A file at an address.</summary>
internal sealed record AddressSource(Uri Address) : FileSource;

/// <summary>A local file.</summary>
internal sealed record LocalSource(string Path) : FileSource;
