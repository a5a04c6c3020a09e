using Pupil.Networks.Fused.Arithmetic;
using Pupil.Networks.Norms;
using Pupil.Processes;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Pupil.Networks.Fused;

/// <summary>The values of a batch-norm in one pass.</summary>
internal sealed unsafe class NormValues : IDisposable
{
    private readonly FusedNorm _norm;
    private readonly int _images, _channels;
    private readonly NativeNumbers _lines;
    private readonly double[] _deviations, _scales;
    private NativeNumbers? _sums, _factors;
    private Tensor? _weightGradient, _biasGradient;
    private IProcessGroup? _group;
    private double _count;

    /// <summary>Reserves memory.</summary>
    /// <param name="norm">The batch-norm.</param>
    /// <param name="images">N.</param>
    public NormValues(FusedNorm norm, int images)
    {
        (_norm, _images, _channels) = (norm, images, norm.Map.Channels);
        _lines = new NativeNumbers(3L * _channels);
        (_deviations, _scales) = (new double[_channels], new double[_channels]);
    }

    /// <summary>The factors of the map, C numbers.</summary>
    public float* Scale => _lines.First;

    /// <summary>The numbers added to the product, C.</summary>
    public float* Shift => _lines.First + _channels;

    /// <summary>The means of the batch, C numbers.</summary>
    public float* Means => _lines.First + 2 * _channels;

    /// <summary>The factors of the gradient, see <see cref="MapGradient"/>.</summary>
    public float* Factors => _factors!.First;

    private BatchNorm2d Module => _norm.Module;

    private (nint Weight, nint Bias) Parameters =>
        ((nint)FusedPass.NumbersOf(Module.weight!), (nint)FusedPass.NumbersOf(Module.bias!));

    /// <summary>Normalises by the running statistics.</summary>
    public void UseRunningStatistics()
    {
        float* mean = FusedPass.NumbersOf(Module.running_mean!), variance = FusedPass.NumbersOf(Module.running_var!);
        var parameters = Parameters;
        for (int channel = 0; channel < _channels; channel++)
            SetLine(parameters, channel, mean[channel], variance[channel]);
    }

    /// <summary>Normalises by the statistics of the batch, and updates the running ones.</summary>
    /// <param name="moments">For every image, C means, then C sums of squared distances from them.</param>
    public void UseBatchStatistics(float* moments)
    {
        float* runningMean = FusedPass.NumbersOf(Module.running_mean!), runningVariance = FusedPass.NumbersOf(Module.running_var!);
        var parameters = Parameters;
        double momentum = Module.momentum!.Value;
        double[] means = new double[_channels], squares = new double[_channels];
        _count = (double)_images * _norm.Map.Pixels;
        for (int channel = 0; channel < _channels; channel++)
        {
            double mean = 0, sum = 0;
            for (int image = 0; image < _images; image++)
                mean += moments[2L * image * _channels + channel] / (double)_images;
            for (int image = 0; image < _images; image++)
            {
                double distance = moments[2L * image * _channels + channel] - mean;
                sum += moments[(2L * image + 1) * _channels + channel] + _norm.Map.Pixels * distance * distance;
            }
            (means[channel], squares[channel]) = (mean, sum);
        }
        _group = SharedStatistics.Group;
        if (_group is not null)
            (_count, means, squares) = ChannelMoments.OverProcesses(_group, _count, means, squares);
        for (int channel = 0; channel < _channels; channel++)
        {
            SetLine(parameters, channel, means[channel], squares[channel] / _count);
            runningMean[channel] += (float)(momentum * (means[channel] - runningMean[channel]));
            runningVariance[channel] += (float)(momentum * (squares[channel] / (_count - 1) - runningVariance[channel]));
        }
    }

    /// <summary>The sums of an image's gradient, C numbers; those of the products with the distance from the mean follow.</summary>
    public float* Sums(int image) => _sums!.First + 2L * image * _channels;

    /// <summary>Reserves the memory of <see cref="Sums"/>.</summary>
    public void PrepareSums()
    {
        _sums?.Dispose();
        _sums = new NativeNumbers(2L * _images * _channels);
    }

    /// <summary>Computes the factors and the gradients of weight and bias from the sums of all images.</summary>
    public void Finish()
    {
        foreach (var gradient in TakeGradients())
            gradient?.Dispose();
        _factors?.Dispose();
        _weightGradient = empty(_channels).DetachFromDisposeScope();
        _biasGradient = empty(_channels).DetachFromDisposeScope();
        float* ofWeight = FusedPass.NumbersOf(_weightGradient), ofBias = FusedPass.NumbersOf(_biasGradient);
        _factors = new NativeNumbers(3L * _channels);
        double[] sums = new double[2 * _channels];
        for (int image = 0; image < _images; image++)
        {
            for (int i = 0; i < sums.Length; i++)
                sums[i] += Sums(image)[i];
        }
        for (int channel = 0; channel < _channels; channel++)
        {
            ofBias[channel] = (float)sums[channel];
            ofWeight[channel] = (float)(sums[_channels + channel] / _deviations[channel]);
        }
        // Weight and bias have this process's part of their gradients, but the input's depends on the sums over all images.
        _group?.Sum(sums);
        for (int channel = 0; channel < _channels; channel++)
        {
            double sum = sums[channel], product = sums[_channels + channel], deviation = _deviations[channel];
            double ofOutput = _scales[channel];
            double ofInput = -ofOutput * product / (deviation * deviation * _count);
            Factors[channel] = (float)ofOutput;
            Factors[_channels + channel] = (float)ofInput;
            Factors[2 * _channels + channel] = (float)(-ofOutput * sum / _count - ofInput * Means[channel]);
        }
        _sums?.Dispose();
    }

    /// <summary>Returns the gradients of weight and bias, C numbers each, which the caller owns; null without a gradient.</summary>
    public Tensor?[] TakeGradients()
    {
        Tensor?[] taken = [_weightGradient, _biasGradient];
        (_weightGradient, _biasGradient) = (null, null);
        return taken;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _lines.Dispose();
        _sums?.Dispose();
        _factors?.Dispose();
        foreach (var gradient in TakeGradients())
            gradient?.Dispose();
    }

    private void SetLine((nint Weight, nint Bias) parameters, int channel, double mean, double variance)
    {
        _deviations[channel] = Math.Sqrt(variance + Module.eps);
        double scale = _scales[channel] = ((float*)parameters.Weight)[channel] / _deviations[channel];
        Scale[channel] = (float)scale;
        Shift[channel] = (float)(((float*)parameters.Bias)[channel] - mean * scale);
        Means[channel] = (float)mean;
    }
}
