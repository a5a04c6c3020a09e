using System.Diagnostics;
using Pupil.Core;
using Pupil.Experiments.Recipes;
using Pupil.Experiments.Runs;
using Pupil.Images.Formats.Csv;
using Pupil.Images.Formats.Packed;
using Pupil.Images.Formats.Trees;
using Pupil.Inference;
using Pupil.Interop.Onnx;
using Pupil.Interop.PyTorch;
using Pupil.Interop.Students;
using Pupil.Settings;
using static TorchSharp.torch;

namespace Pupil.Tests.Core;

/// <summary>Tests that no reader opens a pipe, which waits for its writer, or a device, which never ends.</summary>
public sealed class RegularFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public RegularFileTests() => Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no pipes and devices among its files.");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Regular_files_and_links_to_them_are_read()
    {
        File.WriteAllText(_folder["full"], "text");
        File.WriteAllText(_folder["empty"], "");
        foreach (string name in new[] { "full", "empty" })
        {
            File.CreateSymbolicLink(_folder[$"{name}-link"], name);
            File.CreateSymbolicLink(_folder[$"{name}-link-to-link"], _folder[$"{name}-link"]);
            foreach (string place in new[] { name, $"{name}-link", $"{name}-link-to-link" })
            {
                Assert.False(RegularFile.IsOther(_folder[place]));
                Assert.Equal(File.ReadAllBytes(_folder[name]), RegularFile.ReadAllBytes(_folder[place]));
            }
        }
        Assert.False(RegularFile.IsOther(_folder["missing"]));
        File.CreateSymbolicLink(_folder["cycle"], "cycle");
        Assert.ThrowsAny<IOException>(() => RegularFile.OpenRead(_folder["cycle"]));
        Assert.False(RegularFile.IsOther(_folder.FullPath));
    }

    public static TheoryData<string> Readers => new(
        "student.safetensors", "weights.pth", "model.onnx", "classifier.onnx", "recipe.json", "set.csv", "packed.safetensors", "set.zip",
        "set.tar", "train-images-idx3-ubyte", "hash", "run/epochs.jsonl", "run/run.json");

    [Theory]
    [MemberData(nameof(Readers))]
    public void Every_reader_refuses_pipes_and_devices_at_once(string name)
    {
        Directory.CreateDirectory(_folder["run"]);
        MakePipe(name);
        AssertRefused();
        File.Delete(_folder[name]);
        File.CreateSymbolicLink(_folder[name], "/dev/zero");
        AssertRefused();

        void AssertRefused()
        {
            string message = Assert.Throws<UserErrorException>(() => Read(name, _folder[name])).Message;
            Assert.Equal($"{_folder[name]}: found a pipe or a device, expected a regular file; give a file.", message);
        }
    }

    [Fact]
    public void Pipes_and_devices_in_a_folder_of_pictures_count_as_broken_pictures()
    {
        Directory.CreateDirectory(_folder["cat"]);
        MakePipe("cat/pipe.png");
        File.CreateSymbolicLink(_folder["cat/zero.png"], "/dev/zero");
        File.CreateSymbolicLink(_folder["cat/link.png"], "pipe.png");
        using var tree = FileTree.Open(_folder.FullPath);
        var files = tree.List();
        Assert.Equal(["cat/link.png", "cat/pipe.png", "cat/zero.png"], files.Select(file => file.Name).Order(StringComparer.Ordinal));
        foreach (var file in files)
        {
            Assert.Contains("found a pipe or a device", Assert.Throws<UserErrorException>(() => file.Read()).Message);
            Assert.Contains("found a pipe or a device", Assert.Throws<UserErrorException>(file.Open).Message);
        }
    }

    private static object? Read(string name, string path) => name switch
    {
        "student.safetensors" => StudentFile.Read(path, CPU),
        "weights.pth" => PyTorchFile.ReadWeights(path),
        "model.onnx" => OnnxFile.Read(path),
        "classifier.onnx" => new PictureClassifier(path),
        "recipe.json" => SettingsReader.ReadFile<Recipe>(path),
        "set.csv" => new CsvSource { Path = path }.Load(),
        "packed.safetensors" => PackedFile.Open(path),
        "set.zip" or "set.tar" => FileTree.Open(path).List(),
        "train-images-idx3-ubyte" => DataFile.Open(path, "pictures"),
        "hash" => Hash.OfFile(path),
        "run/epochs.jsonl" => new RunFolder(Path.GetDirectoryName(path)!).ReadEpochs(),
        "run/run.json" => new RunFolder(Path.GetDirectoryName(path)!).ReadSummary(),
        _ => throw new ArgumentException(name),
    };

    private void MakePipe(string name)
    {
        using var process = Process.Start("mkfifo", _folder[name]);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }
}
