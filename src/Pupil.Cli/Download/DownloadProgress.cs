namespace Pupil.Cli.Download;

/// <summary>An event of the download or copy of a file.</summary>
/// <param name="File">The file's name.</param>
internal abstract record DownloadProgress(string File);

/// <summary>The file exists already with the right checksum and is kept.</summary>
/// <param name="File">The file's name.</param>
/// <param name="Path">The file's path.</param>
internal sealed record DownloadKept(string File, string Path) : DownloadProgress(File);

/// <summary>The transfer begins.</summary>
/// <param name="File">The file's name.</param>
/// <param name="Source">The address, or the path of a local file.</param>
/// <param name="From">The bytes present from an earlier attempt; 0 for a start from the beginning.</param>
/// <param name="Bytes">The file's size in bytes, or null if it is unknown.</param>
internal sealed record DownloadStarted(string File, string Source, long From, long? Bytes) : DownloadProgress(File);

/// <summary>More bytes have arrived.</summary>
/// <param name="File">The file's name.</param>
/// <param name="Done">The bytes present, those of earlier attempts included.</param>
/// <param name="Bytes">The file's size in bytes, or null if it is unknown.</param>
internal sealed record DownloadAdvanced(string File, long Done, long? Bytes) : DownloadProgress(File);

/// <summary>The bytes of an earlier attempt are useless: the download starts from the beginning.</summary>
/// <param name="File">The file's name.</param>
/// <param name="Reason">The reason, as a part of a sentence.</param>
internal sealed record DownloadStartedOver(string File, string Reason) : DownloadProgress(File);

/// <summary>The download broke off and will be retried.</summary>
/// <param name="File">The file's name.</param>
/// <param name="Reason">The reason, as a part of a sentence.</param>
/// <param name="Wait">The wait before the retry.</param>
/// <param name="Retry">The number of the retry, from 1.</param>
/// <param name="Retries">The largest number of retries.</param>
internal sealed record DownloadRetrying(string File, string Reason, TimeSpan Wait, int Retry, int Retries) : DownloadProgress(File);

/// <summary>The file is complete, checked, and at its path.</summary>
/// <param name="File">The file's name.</param>
/// <param name="Path">The file's path.</param>
/// <param name="Bytes">The file's size in bytes.</param>
internal sealed record DownloadFinished(string File, string Path, long Bytes) : DownloadProgress(File);
