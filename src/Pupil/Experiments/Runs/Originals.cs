using Pupil.Experiments.Recipes;
using Pupil.Images;

namespace Pupil.Experiments.Runs;

/// <summary>
/// The pictures of a run at the sizes that its experts read. A source of picture files is decoded once more for each larger size, and kept
/// in the cache; the students' pictures stay as they are. A set that is stored at one size gives that size alone.
/// </summary>
/// <param name="options">The recipe's data.</param>
/// <param name="data">The images of the run.</param>
internal sealed class Originals(DataOptions options, PreparedData data)
{
    /// <summary>Whether loading was stopped on request.</summary>
    public bool IsStopped { get; private set; }

    /// <summary>Loads the pictures for a view unless they are there, or the source has no larger ones.</summary>
    /// <param name="view">The view; null for none.</param>
    /// <param name="stop">Requests a stop.</param>
    /// <exception cref="UserErrorException">A file is missing or damaged, or has changed since the start.</exception>
    public IEnumerable<RunEvent> Load(ImageView? view, CancellationToken stop)
    {
        if (view is null)
            yield break;
        var train = data.Splits.Train;
        bool areUnlabelled = options.Labels == LabelOrigin.Expert;
        if (train.ForSize(view.StoredSize).Height != view.StoredSize && options.Source.AtSize(view.StoredSize) is { } larger)
        {
            if (areUnlabelled)
            {
                foreach (var step in LoadUnlabelled(train, larger, stop))
                    yield return step;
                yield break;
            }
            var load = new ReportedLoad<DataSplits>(larger.Load);
            foreach (var step in load.Run(stop))
                yield return step;
            if (load.Result is { } splits)
                data.Splits.AddSizes(splits);
            IsStopped = load.Result is null;
        }
        if (!IsStopped && options.Unlabelled is { } pile && data.Unlabelled?.Set is { } set
            && set.ForSize(view.StoredSize).Height != view.StoredSize
            && pile.LikeLabelled(options.Source, set.Height, set.Channels)?.AtSize(view.StoredSize) is { } others)
        {
            foreach (var step in LoadUnlabelled(set, others, stop))
                yield return step;
        }
    }

    private IEnumerable<RunEvent> LoadUnlabelled(ImageSet set, DataSource larger, CancellationToken stop)
    {
        var load = new ReportedLoad<ImageSet>(larger.LoadUnlabelled);
        foreach (var step in load.Run(stop))
            yield return step;
        if (load.Result is { } images)
            set.AddSize(images);
        IsStopped = load.Result is null;
    }
}
