using Pupil.Tests.Cli.Download;

namespace Pupil.Tests.Cli.Commands.Data;

/// <summary><c>pupil data get</c> in a process of its own.</summary>
public sealed class DataGetCommandTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_has_help()
    {
        var (code, output, errors) = await PupilProcess.Run(Stop, "data", "get", "--help");
        Assert.Equal((0, ""), (code, errors));
        Assert.Contains("pupil data get cifar10", output);
        Assert.Contains("--from", output);
    }

    [Fact]
    public async Task Without_a_name_it_lists_the_data_sets()
    {
        var (code, output, errors) = await PupilProcess.Run(Stop, "data", "get");
        Assert.Equal((0, ""), (code, errors));
        Assert.Matches(@"(?m)^cifar10 +170\.1 MB  60,000 colour images", output);
        Assert.Matches(@"(?m)^svhn-extra +1\.58 GB ", output);
        Assert.Contains("CC BY-SA 3.0", output);
    }

    [Theory]
    [InlineData("data get cifra10", "Did you mean 'cifar10'?")]
    [InlineData("data get cifar10 --extra", "only svhn")]
    [InlineData("data get --to elsewhere", "say which one")]
    [InlineData("data get svhn --from no/such/folder", "no/such/folder: no such file or folder")]
    public Task User_errors_are_one_line_with_exit_code_2(string arguments, string part) =>
        PupilProcess.AssertRefuses(arguments, part, Stop);

    [Fact]
    public async Task A_local_file_with_a_wrong_checksum_is_refused()
    {
        using var folder = new TemporaryFolder();
        string file = folder["train-labels-idx1-ubyte.gz"];
        foreach (string name in new[] { "train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1" })
            await File.WriteAllBytesAsync(folder[$"{name}-ubyte.gz"], new byte[9_912_422], Stop);
        var (code, output, errors) = await PupilProcess.Run(Stop, "data", "get", "mnist", "--to", folder["data"], "--from", file);
        Assert.Equal(2, code);
        Assert.Contains("expected f68b3c2dcbeaaa9fbdd348bbdeb94873", errors);
        Assert.Single(errors.Trim().Split('\n'));
        Assert.Equal(Enumerable.Range(1, 10).Select(i => $"train-images-idx3-ubyte.gz: {10 * i} %"),
            output.Split('\n').Where(line => line.EndsWith('%')));
        Assert.Empty(Directory.EnumerateFiles(folder["data"], "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task Ctrl_C_keeps_the_partial_file_and_the_same_command_resumes()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no SIGINT to send to a process.");
        using var folder = new TemporaryFolder();
        byte[] zeros = new byte[9_912_422]; // the size of the file, with other content
        using var server = new ScriptedServer(Answers.Stalling(zeros, 3_000_000), Answers.File(zeros));
        string[] command = ["data", "get", "mnist", "--to", folder["data"], "--from", server.Address.ToString()];
        string part = folder["data/mnist/train-images-idx3-ubyte.gz.part"];
        using var process = new PupilProcess(command);
        await process.WaitFor(() => File.Exists(part) && new FileInfo(part).Length == 3_000_000, Stop);
        process.Interrupt();
        var (code, output, errors) = await process.End(Stop);
        Assert.Equal((130, ""), (code, errors));
        Assert.Contains("The same command resumes.", output);
        Assert.Equal(3_000_000, new FileInfo(part).Length);

        var second = await PupilProcess.Run(Stop, command);
        Assert.Equal(2, second.ExitCode);
        Assert.Contains("resuming after 3.0 MB of 9.9 MB", second.Output);
        Assert.Contains("expected f68b3c2dcbeaaa9fbdd348bbdeb94873", second.Errors);
        Assert.Equal("bytes=3000000-", server.Requests[1]["range"]);
        Assert.Empty(Directory.EnumerateFiles(folder["data/mnist"]));
    }
}
