namespace Pupil.Images.Formats.Trees;

/// <summary>Tells how far a loop is, once for every hundredth of it, and asks whether it should stop.</summary>
/// <param name="setting">Whom to tell and to ask; null: nobody.</param>
/// <param name="activity">What is done, for example <c>reading train_32x32.mat</c>.</param>
/// <param name="total">Items in all, at least 1.</param>
internal sealed class LoadSteps(LoadContext? setting, string activity, long total)
{
    private long _told = -1;

    /// <summary>Called often: so many items are done.</summary>
    /// <exception cref="OperationCanceledException">It was asked to stop.</exception>
    public void Reach(long done)
    {
        if (setting is null)
            return;
        setting.Stop.ThrowIfCancellationRequested();
        long hundredth = done * 100 / total;
        if (hundredth == _told)
            return;
        _told = hundredth;
        setting.Progress?.Report(new LoadProgress(activity, done, total));
    }
}
