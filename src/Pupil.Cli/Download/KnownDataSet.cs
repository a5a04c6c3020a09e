namespace Pupil.Cli.Download;

/// <summary>A data set that can be downloaded by its name.</summary>
internal sealed record KnownDataSet
{
    /// <summary>The name, such as <c>cifar10</c>.</summary>
    public required string Name { get; init; }

    /// <summary>A short description.</summary>
    public required string About { get; init; }

    /// <summary>The authors' web page of the set.</summary>
    public required Uri Page { get; init; }

    /// <summary>The licence, if one is stated, and the citation that the authors ask for.</summary>
    public required string Terms { get; init; }

    /// <summary>The files, at least one.</summary>
    public required IReadOnlyList<KnownFile> Files { get; init; }

    /// <summary>The total size of all files in bytes, or null if one size is unknown.</summary>
    public long? Bytes => Files.Aggregate((long?)0, (sum, file) => sum + file.Bytes);
}

/// <summary>A file of a data set, kept as published: archives are not unpacked.</summary>
internal sealed record KnownFile
{
    /// <summary>The path in the folder of all data, with <c>/</c>: <c>svhn/train_32x32.mat</c>.</summary>
    public required string Path { get; init; }

    /// <summary>The published address.</summary>
    public required Uri Address { get; init; }

    /// <summary>The published checksum.</summary>
    public required Checksum Checksum { get; init; }

    /// <summary>The size in bytes, or null if it is unknown.</summary>
    public long? Bytes { get; init; }

    /// <summary>The file's name without a folder.</summary>
    public string Name => Path[(Path.LastIndexOf('/') + 1)..];

    /// <summary>Returns the local path of the file.</summary>
    /// <param name="folder">The folder of all data.</param>
    public string In(string folder) => System.IO.Path.Combine([folder, .. Path.Split('/')]);
}
