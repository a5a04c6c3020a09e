using Pupil.Core;
using Pupil.Distillation;
using Pupil.Images;
using Pupil.LibTorch;
using Pupil.Networks;
using Pupil.Networks.Norms;
using Pupil.Processes;
using static TorchSharp.torch;

namespace Pupil.Training.Computing;

/// <summary>
/// Several processes compute a training together, each with its share of every batch. The loss of a step is the sum over the processes of
/// their losses, each weighted by its share of the images: that of the whole batch. Gradients are summed in buckets while the backward pass
/// and the passes of the next network go on. For one thread.
/// </summary>
/// <param name="group">The processes.</param>
/// <param name="alone">Computes the passes of this process.</param>
/// <param name="sharesStatistics">Whether batch-norms use the statistics of the whole batch; else of the process's images.</param>
/// <param name="bucketNumbers">The numbers of a bucket of gradients.</param>
internal sealed class ManyProcesses(
    IProcessGroup group, Execution alone, bool sharesStatistics, long bucketNumbers = GradientBuckets.DefaultNumbers) : Execution
{
    private readonly GradientBuckets _buckets = new(group, bucketNumbers);
    private double _weight = 1;
    private WholeBatch? _whole;

    /// <inheritdoc/>
    public override IProcessGroup Processes => group;

    /// <inheritdoc/>
    public override NetworkOutput Forward(Network network, Tensor images) => alone.Forward(network, images);

    /// <inheritdoc/>
    public override NetworkOutput Forward(Expert expert, Tensor images) => alone.Forward(expert, images);

    /// <inheritdoc/>
    public override IDisposable? Begin(Batch batch)
    {
        _whole = batch.Whole;
        _weight = _whole is not null ? (double)batch.Count / batch.WholeCount : 1.0 / group.Size;
        _buckets.Begin();
        return new Step(EarlyGradients.Use(_buckets), _whole is not null && sharesStatistics ? SharedStatistics.Use(group) : null);
    }

    /// <inheritdoc/>
    public override NetworkOutput OverWholeBatch(NetworkOutput output, TeacherParts compared)
    {
        return _whole is null ? output : new(output.HasLogits ? Gathered(output.Logits) : null,
            output.HasEmbedding ? Gathered(output.Embedding) : null,
            compared.HasFlag(TeacherParts.Stages) ? [.. output.Stages.Select(stage => stage.With(Gathered, Gathered))] : output.Stages);

        Tensor Gathered(Tensor rows) => GatheredRows.Of(group, rows, _whole!, _weight);
    }

    /// <inheritdoc/>
    public override void Backward(Tensor loss, IReadOnlyList<Tensor> parameters)
    {
        alone.Backward(loss.Times(_weight), parameters);
        _buckets.Take(parameters);
        _buckets.Start();
    }

    /// <inheritdoc/>
    public override void AverageGradients(IReadOnlyList<Tensor> parameters)
    {
        _buckets.Take(parameters);
        _buckets.Finish();
    }

    /// <inheritdoc/>
    public override IReadOnlyList<double> Average(IReadOnlyList<double> values)
    {
        double[] sums = [.. values.Select(value => value * _weight)];
        group.Sum(sums);
        return sums;
    }

    /// <inheritdoc/>
    public override void AverageStatistics(IEnumerable<Tensor> statistics)
    {
        if (sharesStatistics)
            return;
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        Tensor[] all = [.. statistics.Where(tensor => tensor.is_floating_point())];
        if (all.Length == 0)
            return;
        double[] sums = cat([.. all.Select(tensor => tensor.detach().flatten().to(ScalarType.Float64).cpu())]).data<double>().ToArray();
        group.Sum(sums);
        int place = 0;
        foreach (var part in all)
        {
            int count = (int)part.numel();
            part.copy_(tensor(sums.AsSpan(place, count).ToArray(), part.shape).Over(group.Size));
            place += count;
        }
    }

    private sealed class Step(IDisposable gradients, IDisposable? statistics) : IDisposable
    {
        public void Dispose()
        {
            gradients.Dispose();
            statistics?.Dispose();
        }
    }
}
