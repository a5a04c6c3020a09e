using System.Diagnostics;
using Pupil.Inference;

namespace Pupil.Tests.Documentation;

/// <summary>The programs of the documentation are those of the samples, which are compiled and run.</summary>
public sealed class SampleTests
{
    private static string Repository => RealData.RepositoryFolder ?? throw new InvalidOperationException("There is no repository here.");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("docs/csharp.md", "FromCSharp")]
    [InlineData("docs/csharp.md", "Classify")]
    [InlineData("src/Pupil/README.md", "FromCSharp")]
    [InlineData("src/Pupil.Inference/README.md", "Classify")]
    public void The_page_shows_the_sample(string page, string name)
    {
        Assert.SkipWhen(RealData.RepositoryFolder is null, "The documentation is not here.");
        string program = File.ReadAllText(Path.Combine(Repository, "samples", name, "Program.cs")).ReplaceLineEndings("\n");
        Assert.Contains($"```csharp\n{program}```\n", File.ReadAllText(Path.Combine(Repository, page)).ReplaceLineEndings("\n"));
    }

    [Fact]
    public async Task The_sample_trains_exports_and_reports()
    {
        Assert.SkipWhen(RealData.RepositoryFolder is null, "The sample is not here.");
        using var folder = new TemporaryFolder();
        string sample = Path.Combine(Repository, "samples", "FromCSharp", "bin", "Release", "net10.0", "FromCSharp.dll");
        using var program = Process.Start(new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet",
        [
            sample, folder["run"], "data.source={\"name\":\"shapes\",\"size\":16,\"train\":60,\"test\":20}", "data.heldOut=20",
            "training.epochs=1", "expert.training.epochs=1", "expert.network=wrn-10-1", "method.scratchTeacher=wrn-10-1",
        ])
        { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = program.StandardError.ReadToEndAsync(Stop);
        string output = await program.StandardOutput.ReadToEndAsync(Stop);
        await program.WaitForExitAsync(Stop);
        Assert.Equal((0, ""), (program.ExitCode, await errors));
        Assert.Contains("student: ", output);
        using var classifier = new PictureClassifier(folder["run/student.onnx"]);
        Assert.Equal(10, classifier.Card.Classes.Count);
        Assert.True(File.Exists(folder["run/report.html"]));
    }
}
