using System.Diagnostics;
using System.Text;

namespace Pupil.Tests;

/// <summary>
/// Real image sets for the tests that need them. They are never part of the repository: a test that finds none is skipped
/// and says how to get them.
/// </summary>
internal static class RealData
{
    private const string Cifar10Name = "cifar-10-batches-bin";
    private const long Cifar10FileBytes = 10_000 * (1 + 3 * 32 * 32);

    private static readonly string[] Cifar10Files =
        ["data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin", "data_batch_5.bin", "test_batch.bin"];

    private static readonly Lazy<string?> Cifar10Folder = new(FindCifar10);

    /// <summary>The folder of the solution, or null where the tests run outside of it.</summary>
    public static string? RepositoryFolder { get; } = FindRepository();

    /// <summary>
    /// The folder that holds the six files of CIFAR-10's binary layout, <c>data_batch_1.bin</c> to <c>data_batch_5.bin</c> and
    /// <c>test_batch.bin</c>. Skips the calling test where there is none.
    /// </summary>
    public static string Cifar10()
    {
        if (Cifar10Folder.Value is null)
            Assert.Skip($"CIFAR-10 is missing: no {Cifar10Name}/ with six files of {Cifar10FileBytes} bytes in the folder PUPIL_DATA "
                + "or in data/. Get cifar-10-binary.tar.gz from https://www.cs.toronto.edu/~kriz/cifar.html and unpack it into data/.");
        return Cifar10Folder.Value;
    }

    private static string? FindCifar10()
    {
        string? asked = Environment.GetEnvironmentVariable("PUPIL_DATA");
        if (!string.IsNullOrEmpty(asked) && IsWhole(Path.Combine(asked, Cifar10Name))) return Path.Combine(asked, Cifar10Name);
        if (RepositoryFolder is null) return null;
        string own = Path.Combine(RepositoryFolder, "data", Cifar10Name);
        if (IsWhole(own)) return own;
        if (PackedCopies(RepositoryFolder) is not string packed) return null;
        Unpack(packed, own);
        return own;
    }

    private static bool IsWhole(string folder) =>
        Cifar10Files.All(name => new FileInfo(Path.Combine(folder, name)) is { Exists: true, Length: Cifar10FileBytes });

    /// <summary>A folder <c>shared/data</c> in, beside or above the repository, with packed copies and their unpacker.</summary>
    private static string? PackedCopies(string repository) =>
        new[] { ".", "..", "../.." }
            .Select(up => Path.GetFullPath(Path.Combine(repository, up, "shared", "data")))
            .FirstOrDefault(folder => File.Exists(Path.Combine(folder, "pixels.cs"))
                && Cifar10Files.All(name => File.Exists(Path.Combine(folder, Cifar10Name, name + ".px.br"))));

    /// <summary>Unpacks once, however many processes ask: whoever holds the lock unpacks, the others wait and find the files.</summary>
    private static void Unpack(string packed, string own)
    {
        string data = Path.GetDirectoryName(own)!;
        Directory.CreateDirectory(data);
        using FileStream turn = WaitForTurn(Path.Combine(data, ".unpacking.lock"));
        if (IsWhole(own)) return;
        string partial = Path.Combine(data, ".unpacking");
        if (Directory.Exists(partial)) Directory.Delete(partial, recursive: true); // of a killed process
        try
        {
            RunUnpacker(packed, partial);
            string unpacked = Path.Combine(partial, Cifar10Name);
            if (!IsWhole(unpacked)) throw new InvalidDataException($"The packed copies in {packed} do not unpack to whole files.");
            string names = Path.Combine(packed, Cifar10Name, "batches.meta.txt");
            if (File.Exists(names)) File.WriteAllText(Path.Combine(unpacked, "batches.meta.txt"), File.ReadAllText(names));
            Directory.CreateDirectory(own);
            foreach (string file in Directory.EnumerateFiles(unpacked))
                File.Move(file, Path.Combine(own, Path.GetFileName(file)), overwrite: true);
        }
        finally
        {
            if (Directory.Exists(partial)) Directory.Delete(partial, recursive: true);
        }
    }

    private static FileStream WaitForTurn(string file)
    {
        var patience = Stopwatch.StartNew();
        while (true)
        {
            try { return new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None); }
            catch (IOException) when (patience.Elapsed < TimeSpan.FromMinutes(10)) { Thread.Sleep(100); }
        }
    }

    private static void RunUnpacker(string packed, string target)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            ArgumentList = { "run", "pixels.cs", "--", "unpack", target, Cifar10Name },
            WorkingDirectory = packed,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // Servers that stay behind would keep the pipes open, and with them whoever waits for the end of this test run.
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["DOTNET_CLI_USE_MSBUILD_SERVER"] = "0";
        start.Environment["UseSharedCompilation"] = "false";
        var output = new StringBuilder();
        void Keep(object sender, DataReceivedEventArgs line)
        {
            lock (output) output.AppendLine(line.Data);
        }

        using Process process = Process.Start(start)!;
        process.OutputDataReceived += Keep;
        process.ErrorDataReceived += Keep;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        bool ended = process.WaitForExit(TimeSpan.FromMinutes(5));
        if (!ended) process.Kill(entireProcessTree: true);
        if (!ended || process.ExitCode != 0)
            lock (output) throw new InvalidOperationException($"Unpacking the copies in {packed} failed:\n{output}");
    }

    private static string? FindRepository()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Pupil.slnx"))) return folder.FullName;
        return null;
    }
}
