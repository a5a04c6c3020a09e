using Pupil.Networks;
using Pupil.Networks.Norms;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Pupil.Distillation.Adapters;

/// <summary>A convolution, batch-norm and optional ReLU, which map a student's channels and size to those of a teacher's map.</summary>
internal sealed class AdaptingConvolution : Module<Tensor, Tensor>
{
    private readonly Convolution _convolution;
    private readonly BatchNorm2d _norm;
    private readonly bool _rectifies;

    private AdaptingConvolution(Convolution convolution, int outputs, bool rectifies) : base("unit")
    {
        _rectifies = rectifies;
        register_module("convolution", _convolution = convolution);
        register_module("norm", _norm = BatchNorm2d(outputs));
    }

    /// <summary>
    /// Fits one stage's shape to another's (RepDistiller's regressor). The kernel is 1×1 for equal sizes, 3×3 with stride 2 for half the
    /// size, transposed 4×4 with stride 2 for twice the size. Otherwise the kernel's size is 1 plus the difference.
    /// </summary>
    /// <param name="from">The shape of the input.</param>
    /// <param name="to">The shape of the output.</param>
    /// <param name="rectifies">Whether ReLU follows.</param>
    /// <exception cref="UserErrorException">No such convolution exists.</exception>
    public static AdaptingConvolution Fitting(StageShape from, StageShape to, bool rectifies)
    {
        Convolution convolution = (from.Height, from.Width) switch
        {
            var (height, width) when height == 2 * to.Height && width == 2 * to.Width => Conv2d(from.Channels, to.Channels, 3, 2, 1),
            var (height, width) when 2 * height == to.Height && 2 * width == to.Width =>
                ConvTranspose2d(from.Channels, to.Channels, 4, 2, 1),
            var (height, width) when height >= to.Height && width >= to.Width =>
                Conv2d(from.Channels, to.Channels, (1 + height - to.Height, 1 + width - to.Width), stride: (1, 1)),
            _ => throw new UserErrorException($"a map of {from.Height}×{from.Width} ({from.Name}) cannot be brought to "
                + $"{to.Height}×{to.Width} ({to.Name}): expected an equal or larger size, or half of it; choose another stage."),
        };
        return new AdaptingConvolution(convolution, to.Channels, rectifies);
    }

    /// <summary>1×1 without bias.</summary>
    /// <param name="from">Input channels.</param>
    /// <param name="to">Output channels.</param>
    /// <param name="rectifies">Whether ReLU follows.</param>
    public static AdaptingConvolution Pointwise(int from, int to, bool rectifies) => new(Conv2d(from, to, 1, bias: false), to, rectifies);

    /// <summary>1×1 without bias, initialised from a normal distribution of variance 2/C': the connectors of Heo et al. (2019).</summary>
    /// <param name="from">Input channels.</param>
    /// <param name="to">C', output channels.</param>
    public static AdaptingConvolution Connector(int from, int to)
    {
        using var noGradient = no_grad();
        var convolution = Conv2d(from, to, 1, bias: false);
        init.normal_(convolution.weight, 0, Math.Sqrt(2.0 / to));
        return new(convolution, to, rectifies: false);
    }

    /// <summary>k×k without bias that keeps the size, initialised uniformly with variance 1/(k²·C): the convolutions of ReviewKD.</summary>
    /// <param name="from">C, input channels.</param>
    /// <param name="to">Output channels.</param>
    /// <param name="kernel">k, an odd number.</param>
    public static AdaptingConvolution Square(int from, int to, int kernel)
    {
        using var noGradient = no_grad();
        var convolution = Conv2d(from, to, kernel, padding: kernel / 2, bias: false);
        double bound = Math.Sqrt(3.0 / (kernel * kernel * from));
        init.uniform_(convolution.weight, -bound, bound);
        return new(convolution, to, rectifies: false);
    }

    /// <summary>N×C×H×W to N×C'×H'×W'.</summary>
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var normal = _norm.Normalize(_convolution.Convolve(input));
        return (_rectifies ? normal.relu_() : normal).MoveToOuterDisposeScope();
    }

    // The constructor registers the modules under the names that checkpoints contain.
    protected override void RegisterComponents() { }
}
