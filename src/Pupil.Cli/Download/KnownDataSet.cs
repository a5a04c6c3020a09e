namespace Pupil.Cli.Download;

/// <summary>A data set that can be got by its name.</summary>
public sealed record KnownDataSet
{
    /// <summary>What people call it: <c>cifar10</c>.</summary>
    public required string Name { get; init; }

    /// <summary>What it is, in a few words.</summary>
    public required string About { get; init; }

    /// <summary>Its page, by its authors.</summary>
    public required Uri Page { get; init; }

    /// <summary>Its licence, as far as one is stated, and what its authors ask to be cited.</summary>
    public required string Terms { get; init; }

    /// <summary>Its files, at least one.</summary>
    public required IReadOnlyList<KnownFile> Files { get; init; }

    /// <summary>Bytes of all files, or null if the size of one is not known.</summary>
    public long? Bytes => Files.Aggregate((long?)0, (sum, file) => sum + file.Bytes);
}

/// <summary>A file of a data set, kept as it is published: archives are not unpacked.</summary>
public sealed record KnownFile
{
    /// <summary>Where it goes, seen from the folder of all data, with <c>/</c>: <c>svhn/train_32x32.mat</c>.</summary>
    public required string Path { get; init; }

    /// <summary>Where it is published.</summary>
    public required Uri Address { get; init; }

    /// <summary>Its checksum.</summary>
    public required Checksum Checksum { get; init; }

    /// <summary>Its size in bytes, or null if it is not known.</summary>
    public long? Bytes { get; init; }

    /// <summary>Its name without a folder.</summary>
    public string Name => Path[(Path.LastIndexOf('/') + 1)..];

    /// <summary>Its place on this machine.</summary>
    /// <param name="folder">The folder of all data.</param>
    public string In(string folder) => System.IO.Path.Combine([folder, .. Path.Split('/')]);
}
