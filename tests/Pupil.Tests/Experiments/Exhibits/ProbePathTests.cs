using Pupil.Experiments.Exhibits;
using Pupil.Images;
using Pupil.Images.Loading;
using Pupil.Interop.Students;
using Pupil.Tests.Experiments.Runs;
using static TorchSharp.torch;

namespace Pupil.Tests.Experiments.Exhibits;

/// <summary>Tests of the logits that a run writes at chosen steps.</summary>
public sealed class ProbePathTests(FinishedRun finished)
{
    [Theory]
    [InlineData(9, 10)]
    [InlineData(32, 25)]
    [InlineData(100_000, 33)]
    public void Points_lie_denser_at_the_start_and_have_both_ends(long steps, int points)
    {
        var path = new ProbePath("", steps);
        long[] at = [.. Enumerable.Range(0, (int)steps + 1).Select(step => (long)step).Where(path.IsPoint)];
        Assert.Equal((0, steps, points), (at[0], at[^1], at.Length));
        long[] gaps = [.. at.Zip(at.Skip(1), (a, b) => b - a)];
        Assert.True(gaps[^1] >= 2 * gaps[0] || steps == 9, $"{gaps[0]} … {gaps[^1]}");
    }

    [Fact]
    public void The_first_point_has_the_logits_of_initial_weights_and_the_last_of_final_ones()
    {
        var data = TinyRecipe.Ctkd.Data.Prepare(TinyRecipe.Ctkd.Data.Source.Load());
        var points = ProbePath.Read(finished.Folder.PathFolder);
        var (network, card) = StudentFile.Read(finished.Folder.LastStudentFile("student"), CPU);
        using var both = network;
        using var inference = inference_mode();
        var probe = ProbePath.Probe(data.HeldOut!);
        using var batch = Batches.ForEvaluation(probe, probe.Count, card.Normalization, CPU).Get(1, 0);

        Assert.Equal(Enumerable.Range(0, 10).Select(step => (long)step), points.Select(point => point.Step));
        Assert.Equal(network.call(batch.Images).Logits.data<float>().ToArray(), points[^1].Logits["student"]);
        Assert.All(points, point => Assert.Equal(points[0].Logits["expert"], point.Logits["expert"]));
        Assert.NotEqual(points[0].Logits["student"], points[^1].Logits["student"]);
        Assert.Equal(["expert", "scratch-teacher", "student"], points[0].Logits.Keys.Order());
    }

    [Fact]
    public void A_point_without_logits_is_refused()
    {
        using var folder = new TemporaryFolder();
        Pupil.Core.SafeTensors.Write(folder["step-000000001.safetensors"], new Dictionary<string, Tensor>());
        Assert.Contains("damaged", Assert.Throws<UserErrorException>(() => ProbePath.Read(folder.FullPath)).Message);
        Pupil.Core.SafeTensors.Write(folder["step-000000001.safetensors"], new Dictionary<string, Tensor> { ["student"] = zeros(4) });
        Assert.Contains("damaged", Assert.Throws<UserErrorException>(() => ProbePath.Read(folder.FullPath)).Message);
    }

    [Fact]
    public void The_probe_has_equal_numbers_of_each_class()
    {
        int[] labels = [.. Enumerable.Range(0, 300).Select(i => i < 3 ? 2 : i % 2)];
        var set = new ImageSet("test", new byte[300 * 3], labels, ["a", "b", "c"], 1, 1, 3);
        var probe = ProbePath.Probe(ImageSubset.All(set));
        Assert.Equal(64, probe.Count);
        Assert.Equal([31, 30, 3], probe.Indices.GroupBy(i => labels[i]).OrderBy(members => members.Key).Select(members => members.Count()));
        Assert.Equal(probe.Indices.Order(), probe.Indices);
    }
}
