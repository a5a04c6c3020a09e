using Pupil.Core;
using Pupil.Distillation;
using Pupil.Images;
using Pupil.Networks;
using Pupil.Networks.Norms;
using Pupil.Processes;
using static TorchSharp.torch;

namespace Pupil.Training.Computing;

/// <summary>
/// Several processes compute a training together, each with its share of every batch. The loss of a step is the sum over the processes of
/// their losses, each weighted by its share of the images: that of the whole batch. The gradients of a network are summed while the passes
/// of the next one go on. For one thread.
/// </summary>
/// <param name="group">The processes.</param>
/// <param name="alone">Computes the passes of this process.</param>
/// <param name="sharesStatistics">Whether batch-norms use the statistics of the whole batch; else of the process's images.</param>
internal sealed class ManyProcesses(IProcessGroup group, Execution alone, bool sharesStatistics) : Execution
{
    private readonly List<GradientSum> _sums = [];
    private double _weight = 1;
    private bool _isDivided;

    /// <inheritdoc/>
    public override IProcessGroup Processes => group;

    /// <inheritdoc/>
    public override NetworkOutput Forward(Network network, Tensor images) => alone.Forward(network, images);

    /// <inheritdoc/>
    public override NetworkOutput Forward(Expert expert, Tensor images) => alone.Forward(expert, images);

    /// <inheritdoc/>
    public override IDisposable? Begin(Batch batch)
    {
        _isDivided = batch.Whole is not null;
        _weight = _isDivided ? (double)batch.Count / batch.WholeCount : 1.0 / group.Size;
        _sums.Clear();
        return _isDivided && sharesStatistics ? SharedStatistics.Use(group) : null;
    }

    /// <inheritdoc/>
    public override INetworkExecution OverWholeBatch(TeacherParts compared) =>
        _isDivided && compared != TeacherParts.None ? new Gathering(this, compared) : this;

    /// <inheritdoc/>
    public override void Backward(Tensor loss, IReadOnlyList<Tensor> parameters)
    {
        alone.Backward(loss.Times(_weight), parameters);
        if (GradientSum.Start(group, parameters) is { } sum)
            _sums.Add(sum);
    }

    /// <inheritdoc/>
    public override void AverageGradients(IReadOnlyList<Tensor> parameters)
    {
        var summed = _sums.SelectMany(sum => sum.Parameters).Select(parameter => parameter.Handle).ToHashSet();
        if (GradientSum.Start(group, [.. parameters.Where(parameter => !summed.Contains(parameter.Handle))]) is { } rest)
            _sums.Add(rest);
        foreach (var sum in _sums)
            sum.Finish();
        _sums.Clear();
    }

    /// <inheritdoc/>
    public override IReadOnlyList<double> Average(IReadOnlyList<double> values)
    {
        double[] sums = [.. values.Select(value => value * _weight)];
        group.Sum(sums);
        return sums;
    }

    /// <inheritdoc/>
    public override void AverageStatistics(IEnumerable<nn.Module> networks)
    {
        if (sharesStatistics)
            return;
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        Tensor[] all = [.. networks.SelectMany(network => network.named_buffers()).Select(entry => entry.buffer)
            .Where(buffer => buffer.is_floating_point())];
        if (all.Length == 0)
            return;
        double[] sums = cat([.. all.Select(buffer => buffer.flatten().to(ScalarType.Float64).cpu())]).data<double>().ToArray();
        group.Sum(sums);
        int place = 0;
        foreach (var buffer in all)
        {
            int count = (int)buffer.numel();
            buffer.copy_(tensor(sums.AsSpan(place, count).ToArray(), buffer.shape).Over(group.Size));
            place += count;
        }
    }

    // Logits and embeddings are small; stages are gathered where they are compared.
    private sealed class Gathering(ManyProcesses processes, TeacherParts compared) : INetworkExecution
    {
        public NetworkOutput Forward(Network network, Tensor images) => Whole(processes.Forward(network, images));

        public NetworkOutput Forward(Expert expert, Tensor images) => Whole(processes.Forward(expert, images));

        private NetworkOutput Whole(NetworkOutput output) => new(output.HasLogits ? Whole(output.Logits) : null,
            output.HasEmbedding ? Whole(output.Embedding) : null,
            compared.HasFlag(TeacherParts.Stages) ? [.. output.Stages.Select(stage => stage.With(Whole, Whole))] : output.Stages);

        private Tensor Whole(Tensor rows) => GatheredRows.Of(processes.Processes, rows, processes._weight);
    }
}
