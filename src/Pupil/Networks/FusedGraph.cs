using Pupil.Networks.Fused;
using Pupil.Networks.Fused.Arithmetic;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Pupil.Networks;

/// <summary>
/// Collects the operations of a network as steps of fused kernels. Batch-norms and ReLUs become part of the steps that read their outputs,
/// additions part of the convolution before them.
/// </summary>
internal sealed class FusedGraph : IGraphWriter
{
    private const string Images = "images", Pooled = "pooled", Logits = "logits";

    private readonly FusedPlan _plan;
    private Linear? _classifier;
    private bool _isSupported = true;

    private FusedGraph(ImageShape input) => _plan = new FusedPlan(new MapSize(input.Channels, input.Height, input.Width));

    /// <summary>Collects the steps of a network for images of a size; null if the kernels cannot compute one of its operations.</summary>
    /// <param name="network">The network.</param>
    /// <param name="input">The size of the images.</param>
    public static (FusedPlan Plan, Linear Classifier)? Of(Network network, ImageShape input)
    {
        var graph = new FusedGraph(input);
        var written = network.Write(graph, Images);
        if (graph._plan.Embedding is null || written.Embedding != Pooled || written.Logits != Logits)
            return null;
        graph._plan.End([.. written.Stages.Select(graph.Stage)]);
        return graph._isSupported && graph._plan.IsClear ? (graph._plan, graph._classifier!) : null;
    }

    /// <inheritdoc/>
    public string Convolve(string input, Conv2d convolution, BatchNorm2d? norm = null)
    {
        var from = Read(input);
        if (!_isSupported || !ConvolutionStep.Supports(convolution, isFirst: from.Map == _plan.Input) || norm is not null && !IsWhole(norm))
            return Unsupported();
        var step = new ConvolutionStep(_plan.Steps.Count, from, convolution, _plan.NewMap, isFirst: from.Map == _plan.Input);
        _plan.Append(step);
        return NameOf(_plan.ViewOf(step.Output, norm is null ? null : _plan.NormOf(step.Output, norm)));
    }

    /// <inheritdoc/>
    public string Normalize(string input, BatchNorm2d norm) =>
        Find(input) is { IsPlain: true } view && view.Map != _plan.Input && IsWhole(norm)
        ? NameOf(_plan.ViewOf(view.Map, _plan.NormOf(view.Map, norm))) : Unsupported();

    /// <inheritdoc/>
    public string Activate(string input, ActivationKind kind) => kind switch
    {
        ActivationKind.None => input,
        ActivationKind.Relu when Find(input) is { IsRectified: false } view && view.Map != _plan.Input => NameOf(Rectified(view)),
        _ => Unsupported(),
    };

    /// <inheritdoc/>
    public string Add(string one, string other)
    {
        if (Find(one) is not { } first || Find(other) is not { } second || first.Map == _plan.Input || second.Map == _plan.Input)
            return Unsupported();
        if (first.IsPlain && second.IsPlain)
        {
            // The later of the two convolutions starts its sums with the other map.
            foreach (var step in _plan.Steps.OfType<ConvolutionStep>().Reverse())
            {
                if (step.Output != first.Map && step.Output != second.Map)
                    continue;
                var added = step.Output == first.Map ? second : first;
                bool isLater = _plan.Steps.Skip(step.Index).Any(other => other.Output == added.Map);
                if (step.Residual is not null || isLater || step.Reads.Contains(added.Map) && step.IsPlain
                    || step.Output.Views.Any(view => view.Readers > 0))
                    break;
                step.Add(added);
                return NameOf(_plan.ViewOf(step.Output));
            }
        }
        return NameOf(Sum(first, second));
    }

    /// <inheritdoc/>
    public string MeanOverPixels(string input)
    {
        if (Find(input) is not { } view || view.Map == _plan.Input || _plan.Embedding is not null)
            return Unsupported();
        _plan.Embedding = _plan.Append(new PoolingStep(_plan.Steps.Count, view, _plan.NewMap)).Map;
        return Pooled;
    }

    /// <inheritdoc/>
    public string Transform(string input, Linear layer)
    {
        if (input != Pooled || _classifier is not null)
            return Unsupported();
        _classifier = layer;
        return Logits;
    }

    /// <inheritdoc/>
    public string Normalize(string input, LayerNorm norm) => Unsupported();

    /// <inheritdoc/>
    public string Multiply(string one, string other) => Unsupported();

    /// <inheritdoc/>
    public string MaxPool(string input, int size, int stride, int padding) => Find(input) is { } view && view.Map != _plan.Input
        ? NameOf(_plan.Append(new MaxPoolStep(_plan.Steps.Count, view, size, stride, padding, _plan.NewMap))) : Unsupported();

    /// <inheritdoc/>
    public string Subsample(string input, int channelsBefore, int channelsAfter) =>
        Find(input) is { } view && view.Map != _plan.Input && (channelsBefore + channelsAfter) % WindowSums.Lanes == 0
            ? NameOf(_plan.Append(new SubsampleStep(_plan.Steps.Count, view, channelsBefore, channelsAfter, _plan.NewMap))) : Unsupported();

    /// <inheritdoc/>
    public string Channels(string input, int from, int to) => Unsupported();

    /// <inheritdoc/>
    public string Interleave(string first, string second, int channels) => Unsupported();

    /// <inheritdoc/>
    public string MeanMap(string input) => Unsupported();

    /// <inheritdoc/>
    public string Tokens(string input, Tensor added) => Unsupported();

    /// <inheritdoc/>
    public string Attend(string input, int tokens, int heads, int width) => Unsupported();

    /// <inheritdoc/>
    public string FirstToken(string input, int tokens, int width) => Unsupported();

    // With weights, running statistics and a constant momentum.
    private static bool IsWhole(BatchNorm2d norm) =>
        norm.weight is not null && norm.bias is not null && norm.running_mean is not null && norm.running_var is not null
        && norm.momentum is not null;

    private static string NameOf(MapView view) => $"{view.Index}";

    private string Unsupported()
    {
        _isSupported = false;
        return "";
    }

    private MapView? Find(string name) => name == Images ? _plan.ViewOf(_plan.Input)
        : int.TryParse(name, out int index) && index < _plan.Views.Count ? _plan.Views[index] : null;

    private MapView Read(string name)
    {
        var view = Find(name);
        if (view is not null)
            return view;
        Unsupported();
        return _plan.ViewOf(_plan.Input);
    }

    private FusedMap Stage(string name)
    {
        var view = Read(name);
        if (view.Map == _plan.Input)
            _isSupported = false;
        return (view.IsPlain ? view : Sum(view, null)).Map;
    }

    private MapView Sum(MapView first, MapView? second) =>
        _plan.Append(new SumStep(_plan.Steps.Count, first, second, _plan.NewMap(first.Map.Size)));

    private MapView Rectified(MapView view)
    {
        // A sum that nothing has read yet stores its ReLU.
        if (!view.IsPlain || view.Readers > 0
            || _plan.Steps.OfType<SumStep>().FirstOrDefault(step => step.Output == view.Map) is not { } sum)
            return _plan.ViewOf(view.Map, view.Norm, isRectified: true);
        sum.Rectifies = true;
        return view;
    }
}
