using Pupil.Experiments.Recipes;
using Pupil.Images;
using Pupil.Interop.Onnx;
using Pupil.Processes;
using TorchSharp;

namespace Pupil.Experiments.Runs;

/// <summary>Labels the images of a run by the answers of its expert, for data without any labels.</summary>
/// <param name="recipe">The recipe, whose expert is a file with classes.</param>
/// <param name="data">Its images, all of one set.</param>
/// <param name="device">The device to compute on.</param>
internal sealed class AnsweredImages(Recipe recipe, PreparedData data, torch.Device device)
{
    /// <summary>The labelled images, once the stream of <see cref="Run"/> was read to its end without a stop.</summary>
    public PreparedData? Data { get; private set; }

    /// <summary>Labels the images; the last event is <see cref="DataReady"/>, or <see cref="DataStopped"/> after a stop.</summary>
    /// <param name="stop">Requests a stop.</param>
    /// <exception cref="UserErrorException">The expert cannot be read, or gives no classes.</exception>
    public IEnumerable<RunEvent> Run(CancellationToken stop)
    {
        var options = recipe.Expert!;
        string file = options.File!;
        var names = ExpertFile.ClassesOf(options) ?? Numbered(options, file);
        var set = data.Splits.Train;
        var blank = With(set.WithClasses(names, ImageLabels.OfOne(new int[set.Count])));
        var view = blank.OwnViewOf(ExpertFile.InputOf(options, file, blank), options.Crop);
        var originals = new Originals(recipe.Data, blank);
        foreach (var step in originals.Load(view, stop))
            yield return step;
        if (originals.IsStopped)
            yield break;
        var labelled = Labelled(options, file, blank, stop);
        if (ProcessGroups.Current.Any(labelled is null))
        {
            yield return new DataStopped();
            yield break;
        }
        Data = With(labelled!);
        yield return new DataReady(Data);
    }

    // Null after a stop.
    private ImageSet? Labelled(ExpertOptions options, string file, PreparedData blank, CancellationToken stop)
    {
        var expert = ExpertFile.Open(options, file, blank, device);
        using var network = expert.Network;
        if (!network.HasLogits)
        {
            throw new UserErrorException($"{file}: has no logits to label by (data.labels expert), expected a classifier; choose another "
                + "expert, or label some pictures and give these as data.unlabelled.");
        }
        var set = blank.Splits.Train;
        var all = blank with { Test = ImageSubset.All(set) };
        if (ExpertLabels.Of(expert, all, options.Crop, 1, device, stop) is not { } found)
            return null;
        var labels = expert.Labelling == Labelling.Several
            ? ImageLabels.OfSeveral([.. found.Select(label => label.Labels.ToArray())])
            : ImageLabels.OfOne([.. found.Select(label => label.Labels[0])]);
        return set.WithClasses(set.Classes, labels, areAnswers: true);
    }

    private PreparedData With(ImageSet set) => data with
    {
        Splits = data.Splits with { Train = set, Test = set },
        Train = data.Train with { Set = set },
        HeldOut = data.HeldOut is null ? null : data.HeldOut with { Set = set },
        Test = data.Test with { Set = set },
        Unlabelled = data.Unlabelled! with { Set = set },
    };

    // A foreign model names no classes.
    private string[] Numbered(ExpertOptions options, string file)
    {
        using var model = OnnxNetwork.Open(OnnxFile.Read(file), options.Onnx, data.InputShape, null, device);
        if (options.Onnx?.Words is { File: var words })
            throw new UserErrorException($"{words}: gives no class names, which data.labels expert needs; write JSON with the names.");
        return model.Outline.Classes is int classes ? [.. Enumerable.Range(1, classes).Select(number => $"class {number}")]
            : throw new UserErrorException($"{file}: has no logits to label by (data.labels expert), expected a classifier; name its "
                + "logits by expert.onnx.logits.");
    }
}
