using Pupil.Experiments.Exhibits;
using Pupil.Experiments.Recipes;
using Pupil.Images.Loading;
using Pupil.Interop.Students;
using Pupil.Tests.Experiments.Runs;
using static TorchSharp.torch;

namespace Pupil.Tests.Experiments.Exhibits;

/// <summary>Tests of a finished run's exhibit against its own files.</summary>
public sealed class ExhibitTests(FinishedRun finished)
{
    private readonly Exhibit _exhibit = Exhibit.Read(finished.Folder.ExhibitFile);
    private readonly PreparedData _data = TinyRecipe.Ctkd.Data.Prepare(TinyRecipe.Ctkd.Data.Source.Load());

    [Fact]
    public void Predictions_give_the_recorded_accuracy()
    {
        var summary = finished.Folder.ReadSummary()!;
        Assert.Equal(["student", "scratch-teacher", "expert"], _exhibit.Answers.Keys);
        foreach (var result in summary.Networks)
            Assert.Equal(result.Last.Test.Top1, Right(result.Network.Name), 12);
        Assert.Equal(summary.Expert!.Test!.Top1, Right("expert"), 12);
        Assert.Equal(_data.Test.Set.Labels, _exhibit.Labels);
        Assert.All(_exhibit.Answers.Values.SelectMany(answers => answers.Probabilities),
            probability => Assert.InRange(probability, 0.0999f, 1.0001f)); // the largest of ten shares, up to rounding

        double Right(string name) => _exhibit.Answers[name].Classes.Zip(_exhibit.Labels).Average(pair => pair.First == pair.Second ? 1 : 0);
    }

    [Fact]
    public void Pictures_are_the_images_that_the_networks_received()
    {
        Assert.Equal((16, 16, 3), (_exhibit.Height, _exhibit.Width, _exhibit.Channels));
        foreach (var picture in _exhibit.Pictures)
        {
            Assert.Equal(_data.Test.Set.Image(picture.Index).ToArray(), picture.Pixels);
            Assert.Equal(_data.Test.Set.Boxes![picture.Index], picture.Box);
            Assert.Equal(_data.Test.Set.Labels[picture.Index], picture.Label);
        }
        Assert.Equal(_exhibit.Pictures.Count, _exhibit.Pictures.Select(picture => picture.Index).Distinct().Count());
        Assert.Equal(8, _exhibit.Pictures.Take(8).Select(picture => picture.Label).Distinct().Count());
    }

    [Fact]
    public void Mistakes_are_the_most_confident_first()
    {
        var answers = _exhibit.Answers["student"];
        var expected = Enumerable.Range(0, _exhibit.Labels.Length).Where(i => answers.Classes[i] != _exhibit.Labels[i])
            .OrderByDescending(i => answers.Probabilities[i]).Take(5);
        Assert.Equal(expected, _exhibit.Mistakes("student").Take(5).Select(picture => picture.Index));
    }

    [Fact]
    public void Disagreements_are_counted_and_their_pictures_kept()
    {
        var (labels, student, expert) = (_exhibit.Labels, _exhibit.Answers["student"], _exhibit.Answers["expert"]);
        int same = 0, gains = 0, losses = 0;
        for (int i = 0; i < labels.Length; i++)
        {
            same += student.Classes[i] == expert.Classes[i] ? 1 : 0;
            gains += student.Classes[i] == labels[i] && expert.Classes[i] != labels[i] ? 1 : 0;
            losses += student.Classes[i] != labels[i] && expert.Classes[i] == labels[i] ? 1 : 0;
        }
        Assert.Equal(new Agreement(labels.Length, same, gains, losses), Agreement.Of(labels, student, expert));
        Assert.Equal(new Agreement(labels.Length, labels.Length, 0, 0), Agreement.Of(labels, expert, expert));
        foreach (var (right, wrong, count) in new[] { ("student", "expert", gains), ("expert", "student", losses) })
        {
            var kept = _exhibit.Gained(right, wrong).ToList();
            Assert.InRange(kept.Count, Math.Min(8, count), count);
            Assert.All(kept, picture => Assert.Equal(picture.Label, _exhibit.Answers[right].Classes[picture.Index]));
            Assert.All(kept, picture => Assert.NotEqual(picture.Label, _exhibit.Answers[wrong].Classes[picture.Index]));
            double[] sure = [.. kept.Select(picture => (double)student.Probabilities[picture.Index] + expert.Probabilities[picture.Index])];
            Assert.Equal(sure.OrderDescending(), sure);
        }
    }

    [Fact]
    public void Attention_maps_are_those_of_the_last_weights()
    {
        var (network, card) = StudentFile.Read(finished.Folder.LastStudentFile("student"), CPU);
        using var both = network;
        using var inference = inference_mode();
        var images = _data.Test with { Indices = [.. _exhibit.Pictures.Take(8).Select(picture => picture.Index)] };
        using var batch = Batches.ForEvaluation(images, 8, card.Normalization, CPU).Get(1, 0);
        foreach (var stage in network.call(batch.Images).Stages)
        {
            var seen = _exhibit.Attention["student"][stage.Name];
            Assert.Equal((stage.Map.shape[2], stage.Map.shape[3]), (seen.Height, seen.Width));
            for (int i = 0; i < 8; i++)
            {
                double[] energy = [.. stage.Map[i].square().sum([0]).flatten().Numbers()];
                Tensors.AssertNear([.. energy.Select(value => value / energy.Sum())], [.. seen.Maps[i].Select(value => (double)value)],
                    1e-5, stage.Name);
            }
        }
        Assert.Equal(["stage1", "stage2", "stage3"], _exhibit.Attention["expert"].Keys);
    }

    [Fact]
    public void A_damaged_file_or_one_of_another_version_is_refused()
    {
        using var folder = new TemporaryFolder();
        byte[] whole = File.ReadAllBytes(finished.Folder.ExhibitFile);
        File.WriteAllBytes(folder["cut"], whole[..(whole.Length / 2)]);
        Pupil.Core.SafeTensors.Write(
            folder["future"], new Dictionary<string, Tensor>(), new Dictionary<string, string> { ["pupil.version"] = "9" });
        Pupil.Core.SafeTensors.Write(
            folder["empty"], new Dictionary<string, Tensor>(), new Dictionary<string, string> { ["pupil.version"] = "1" });

        (_exhibit with { Labels = [.. _exhibit.Labels.Select(label => label + 99)] }).Write(folder["unfit"]);
        (_exhibit with { Labels = _exhibit.Labels[..^1], Pictures = [] }).Write(folder["short"]);

        Assert.Throws<UserErrorException>(() => Exhibit.Read(folder["cut"]));
        Assert.Contains("damaged", Assert.Throws<UserErrorException>(() => Exhibit.Read(folder["unfit"])).Message);
        Assert.Contains("damaged", Assert.Throws<UserErrorException>(() => Exhibit.Read(folder["short"])).Message);
        Assert.Contains("version '9'", Assert.Throws<UserErrorException>(() => Exhibit.Read(folder["future"])).Message);
        Assert.Contains("damaged", Assert.Throws<UserErrorException>(() => Exhibit.Read(folder["empty"])).Message);
    }
}
