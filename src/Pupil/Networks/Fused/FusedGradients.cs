using Pupil.LibTorch;
using Pupil.Networks.Fused.Arithmetic;
using static TorchSharp.torch;

namespace Pupil.Networks.Fused;

/// <summary>What a step adds to the gradient of a view.</summary>
/// <param name="View">The view.</param>
/// <param name="IsFirst">Whether nothing has been added before, so that the memory has no values yet.</param>
/// <param name="IsLast">Whether nothing more will be added.</param>
internal readonly record struct Contribution(MapView View, bool IsFirst, bool IsLast);

/// <summary>The gradients of one backward pass of a fused network.</summary>
internal sealed unsafe class FusedGradients : IDisposable
{
    private readonly FusedPlan _plan;
    private readonly NativeNumbers?[] _views;
    private readonly int[] _readersLeft;
    private readonly bool[] _isFinished;

    /// <summary>Starts without gradients.</summary>
    /// <param name="plan">The network's steps.</param>
    /// <param name="pass">The forward pass, which can have several backward passes.</param>
    public FusedGradients(FusedPlan plan, FusedPass pass)
    {
        (_plan, Pass) = (plan, pass);
        _views = new NativeNumbers?[plan.Views.Count];
        _readersLeft = [.. plan.Views.Select(view => view.Readers)];
        _isFinished = new bool[plan.Views.Count];
        Weights = new Tensor?[plan.Steps.Count];
    }

    /// <summary>The forward pass.</summary>
    public FusedPass Pass { get; }

    /// <summary>The gradients of the steps' weights, C'×C×k×k, channels-last; null for those that a receiver has taken.</summary>
    public Tensor?[] Weights { get; }

    /// <summary>Sets the gradient of a map that the network returned.</summary>
    /// <param name="map">The map.</param>
    /// <param name="gradient">N×H×W×C.</param>
    public void Start(FusedMap map, Tensor gradient)
    {
        // A copy, as other nodes of libtorch's graph may read it, too.
        using var lying = gradient.contiguous();
        var numbers = new NativeNumbers(lying.numel());
        Buffer.MemoryCopy(FusedPass.NumbersOf(lying), numbers.First, numbers.Count * sizeof(float), numbers.Count * sizeof(float));
        _views[PlainView(map).Index] = numbers;
    }

    /// <summary>Computes the gradients of all weights.</summary>
    public void Compute()
    {
        foreach (var step in _plan.Steps.Reverse())
        {
            step.Backward(this);
            foreach (var view in step.Output.Views)
                Set(view, null);
        }
    }

    /// <summary>Whether the loss depends on a map, as far as the pass knows.</summary>
    public bool Has(FusedMap map) => map.Views.Any(Has);

    /// <summary>Whether something has been added to the gradient of a view.</summary>
    public bool Has(MapView view) => _views[view.Index] is not null;

    /// <summary>The gradient of a view of an image's map.</summary>
    public float* Of(MapView view, int image) => _views[view.Index]!.First + image * view.Map.Numbers;

    /// <summary>Begins to add to the gradient of a view.</summary>
    public Contribution Open(MapView view)
    {
        bool isFirst = _views[view.Index] is null;
        if (isFirst)
            _views[view.Index] = new NativeNumbers(view.Map.Numbers * Pass.Images);
        if (isFirst && view.Norm is { } norm)
            Pass.Norm(norm).PrepareSums();
        return new(view, isFirst, --_readersLeft[view.Index] == 0);
    }

    /// <summary>Adds nothing to the gradient of a view.</summary>
    public void Skip(MapView view) => _readersLeft[view.Index]--;

    /// <summary>Called for an image after all has been added to it: applies ReLU, and sums for the batch-norm.</summary>
    public void Finish(Contribution contribution, int image, int thread)
    {
        if (contribution.IsLast && !contribution.View.IsPlain)
            Finish(contribution.View, image, thread);
    }

    /// <summary>Called after <see cref="Finish(Contribution, int, int)"/> for all images.</summary>
    public void Close(Contribution contribution)
    {
        if (contribution.IsLast)
            Close(contribution.View);
    }

    /// <summary>Returns the gradient of a map as the sum of two parts.</summary>
    public GatheredGradient Gather(FusedMap map)
    {
        var plain = PlainView(map);
        MapView? ofOutput = null;
        foreach (var view in map.Views.Where(view => !view.IsPlain && _views[view.Index] is not null))
        {
            if (!_isFinished[view.Index])
            {
                Pass.Run(Pass.Images, new Finishing(this, view));
                Close(view);
            }
            if (view.Norm is not null && ofOutput is null)
                ofOutput = view;
            else
                AddTo(plain, view);
        }
        return new(this, map, ofOutput);
    }

    /// <summary>Makes the stored gradient of a map that of a view that has none yet.</summary>
    public void Move(GatheredGradient from, MapView to)
    {
        var view = from.Stored;
        Set(to, _views[view.Index]);
        _views[view.Index] = null;
    }

    /// <summary>The view of the map itself.</summary>
    public static MapView PlainView(FusedMap map) => map.Views.First(view => view.IsPlain);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var numbers in _views)
            numbers?.Dispose();
        foreach (var gradient in Weights)
            gradient?.Dispose();
    }

    private void Set(MapView view, NativeNumbers? numbers)
    {
        _views[view.Index]?.Dispose();
        _views[view.Index] = numbers;
    }

    private void Finish(MapView view, int image, int thread)
    {
        var map = view.Map;
        float* numbers = Pass.Map(map, image, thread);
        if (view.Norm is not { } norm)
        {
            MapSums.Rectify(numbers, Of(view, image), map.Numbers);
            return;
        }
        var values = Pass.Norm(norm);
        float* sums = values.Sums(image);
        MapSums.NormGradient(
            numbers, Pass.Line(view), values.Means, Of(view, image), map.Pixels, map.Channels, sums, sums + map.Channels);
    }

    private void Close(MapView view)
    {
        _isFinished[view.Index] = true;
        if (view.Norm is { } norm)
            Pass.Norm(norm).Finish();
    }

    // A map that is read in many ways; rare.
    private void AddTo(MapView plain, MapView view)
    {
        var numbers = _views[view.Index]!;
        var map = view.Map;
        if (view.Norm is { } norm)
        {
            for (int image = 0; image < Pass.Images; image++)
            {
                float* ofOutput = numbers.First + image * map.Numbers;
                new MapGradient(null, ofOutput, Pass.Map(map, image, 0), Pass.Norm(norm).Factors).Store(map.Pixels, map.Channels);
            }
        }
        if (_views[plain.Index] is { } sum)
            MapSums.Add(numbers.First, sum.First, numbers.Count);
        else
            (_views[plain.Index], _views[view.Index]) = (numbers, null);
    }

    private sealed class Finishing(FusedGradients gradients, MapView view) : IParallelWork
    {
        public void Do(int item, int thread) => gradients.Finish(view, item, thread);
    }
}

/// <summary>The gradient of a map for all images.</summary>
internal readonly unsafe struct GatheredGradient
{
    private readonly FusedPass _pass;
    private readonly FusedMap _map;
    private readonly nint _direct, _ofOutput, _factors;

    /// <summary>Finds the parts.</summary>
    /// <param name="gradients">The gradients.</param>
    /// <param name="map">The map.</param>
    /// <param name="ofOutput">The view of the batch-norm whose output has a gradient; null for none.</param>
    public GatheredGradient(FusedGradients gradients, FusedMap map, MapView? ofOutput)
    {
        var plain = FusedGradients.PlainView(map);
        (_pass, _map) = (gradients.Pass, map);
        Stored = gradients.Has(plain) ? plain : ofOutput!;
        _direct = gradients.Has(plain) ? (nint)gradients.Of(plain, 0) : 0;
        if (ofOutput is not null)
            (_ofOutput, _factors) = ((nint)gradients.Of(ofOutput, 0), (nint)gradients.Pass.Norm(ofOutput.Norm!).Factors);
    }

    /// <summary>The view whose memory <see cref="MapGradient.Store"/> writes to.</summary>
    public MapView Stored { get; }

    /// <summary>That of one image.</summary>
    public MapGradient Of(int image, int thread) =>
        new(Part(_direct, image), Part(_ofOutput, image), _pass.Map(_map, image, thread), (float*)_factors);

    private float* Part(nint first, int image) => first == 0 ? null : (float*)first + image * _map.Numbers;
}
