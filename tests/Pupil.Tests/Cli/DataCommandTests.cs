using System.Text.Json;
using Pupil.Images.Formats.Packed;
using Pupil.Tests.Images.Formats.Pictures;
using SkiaSharp;

namespace Pupil.Tests.Cli;

/// <summary>Tests of <c>pupil data info</c>, <c>preview</c>, <c>convert</c>, and of training on a folder of pictures.</summary>
public sealed class DataCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("data --help", "preview")]
    [InlineData("data info --help", "--json")]
    [InlineData("data preview --help", "--versions")]
    [InlineData("data convert --help", "--out")]
    public Task Every_command_has_help(string arguments, string part) => PupilProcess.AssertExplains(arguments, part, Stop);

    [Theory]
    [InlineData("data info", "Give a path")]
    [InlineData("data info no/such/place", "no such file or folder")]
    [InlineData("data info shapes --skip-broken", "holds no picture files")]
    [InlineData("data preview shapes --part validation", "has only train and test")]
    [InlineData("data preview shapes --out sheet.jpg", "ends in .png")]
    [InlineData("data preview shapes --images 0", "from 1 to 2000")]
    [InlineData("data preview shapes --versions many", "found 'many', expected a whole number from 0 to 20")]
    [InlineData("data convert shapes --out images.bin", "ends in .safetensors")]
    [InlineData("data convert shapes", "--out")]
    [InlineData("data convert shapes --out images --shards 0", "the size of a shard in MB, 1…100000")]
    [InlineData("data convert shapes --out images", "or --shards for a folder")]
    [InlineData("distill --data no/such/place", "no such file or folder")]
    public Task User_errors_are_one_line_with_exit_code_2(string arguments, string part) =>
        PupilProcess.AssertRefuses(arguments, part, Stop);

    [Fact(Explicit = true)]
    public async Task A_folder_with_a_broken_picture_is_inspected_shown_packed_and_trained_on()
    {
        string pictures = Pictures();
        var info = await Run("data", "info", pictures);
        Assert.Contains("Broken and left out: 1", info);
        Assert.Contains("cats/broken.png: is cut off", info);
        var json = JsonDocument.Parse(await Run("data", "info", pictures, "--json")).RootElement;
        Assert.Equal(1, json.GetProperty("leftOutCount").GetInt32());
        Assert.Equal(["cats", "dogs"], json.GetProperty("classes").EnumerateArray().Select(name => name.GetString()));

        await Run("data", "preview", pictures, "--skip-broken", "--out", _folder["sheet.png"], "--images", "4");
        using (var sheet = SKBitmap.Decode(_folder["sheet.png"]))
            Assert.True(sheet.Width > 300 && sheet.Height > 200);

        var refused = await PupilProcess.Run(["data", "convert", pictures, "--out", _folder["packed.safetensors"]], Settings, Stop);
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("--skip-broken", refused.Errors);
        Assert.False(File.Exists(_folder["packed.safetensors"]));
        await Run("data", "convert", pictures, "--skip-broken", "--out", _folder["packed.safetensors"], "--set", "data.source.size=16");
        var packed = new PackedSource { Path = _folder["packed.safetensors"] }.Load();
        Assert.Equal((16, 1), (packed.Train.Height, packed.LeftOutCount));
        await Run("data", "convert", pictures, "--skip-broken", "--out", _folder["shards"], "--shards", "--set", "data.source.size=16");
        Assert.Equal(packed.Train.Fingerprint, new PackedSource { Path = _folder["shards"] }.Load().Train.Fingerprint);
        Assert.Contains("16×16", await Run("data", "info", _folder["shards"]));

        string[] tiny = ["--set", "training.epochs=1", "--set", "expert.training.epochs=1", "--set", "data.input.size=16",
            "--set", "expert.network=wrn-10-1",
            "--set", "method.scratchTeacher=wrn-10-1", "--set", "training.batchSize=4", "--experts", _folder["experts"], "--threads", "1"];
        string[] distill = ["distill", "--data", pictures, .. tiny];
        var stopped = await PupilProcess.Run([.. distill, "--out", _folder["run"]], Settings, Stop);
        Assert.Equal(2, stopped.ExitCode);
        Assert.Contains("cats/broken.png", stopped.Errors);
        string trained = await Run([.. distill, "--skip-broken", "--out", _folder["run2"]]);
        Assert.Contains(" Left out as broken: 1 (cats/broken.png", trained);
        Assert.DoesNotContain("\\u000a", trained);
        Assert.Contains("network input 16×16", trained);
        Assert.Contains("\"leftOut\": 1", await File.ReadAllTextAsync(_folder["run2/run.json"], Stop));
        string student = _folder["run2/students/student.safetensors"];
        Assert.Contains("top-1", await Run("evaluate", student));
        Assert.Contains("top-1", await Run("evaluate", student, "--data", _folder["packed.safetensors"]));
        Directory.Move(_folder["pictures/dogs"], _folder["pictures/emus"]);
        var others = await PupilProcess.Run(["evaluate", student, "--data", pictures, "--skip-broken"], Settings, Stop);
        Assert.Equal(2, others.ExitCode);
        Assert.Contains("has images of the class 'emus', which the network does not know", others.Errors);
    }

    public void Dispose() => _folder.Dispose();

    private Dictionary<string, string> Settings => new() { ["PUPIL_CACHE"] = _folder["cache"] };

    private async Task<string> Run(params string[] arguments)
    {
        var (code, output, errors) = await PupilProcess.Run(arguments, Settings, Stop);
        Assert.True(code == 0, errors + output);
        return output;
    }

    private string Pictures()
    {
        foreach (string name in new[] { "cats", "dogs" })
        {
            Directory.CreateDirectory(_folder[$"pictures/{name}"]);
            for (int i = 0; i < 8; i++)
                File.WriteAllBytes(_folder[$"pictures/{name}/{i}.bmp"],
                    TinyPictures.Bmp(name.Length * 10 + i + (name == "cats" ? 100 : 0), 24, 20));
        }
        using var bitmap = new SKBitmap(40, 40);
        using var png = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        File.WriteAllBytes(_folder["pictures/cats/broken.png"], png.ToArray()[..^40]);
        return _folder["pictures"];
    }
}
