using Pupil.Core;
using Pupil.Interop.Students;
using Pupil.Networks;
using Pupil.Networks.Families;

namespace Pupil.Tests.Cli;

/// <summary><c>pupil import</c>, as a process of its own.</summary>
public sealed class ImportCommandTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Weights_become_a_file_that_a_recipe_takes_as_expert()
    {
        using var folder = new TemporaryFolder();
        using (var network = NetworkCatalogue.Build(new NetworkSpec { Architecture = "resnet-8" }, new ImageShape(3, 20, 20), 10))
        {
            var names = NetworkCatalogue.PyTorchNamesOf(network.Spec);
            var weights = network.State().ToDictionary(entry => names.ToPyTorch(entry.Key), entry => entry.Value);
            SafeTensors.Write(folder["theirs.safetensors"], weights);
        }

        var (code, output, errors) =
            await Import(folder, "--normalization", "0.5,0.5,0.5/0.25,0.25,0.25", "--out", folder["expert.safetensors"]);
        Assert.Equal(0, code);
        Assert.Contains("resnet-8: 75 k parameters", output);
        Assert.Contains("shapes/test, 200 images: top-1", output);
        Assert.Contains("near chance", errors);
        var card = StudentFile.ReadCard(folder["expert.safetensors"]);
        Assert.Equal(("resnet-8", 10, 0.25), (card.Network.Architecture, card.Classes.Count, card.Normalization.Deviation[0]));

        var described = await PupilProcess.Run(["describe", "smoke", "--set", $"expert.file={folder["expert.safetensors"]}"], [], Stop);
        Assert.Equal(0, described.ExitCode);
        Assert.Contains("expert: resnet-8", described.Output);
    }

    [Theory]
    [InlineData("holds no weights of resnet-14", "--network", "resnet-14")]
    [InlineData("expected 'imagenet'", "--normalization", "imagenet2")]
    [InlineData("has no entry 'model'", "--key", "model")]
    [InlineData("would be overwritten", "--out", "theirs.safetensors")]
    public async Task Wrong_arguments_are_refused_and_nothing_is_written(string said, params string[] arguments)
    {
        using var folder = new TemporaryFolder();
        using (var network = NetworkCatalogue.Build(new NetworkSpec { Architecture = "resnet-8" }, new ImageShape(3, 20, 20), 10))
            SafeTensors.Write(folder["theirs.safetensors"], network.State().ToDictionary());
        string[] given = [.. arguments.Select(argument => argument == "theirs.safetensors" ? folder[argument] : argument)];
        var (code, _, errors) = await Import(folder, given);
        Assert.Equal(2, code);
        Assert.Contains(said, errors);
        Assert.Single(Directory.GetFiles(folder.FullPath));
    }

    private static Task<(int ExitCode, string Output, string Errors)> Import(TemporaryFolder folder, params string[] arguments) =>
        PupilProcess.Run(
        ["import", folder["theirs.safetensors"], "--recipe", "smoke", "--set", "data.source.train=500", "--set", "data.source.test=200",
            "--set", "data.heldOut=0", .. arguments], [], Stop);
}
