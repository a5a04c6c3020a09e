using System.Diagnostics;
using Pupil.Experiments.Recipes;
using Pupil.Experiments.Runs;
using Pupil.Images.Formats.Pictures;
using Pupil.Inference.Pictures;
using TorchSharp;

namespace Pupil.Experiments.Planning;

/// <summary>
/// Chooses a recipe for a set of images and a time: from the properties of the images, from short trials on a part of the training images,
/// and from a few timed steps of the trainings that it plans. The work advances as its stream of events is read.
/// </summary>
/// <param name="options">The images, the time and the values that are given.</param>
/// <param name="device">The device to compute on.</param>
internal sealed class Planner(PlanOptions options, torch.Device device)
{
    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private readonly PlanDraft _draft = new(options);

    /// <summary>The plan, once the stream of <see cref="Run"/> was read to its end without a stop.</summary>
    public Plan? Result { get; private set; }

    /// <summary>Chooses the recipe; the last event is <see cref="PlanReady"/>, or <see cref="PlanStopped"/> after a stop.</summary>
    /// <param name="stop">Requests a stop.</param>
    /// <exception cref="UserErrorException">The images cannot be read, or a given value is wrong.</exception>
    public IEnumerable<RunEvent> Run(CancellationToken stop = default)
    {
        // A recipe that is valid from the start; the networks may become smaller.
        var weights = new WeightChoices(_draft, options.Teaches);
        var training = new TrainingChoices(_draft, options, weights, device);
        training.Set(PlannedNetworks.For(options.Quality)[0], classes: 10);
        foreach (var choice in weights.TakeNetworks())
            yield return new ChoiceMade(choice);
        var form = options.Source is PictureSource pictures ? ImageForm.FromSource(pictures) : null;
        if (form is not null)
            yield return new ChoiceMade(ChoosePixels(form));
        var load = new DataLoad(_draft.Read().Data);
        foreach (var step in load.Run(stop).Where(step => step is not DataReady))
            yield return step;
        if (load.Data is not { } loaded)
            yield break;
        var splits = loaded.Splits;
        _draft.Read().CheckLabels(splits.Train.Labelling);
        form ??= ImageForm.FromImages(splits.Train);
        foreach (var choice in new PartChoices(_draft).Make(loaded))
            yield return new ChoiceMade(choice);
        if (weights.TakeNormalization(splits.Train.Channels) is { } normalization)
            yield return new ChoiceMade(normalization);
        foreach (var step in new ViewChoices(_draft, options.Time, device).Make(form, splits, stop))
            yield return step;
        if (stop.IsCancellationRequested)
        {
            yield return new PlanStopped();
            yield break;
        }
        var lengths = training.Make(_draft.Read().Data.Prepare(splits), () => _watch.Elapsed.TotalSeconds);
        foreach (var choice in training.Note(lengths))
            yield return new ChoiceMade(choice);
        Result = new Plan(_draft.Choices, options.Time.TotalSeconds, _watch.Elapsed.TotalSeconds, lengths.Seconds)
        {
            Recipe = _draft.Read(),
        };
        yield return new PlanReady(Result);
    }

    private Choice ChoosePixels(ImageForm form)
    {
        const double Some = 0.1;
        bool isCut = form.Long > Some;
        _draft.Set("data.source.size", form.Stored);
        _draft.Set("data.source.grey", form.IsGrey);
        if (isCut)
            _draft.Set("data.source.fit", PictureFit.Pad);
        var source = (PictureSource)_draft.Read().Data.Source;
        return _draft.Note("data.source.size", "pictures", $"decoded to {source.Size}×{source.Size}, {(source.Grey ? "grey" : "RGB")}, "
            + (source.Fit == PictureFit.Crop ? "cropped to squares" : $"fit {source.Fit.ToString().ToLowerInvariant()}"),
            $"shorter sides of {form.Side} pixels at the median, {(form.IsGrey ? "all grey" : "some in colour")}"
            + (isCut ? $", {100 * form.Long:0} % of them so long that a square would lose a third" : ""));
    }
}
