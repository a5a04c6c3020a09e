using Pupil.LibTorch;
using Pupil.Networks.Fused.Arithmetic;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Pupil.Networks.Fused;

/// <summary>
/// A convolution. It normalises and rectifies its input while it reads it, and can start its sums with another map, as for a residual.
/// </summary>
internal sealed unsafe class ConvolutionStep : FusedStep
{
    // Groups of images have weight gradients of their own, which are added in a fixed order: they do not depend on the number of threads.
    private const int MostGroups = 16, FewestGroups = 4;
    private const long MostGroupNumbers = 4 << 20;

    private readonly MapView _input;
    private readonly Conv2d _convolution;
    private readonly ConvolutionKernel _kernel;
    private readonly int _size;
    private readonly bool _hasInputGradient;

    /// <summary>Plans the convolution of a view.</summary>
    /// <param name="index">The step's number in the network.</param>
    /// <param name="input">The view; the network's input has no gradient.</param>
    /// <param name="convolution">The convolution, which <see cref="Supports"/>.</param>
    /// <param name="newMap">Makes the output from its size.</param>
    /// <param name="isFirst">Whether the view is the network's input.</param>
    public ConvolutionStep(int index, MapView input, Conv2d convolution, Func<MapSize, FusedMap> newMap, bool isFirst) : base(index)
    {
        (_input, _convolution, _hasInputGradient) = (input, convolution, !isFirst);
        _size = (int)convolution.kernel_size[0];
        int stride = (int)convolution.stride[0], padding = (int)convolution.padding![0];
        var map = input.Map;
        Output = newMap(new((int)convolution.out_channels, Outputs(map.Height), Outputs(map.Width)));
        _kernel = WinogradKernel.Supports(map.Size, _size, stride, padding) ? new WinogradKernel(map.Size, Output.Size)
            : new DirectKernel(map.Size, Output.Size, _size, stride, padding, _hasInputGradient);
        if (_hasInputGradient)
            input.Readers++;

        int Outputs(int side) => (side + 2 * padding - _size) / stride + 1;
    }

    /// <inheritdoc/>
    public override FusedMap Output { get; }

    /// <inheritdoc/>
    public override IEnumerable<FusedMap> Reads => Residual is null ? [_input.Map] : [_input.Map, Residual.Map];

    /// <summary>Whether it reads a map itself, without batch-norm and ReLU.</summary>
    public bool IsPlain => _input.IsPlain;

    /// <summary>The map that the sums start with, a view of the map itself; null: zeros.</summary>
    public MapView? Residual { get; private set; }

    /// <inheritdoc/>
    public override int ImagesAtOnce => _kernel.ImagesAtOnce;

    /// <inheritdoc/>
    public override long ScratchNumbers(int images) =>
        images * (_kernel.Input.Numbers + _kernel.OutputGradient.Numbers) + _kernel.WorkNumbers;

    /// <summary>The weights.</summary>
    public Tensor Weight => _convolution.weight;

    /// <summary>Whether the kernels compute a convolution.</summary>
    /// <param name="convolution">The convolution.</param>
    /// <param name="isFirst">Whether its input is the network's, which has few channels and no gradient.</param>
    public static bool Supports(Conv2d convolution, bool isFirst) =>
        convolution.groups == 1 && convolution.bias is null && convolution.padding_mode == TorchSharp.PaddingModes.Zeros
        && convolution.kernel_size is [var height, var width] && height == width
        && convolution.stride is [1, 1] or [2, 2] && convolution.dilation is [1, 1]
        && convolution.padding is [var rows, var columns] && rows == columns && rows < height
        && convolution.out_channels % WindowSums.Lanes == 0
        && (isFirst ? convolution.in_channels <= PaddedMap.FewLanes : convolution.in_channels % WindowSums.Lanes == 0);

    /// <summary>Starts the sums with a map.</summary>
    public void Add(MapView residual)
    {
        Residual = residual;
        residual.Readers++;
    }

    /// <inheritdoc/>
    public override void Prepare(FusedPass pass)
    {
        bool both = pass.IsTraining && _hasInputGradient;
        using var detached = Weight.detach();
        using var permuted = detached.permute(0, 2, 3, 1);
        using var lying = permuted.contiguous();
        float* weights = FusedPass.NumbersOf(lying);
        float* prepared = pass.NewWeights(this, (both ? 2 : 1) * _kernel.WeightNumbers);
        _kernel.Prepare(weights, prepared);
        if (both)
            _kernel.PrepareTransposed(weights, prepared + _kernel.WeightNumbers);
    }

    /// <inheritdoc/>
    public override void Forward(FusedPass pass, ImageRange images, int thread)
    {
        int atOnce = pass.AtOnce(this);
        for (int part = 0; part < images.Parts(atOnce); part++)
            ForwardAtOnce(pass, images.Part(part, atOnce), thread);
    }

    /// <inheritdoc/>
    public override void Backward(FusedGradients gradients)
    {
        if (!gradients.Has(Output))
        {
            if (_hasInputGradient)
                gradients.Skip(_input);
            if (Residual is not null)
                gradients.Skip(Residual);
            return;
        }
        int groups = (int)Math.Clamp(MostGroupNumbers / _kernel.WeightNumbers, FewestGroups, MostGroups);
        groups = Math.Min(groups, gradients.Pass.Images);
        using var sums = new NativeNumbers(groups * _kernel.WeightNumbers).Fill(0);
        var work = new BackwardWork(this, gradients, groups, sums.First);
        gradients.Pass.Run(groups, work);
        work.Close();
        using var scope = NewDisposeScope();
        var gradient = empty(Output.Channels, _size, _size, _input.Map.Channels);
        var reducing = new ReducingWork(_kernel, sums.First, groups, FusedPass.NumbersOf(gradient));
        gradients.Pass.Run(Output.Channels / WindowSums.Lanes, reducing);
        var ofWeight = gradient.permute(0, 3, 1, 2);
        if (EarlyGradients.Receiver is { } receiver)
            receiver.Take(Weight, ofWeight);
        else
            gradients.Weights[Index] = ofWeight.DetachFromDisposeScope();
    }

    private void ForwardAtOnce(FusedPass pass, ImageRange images, int thread)
    {
        float* padded = pass.Scratch(thread);
        float* work = FillInputs(pass, images, thread, padded);
        float* start = Residual is null ? null : pass.Map(Residual.Map, images.First, thread);
        _kernel.Forward(images.Count, padded, pass.Weights(this), start, pass.Map(Output, images.First, thread), work);
    }

    // Returns the end of the padded inputs.
    private float* FillInputs(FusedPass pass, ImageRange images, int thread, float* padded)
    {
        for (int image = images.First; image < images.End; image++, padded += _kernel.Input.Numbers)
            _kernel.Input.Fill(pass.Map(_input.Map, image, thread), pass.Line(_input), padded);
        return padded;
    }

    // The work of an image group: the gradient of the input, and the group's part of the gradient of the weights.
    private sealed class BackwardWork : IParallelWork
    {
        private readonly ConvolutionStep _step;
        private readonly FusedGradients _gradients;
        private readonly FusedPass _pass;
        private readonly int _groups;
        private readonly float* _sums;
        private readonly GatheredGradient _output;
        private readonly Contribution? _toInput, _toResidual;
        private readonly bool _moves;

        public BackwardWork(ConvolutionStep step, FusedGradients gradients, int groups, float* sums)
        {
            (_step, _gradients, _pass, _groups) = (step, gradients, gradients.Pass, groups);
            _sums = sums;
            _output = gradients.Gather(step.Output);
            // The memory of the output's gradient becomes that of the residual's, unless that has a part already.
            _moves = step.Residual is { } residual && !gradients.Has(residual);
            if (_moves)
                gradients.Skip(step.Residual!);
            else if (step.Residual is not null)
                _toResidual = gradients.Open(step.Residual);
            if (step._hasInputGradient)
                _toInput = gradients.Open(step._input);
        }

        public void Do(int item, int thread)
        {
            int first = (int)((long)item * _pass.Images / _groups), end = (int)((item + 1L) * _pass.Images / _groups);
            var images = new ImageRange(first, end - first);
            int atOnce = _pass.AtOnce(_step);
            for (int part = 0; part < images.Parts(atOnce); part++)
                Do(images.Part(part, atOnce), thread, _sums + item * _step._kernel.WeightNumbers);
        }

        public void Close()
        {
            if (_moves)
                _gradients.Move(_output, _step.Residual!);
            if (_toInput is { } contribution)
                _gradients.Close(contribution);
        }

        private void Do(ImageRange images, int thread, float* sums)
        {
            var kernel = _step._kernel;
            float* padded = _pass.Scratch(thread);
            float* gradient = _step.FillInputs(_pass, images, thread, padded);
            float* work = gradient;
            for (int image = images.First; image < images.End; image++, work += kernel.OutputGradient.Numbers)
            {
                var output = _output.Of(image, thread);
                output.Fill(kernel.OutputGradient, work, stores: _step.Residual is not null);
                if (_toResidual is { } residual)
                    MapSums.Add(output.Sum, _gradients.Of(residual.View, image), residual.View.Map.Numbers);
            }
            kernel.AddWeightGradient(images.Count, padded, gradient, sums, work);
            if (_toInput is not { } contribution)
                return;
            float* weights = _pass.Weights(_step) + kernel.WeightNumbers;
            float* ofInput = _gradients.Of(_step._input, images.First);
            kernel.AddInputGradient(images.Count, gradient, weights, ofInput, contribution.IsFirst, work);
            for (int image = images.First; image < images.End; image++)
                _gradients.Finish(contribution, image, thread);
        }
    }

    private sealed class ReducingWork(ConvolutionKernel kernel, float* sums, int groups, float* gradient) : IParallelWork
    {
        public void Do(int item, int thread) => kernel.Reduce(sums, groups, item, gradient);
    }
}
