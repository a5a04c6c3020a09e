using Pupil.Core;
using Pupil.Experiments.Recipes;
using Pupil.Images;
using Pupil.Images.Loading;
using Pupil.Networks;
using Pupil.Training;
using static TorchSharp.torch;

namespace Pupil.Experiments.Exhibits;

/// <summary>Computes the predictions and attention maps of an <see cref="Exhibit"/>.</summary>
/// <param name="data">The images of the run.</param>
/// <param name="device">The device to compute on.</param>
internal sealed class ExhibitMaker(PreparedData data, Device device)
{
    // Pictures with attention maps, each of another class if there are as many; and mistakes and disagreements kept per student.
    private const int AttentionPictures = 8, MistakesEach = 12, DisagreementsEach = 8;

    private readonly Combinations _combinations = new(data.Test.Set);

    /// <summary>Computes an exhibit.</summary>
    /// <param name="networks">All networks to show.</param>
    /// <param name="students">The names of the networks whose mistakes are kept.</param>
    /// <param name="experts">The names of the networks whose disagreements with the students are kept.</param>
    public Exhibit Make(
        IReadOnlyList<ShownNetwork> networks, IReadOnlyCollection<string> students, IReadOnlyCollection<string> experts)
    {
        using var inference = inference_mode();
        int[] labels = [.. data.Test.Indices.Select(index => _combinations.NumberOf(data.Test.Set.LabelsOf(index)))];
        var answers = PredictAll([.. networks.Where(network => network.HasLogits)]);
        int[] attended = Attended(labels);
        var disagreed = from student in students
                        from expert in experts.Where(answers.ContainsKey)
                        from place in Disagreements(labels, answers[student], answers[expert])
                        select place;
        int[] others =
            [.. students.SelectMany(name => Mistakes(labels, answers[name])).Concat(disagreed).Except(attended).Distinct().Order()];
        var attention = new Dictionary<string, IReadOnlyDictionary<string, StageAttention>>();
        var pictures = new List<ExhibitPicture>();
        using (var scope = NewDisposeScope())
        {
            using var batch = BatchOf(attended);
            pictures.AddRange(Pictures(batch, attended, labels));
            foreach (var network in networks)
                attention[network.Name] = network.Forward(batch).Stages.ToDictionary(stage => stage.Name, AttentionOf);
        }
        foreach (int[] some in others.Chunk(Evaluation.BatchSize))
        {
            using var scope = NewDisposeScope();
            using var batch = BatchOf(some);
            pictures.AddRange(Pictures(batch, some, labels));
        }
        var shape = data.InputShape;
        return new Exhibit
        {
            Classes = [.. data.Test.Set.Classes],
            Combinations = _combinations.Names,
            Height = shape.Height,
            Width = shape.Width,
            Channels = shape.Channels,
            Labels = labels,
            Pictures = pictures,
            Answers = answers,
            Attention = attention,
        };
    }

    private Dictionary<string, Answers> PredictAll(IReadOnlyList<ShownNetwork> networks)
    {
        int count = data.Test.Count;
        var answers = networks.ToDictionary(network => network.Name, _ => new Answers(new int[count], new float[count]));
        var batches = data.ForEvaluation(data.Test, data.Normalization, device);
        for (int step = 0, done = 0; step < batches.Steps; step++)
        {
            using var scope = NewDisposeScope();
            using var batch = batches.Get(1, step);
            foreach (var network in networks)
            {
                var (probabilities, classes) = Predict(network.Forward(batch).Logits);
                classes.CopyTo(answers[network.Name].Classes.AsSpan(done));
                probabilities.to_type(ScalarType.Float32).cpu().data<float>().CopyTo(answers[network.Name].Probabilities.AsSpan(done));
            }
            done += batch.Count;
        }
        return answers;
    }

    private (Tensor Probabilities, int[] Classes) Predict(Tensor logits)
    {
        if (data.Test.Set.Labelling == Labelling.One)
        {
            var (probabilities, classes) = logits.softmax(1).max(1);
            return (probabilities, classes.to_type(ScalarType.Int32).cpu().data<int>().ToArray());
        }
        bool[][] present = [.. LabelSetTable.Present(logits, null).cpu().data<bool>().ToArray().Chunk((int)logits.shape[1])];
        int[] numbers = [.. present.Select(row => _combinations.NumberOf([.. Enumerable.Range(0, row.Length).Where(label => row[label])]))];
        return (logits.abs().sigmoid().prod(1), numbers);
    }

    // The first image of each of several classes, which are evenly spaced among all.
    private int[] Attended(int[] labels)
    {
        int classes = _combinations.Names?.Count ?? data.Test.Set.Classes.Count, wanted = Math.Min(AttentionPictures, labels.Length);
        var first = Enumerable.Range(0, wanted)
            .Select(i => Array.IndexOf(labels, (int)((long)i * classes / wanted)))
            .Where(place => place >= 0);
        return [.. first.Concat(Enumerable.Range(0, labels.Length)).Distinct().Take(wanted).Order()];
    }

    private static IEnumerable<int> Mistakes(int[] labels, Answers answers) => Enumerable.Range(0, labels.Length)
        .Where(place => answers.Classes[place] != labels[place])
        .OrderByDescending(place => answers.Probabilities[place])
        .Take(MistakesEach);

    private static IEnumerable<int> Disagreements(int[] labels, Answers student, Answers expert) =>
        Agreement.Gained(labels, student, expert).Take(DisagreementsEach)
            .Concat(Agreement.Gained(labels, expert, student).Take(DisagreementsEach));

    private Batch BatchOf(int[] places)
    {
        var images = data.Test with { Indices = [.. places.Select(place => data.Test.Indices[place])] };
        return Batches.ForEvaluation(images, Math.Max(1, places.Length), data.Normalization, device, data.Input).Get(1, 0);
    }

    private IEnumerable<ExhibitPicture> Pictures(Batch batch, int[] places, int[] labels)
    {
        long channels = batch.Images.shape[1];
        var mean = tensor(data.Normalization.Mean, [1, channels, 1, 1], ScalarType.Float64);
        var deviation = tensor(data.Normalization.Deviation, [1, channels, 1, 1], ScalarType.Float64);
        using TorchSharp.Scalar least = 0, most = byte.MaxValue;
        var scaled = (batch.Images.cpu().to_type(ScalarType.Float64) * deviation).Plus(mean).Times(byte.MaxValue);
        var bytes = scaled.round().clamp(least, most).to_type(ScalarType.Byte);
        byte[][] pixels = [.. bytes.permute(0, 2, 3, 1).contiguous().data<byte>().ToArray().Chunk((int)(bytes.numel() / places.Length))];
        return places.Select((place, i) => new ExhibitPicture(place, labels[place], pixels[i], batch.Boxes.ElementAtOrDefault(i)));
    }

    private static StageAttention AttentionOf(Feature stage)
    {
        using TorchSharp.Scalar least = double.Epsilon;
        var energy = AttentionFocus.Energy(stage.Map).cpu();
        var shares = (energy / energy.sum([1, 2], keepdim: true).clamp_min(least)).to_type(ScalarType.Float32);
        int height = (int)shares.shape[1], width = (int)shares.shape[2];
        return new(height, width, [.. shares.contiguous().data<float>().ToArray().Chunk(height * width)]);
    }
}
