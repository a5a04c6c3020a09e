namespace Pupil.Images.Loading;

/// <summary>
/// Has the next batch filled while the last one is learnt from. The background touches nothing but the program's own memory: tensors belong to the
/// thread whose dispose scope they live in.
/// </summary>
internal sealed class BatchAhead(BatchMaker maker)
{
    private (int Epoch, int Step, Task<BatchContent> Content)? _next;

    /// <summary>The batch: the one that is prepared already, or made now.</summary>
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

    /// <summary>Begins with the batch after this one.</summary>
    public void Start(int epoch, int step)
    {
        var (nextEpoch, nextStep) = step + 1 < maker.Steps ? (epoch, step + 1) : (epoch + 1, 0);
        _next = (nextEpoch, nextStep, Task.Run(() => maker.Make(nextEpoch, nextStep)));
    }

    // The maker fills one batch at a time. What went wrong with a batch that nobody asked for is nobody's error.
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
