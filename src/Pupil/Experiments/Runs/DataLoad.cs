using Pupil.Experiments.Recipes;
using Pupil.Images;
using Pupil.Images.Formats.Pictures;

namespace Pupil.Experiments.Runs;

/// <summary>Loads a recipe's images.</summary>
/// <param name="options">The recipe's data.</param>
/// <param name="resumes">Whether the images are those of a run that was started before.</param>
/// <param name="known">The images, if they are loaded already.</param>
internal sealed class DataLoad(DataOptions options, bool resumes = false, PreparedData? known = null)
{
    /// <summary>The images, once the stream of <see cref="Run"/> was read to its end without a stop.</summary>
    public PreparedData? Data { get; private set; } = known;

    /// <summary>Loads the images; the last event is <see cref="DataReady"/>, or <see cref="DataStopped"/> after a stop.</summary>
    /// <param name="stop">Requests a stop.</param>
    /// <exception cref="UserErrorException">A file is missing or damaged.</exception>
    public IEnumerable<RunEvent> Run(CancellationToken stop)
    {
        if (Data is null)
        {
            var load = new ReportedLoad<PreparedData>(Prepare);
            foreach (var step in load.Run(stop))
                yield return step;
            Data = load.Result;
        }
        if (Data is { } loaded)
            yield return new DataReady(loaded);
    }

    private PreparedData Prepare(LoadContext context)
    {
        try
        {
            return options.Prepare(context);
        }
        catch (UserErrorException error) when (resumes && error.Cause is BrokenPicturesFound)
        {
            throw BrokenPictures.RefuseToResume((BrokenPicturesFound)error.Cause);
        }
    }
}
