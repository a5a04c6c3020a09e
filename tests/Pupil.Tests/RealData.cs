using System.Diagnostics;
using System.Text;

namespace Pupil.Tests;

/// <summary>
/// Real image sets for the tests that need them. They are not part of the repository: a test that finds none is skipped with a message
/// on where to get them.
/// </summary>
internal static class RealData
{
    private const string TinyImageNetName = "tiny-imagenet-200.zip";

    private static readonly BinarySet Cifar10Set = new("cifar-10-batches-bin",
        ["data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin", "data_batch_5.bin", "test_batch.bin"],
        (_, bytes) => bytes == 10_000 * (1 + 3 * 32 * 32));

    // Copies with fewer training images also exist.
    private static readonly BinarySet Cifar100Set = new("cifar-100-binary", ["train.bin", "test.bin"],
        (file, bytes) => bytes % 3074 == 0 && bytes / 3074 is var records
            && (file == "test.bin" ? records == 10_000 : records is >= 10_000 and <= 50_000));

    private static readonly Lazy<string?> Cifar10Folder = new(() => Find(Cifar10Set)), Cifar100Folder = new(() => Find(Cifar100Set));
    private static readonly Lazy<string?> TinyImageNetZip = new(() => FindFile(TinyImageNetName));

    /// <summary>The folder of the solution, or null if the tests run outside of it.</summary>
    public static string? RepositoryFolder { get; } = FindRepository();

    /// <summary>
    /// The folder with the six files of CIFAR-10's binary layout, <c>data_batch_1.bin</c> to <c>data_batch_5.bin</c> and
    /// <c>test_batch.bin</c>. Skips the calling test if there is none.
    /// </summary>
    public static string Cifar10()
    {
        if (Cifar10Folder.Value is null)
            Assert.Skip($"CIFAR-10 is missing: no {Cifar10Set.Name}/ with six files of 30,730,000 bytes in the folder PUPIL_DATA "
                + "or in data/. Get cifar-10-binary.tar.gz from https://www.cs.toronto.edu/~kriz/cifar.html and unpack it into data/.");
        return Cifar10Folder.Value;
    }

    /// <summary>
    /// The folder with <c>train.bin</c> (perhaps with fewer records than published) and <c>test.bin</c> of CIFAR-100's binary layout. Skips
    /// the calling test if there is none.
    /// </summary>
    public static string Cifar100()
    {
        if (Cifar100Folder.Value is null)
            Assert.Skip($"CIFAR-100 is missing: no {Cifar100Set.Name}/ with train.bin and test.bin in the folder PUPIL_DATA or in data/. "
                + "Get cifar-100-binary.tar.gz from https://www.cs.toronto.edu/~kriz/cifar.html and unpack it into data/.");
        return Cifar100Folder.Value;
    }

    /// <summary>
    /// <c>tiny-imagenet-200.zip</c>, perhaps with fewer pictures than published. Skips the calling test if there is none.
    /// </summary>
    public static string TinyImageNet()
    {
        if (TinyImageNetZip.Value is null)
            Assert.Skip($"Tiny ImageNet is missing: no {TinyImageNetName} in the folder PUPIL_DATA or in data/. "
                + "Get it from http://cs231n.stanford.edu/tiny-imagenet-200.zip.");
        return TinyImageNetZip.Value;
    }

    /// <summary>
    /// A file of akamaster's pre-trained CIFAR-10 ResNets, for example <c>resnet20-12fca82f.th</c>. Skips the calling test if there is
    /// none.
    /// </summary>
    public static string PretrainedResNet(string file)
    {
        string? found = FindFile(Path.Combine("pytorch-cifar10-resnets", file));
        Assert.SkipWhen(found is null,
            $"{file} is missing: no pytorch-cifar10-resnets/ with it in the folder PUPIL_DATA or in data/. Get it from "
            + "https://github.com/akamaster/pytorch_resnet_cifar10/tree/master/pretrained_models.");
        return found!;
    }

    private static string? Find(BinarySet set)
    {
        string? asked = Environment.GetEnvironmentVariable("PUPIL_DATA");
        if (!string.IsNullOrEmpty(asked) && set.IsIn(Path.Combine(asked, set.Name))) return Path.Combine(asked, set.Name);
        if (RepositoryFolder is null) return null;
        string own = Path.Combine(RepositoryFolder, "data", set.Name);
        if (set.IsIn(own)) return own;
        if (SharedFolders(RepositoryFolder).FirstOrDefault(set.IsPackedIn) is not { } packed) return null;
        Unpack(set, packed, own);
        return own;
    }

    private static string? FindFile(string name)
    {
        string? asked = Environment.GetEnvironmentVariable("PUPIL_DATA");
        IEnumerable<string> folders = string.IsNullOrEmpty(asked) ? [] : [asked];
        if (RepositoryFolder is not null) folders = [.. folders, Path.Combine(RepositoryFolder, "data"),
            .. SharedFolders(RepositoryFolder)];
        return folders.Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
    }

    /// <summary>
    /// The folders <c>shared/data</c> in, beside or above the repository, which may hold packed copies and their unpacker.
    /// </summary>
    private static IEnumerable<string> SharedFolders(string repository) =>
        new[] { ".", "..", "../.." }.Select(up => Path.GetFullPath(Path.Combine(repository, up, "shared", "data")));

    /// <summary>Unpacks once, for several processes: the holder of the lock unpacks, the others wait and find the files.</summary>
    private static void Unpack(BinarySet set, string packed, string own)
    {
        string data = Path.GetDirectoryName(own)!;
        Directory.CreateDirectory(data);
        using FileStream turn = WaitForTurn(Path.Combine(data, ".unpacking.lock"));
        if (set.IsIn(own)) return;
        string partial = Path.Combine(data, ".unpacking");
        if (Directory.Exists(partial)) Directory.Delete(partial, recursive: true); // of a killed process
        try
        {
            RunUnpacker(packed, partial, set.Name);
            string unpacked = Path.Combine(partial, set.Name);
            if (!set.IsIn(unpacked)) throw new InvalidDataException($"The packed copies in {packed} do not unpack to whole files.");
            foreach (string names in Directory.EnumerateFiles(Path.Combine(packed, set.Name), "*.txt"))
                File.WriteAllText(Path.Combine(unpacked, Path.GetFileName(names)), File.ReadAllText(names));
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

    private static void RunUnpacker(string packed, string target, string name)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            ArgumentList = { "run", "pixels.cs", "--", "unpack", target, name },
            WorkingDirectory = packed,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // Servers that keep running would keep the pipes open, and this test run would not end.
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

    /// <summary>A set of binary files in a folder.</summary>
    /// <param name="Name">The folder's name.</param>
    /// <param name="Files">Its files.</param>
    /// <param name="IsWhole">Whether a file of this name and number of bytes is complete.</param>
    private sealed record BinarySet(string Name, string[] Files, Func<string, long, bool> IsWhole)
    {
        public bool IsIn(string folder) =>
            Files.All(name => new FileInfo(Path.Combine(folder, name)) is { Exists: true } file && IsWhole(name, file.Length));

        public bool IsPackedIn(string folder) => File.Exists(Path.Combine(folder, "pixels.cs"))
            && Files.All(name => File.Exists(Path.Combine(folder, Name, name + ".px.br")));
    }
}
