namespace Pupil.Images.Loading;

/// <summary>
/// Fills the next batch while the network trains on the last one. The background thread uses managed memory alone, since a tensor belongs
/// to the thread of its dispose scope.
/// </summary>
internal sealed class BatchAhead(BatchMaker maker)
{
    private (int Epoch, int Step, Task<BatchContent> Content)? _next;

    /// <summary>Returns the batch, prepared before or made now.</summary>
    public BatchContent Get(int epoch, int step)
    {
        if (_next is { } next)
        {
            _next = null;
            if ((next.Epoch, next.Step) == (epoch, step))
                return next.Content.GetAwaiter().GetResult();
            Drop(next.Content);
        }
        return maker.Make(epoch, step);
    }

    /// <summary>Starts to fill the batch after this one.</summary>
    public void Start(int epoch, int step)
    {
        var (nextEpoch, nextStep) = step + 1 < maker.Steps ? (epoch, step + 1) : (epoch + 1, 0);
        _next = (nextEpoch, nextStep, Task.Run(() => maker.Make(nextEpoch, nextStep)));
    }

    // The maker fills one batch at a time. The failure of a batch that is not needed is ignored.
    private void Drop(Task<BatchContent> content)
    {
        try
        {
            maker.Return(content.GetAwaiter().GetResult());
        }
        catch (Exception)
        {
            _ = content.Exception;
        }
    }
}
