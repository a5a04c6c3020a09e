namespace Pupil.Cli.Download;

/// <summary>Something that happened while a file was got.</summary>
/// <param name="File">The file's name.</param>
public abstract record DownloadProgress(string File);

/// <summary>The file was there already, with the right checksum: nothing is done.</summary>
/// <param name="File">The file's name.</param>
/// <param name="Path">Where it lies.</param>
public sealed record DownloadKept(string File, string Path) : DownloadProgress(File);

/// <summary>Bytes begin to come.</summary>
/// <param name="File">The file's name.</param>
/// <param name="Source">The address, or the path of a local file.</param>
/// <param name="From">Bytes that are there from an earlier try; 0 for a start from the beginning.</param>
/// <param name="Bytes">The file's size, or null if it is not known.</param>
public sealed record DownloadStarted(string File, string Source, long From, long? Bytes) : DownloadProgress(File);

/// <summary>More bytes are there.</summary>
/// <param name="File">The file's name.</param>
/// <param name="Done">Bytes that are there, earlier tries included.</param>
/// <param name="Bytes">The file's size, or null if it is not known.</param>
public sealed record DownloadAdvanced(string File, long Done, long? Bytes) : DownloadProgress(File);

/// <summary>What an earlier try left is of no use: it starts from the beginning.</summary>
/// <param name="File">The file's name.</param>
/// <param name="Reason">Why.</param>
public sealed record DownloadStartedOver(string File, string Reason) : DownloadProgress(File);

/// <summary>It broke off, and will be tried again.</summary>
/// <param name="File">The file's name.</param>
/// <param name="Reason">What happened.</param>
/// <param name="Wait">How long it waits before it.</param>
/// <param name="Retry">Which retry it is, from 1.</param>
/// <param name="Retries">How many there will be at most.</param>
public sealed record DownloadRetrying(string File, string Reason, TimeSpan Wait, int Retry, int Retries) : DownloadProgress(File);

/// <summary>The file is whole, checked, and in its place.</summary>
/// <param name="File">The file's name.</param>
/// <param name="Path">Where it lies.</param>
/// <param name="Bytes">Its size.</param>
public sealed record DownloadFinished(string File, string Path, long Bytes) : DownloadProgress(File);
