namespace Pupil.Images.Formats.Trees;

/// <summary>Reports the progress of a loop once per hundredth, and cancels it on request.</summary>
/// <param name="context">Receives the progress and cancels; null for neither.</param>
/// <param name="activity">The name of the activity, for example <c>reading train_32x32.mat</c>.</param>
/// <param name="total">The number of items, at least 1.</param>
internal sealed class LoadSteps(LoadContext? context, string activity, long total)
{
    private long _reported = -1;

    /// <summary>Sets the number of finished items; cheap to call for every item.</summary>
    /// <exception cref="OperationCanceledException">The loop was cancelled.</exception>
    public void Reach(long done)
    {
        if (context is null)
            return;
        context.Stop.ThrowIfCancellationRequested();
        long hundredth = done * 100 / total;
        if (hundredth == _reported)
            return;
        _reported = hundredth;
        context.Progress?.Report(new LoadProgress(activity, done, total));
    }
}
