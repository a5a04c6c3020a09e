using Pupil.Core;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Pupil.Networks.Kernels;

/// <summary>The ways to compute a convolution.</summary>
internal enum ConvolutionWay
{
    /// <summary>A matrix product of all pixels, or of all windows, and the weights.</summary>
    Product,

    /// <summary>libtorch's convolution: oneDNN on processors, cuDNN on GPUs.</summary>
    Library,

    /// <summary>libtorch's convolution in double precision, which oneDNN does not have: slower, by other code.</summary>
    Double,
}

/// <summary>Height and width of a kernel, a stride, a padding or a map.</summary>
internal readonly record struct Sides(long Height, long Width)
{
    /// <summary>Their product.</summary>
    public long Area => Height * Width;

    /// <summary>Converts from TorchSharp's array; null is (0, 0).</summary>
    public static Sides FromArray(long[]? sides) => sides is null ? default : new(sides[0], sides[^1]);

    /// <summary>Converts to TorchSharp's array.</summary>
    public long[] ToArray() => [Height, Width];

    /// <summary><c>3×3</c>.</summary>
    public override string ToString() => $"{Height}×{Width}";
}

/// <summary>All properties of a convolution except its weights.</summary>
/// <param name="IsTransposed">Whether it is transposed.</param>
/// <param name="From">C, channels of the input.</param>
/// <param name="To">C', channels of the output.</param>
/// <param name="Kernel">Size of the kernel.</param>
/// <param name="Stride">Stride.</param>
/// <param name="Padding">Zeros on every edge.</param>
/// <param name="OutputPadding">Output padding, of a transposed one alone.</param>
/// <param name="Dilation">Distance between a kernel's pixels.</param>
/// <param name="Groups">Groups of channels.</param>
/// <param name="HasBias">Whether a bias is added.</param>
internal sealed record ConvolutionForm(
    bool IsTransposed, long From, long To, Sides Kernel, Sides Stride, Sides Padding, Sides OutputPadding, Sides Dilation, long Groups,
    bool HasBias)
{
    /// <summary>Reads the form of a module.</summary>
    public static ConvolutionForm OfConvolution(Convolution convolution) => new(
        convolution.transposed, convolution.in_channels, convolution.out_channels,
        Sides.FromArray(convolution.kernel_size), Sides.FromArray(convolution.stride), Sides.FromArray(convolution.padding),
        Sides.FromArray(convolution.output_padding), Sides.FromArray(convolution.dilation), convolution.groups,
        convolution.bias is not null);

    /// <summary>Whether every output pixel is computed from one input pixel's channels.</summary>
    public bool IsPointwise => !IsTransposed && Kernel.Area == 1 && Padding == default && Groups == 1;

    /// <summary>Returns the possible ways, the best first.</summary>
    /// <param name="use">The use.</param>
    public IEnumerable<ConvolutionWay> Ways(ConvolutionUse use)
    {
        ConvolutionWay[] ways = IsTransposed ? [ConvolutionWay.Product, ConvolutionWay.Double]
            : IsPointwise || ReadsUnwritten(use) ? [ConvolutionWay.Product, ConvolutionWay.Library, ConvolutionWay.Double]
            : [ConvolutionWay.Library, ConvolutionWay.Product, ConvolutionWay.Double];
        return ways.Where(way => way != ConvolutionWay.Double || use.Type != ScalarType.Float64);
    }

    /// <summary>Convolves.</summary>
    /// <param name="way">The way of computation.</param>
    /// <param name="input">N×C×H×W.</param>
    /// <param name="weight">C'×C/groups×k×k; C×C'/groups×k×k of a transposed one.</param>
    /// <param name="bias">C' numbers, or null.</param>
    /// <returns>N×C'×H'×W'. Intermediate results belong to the caller's dispose scope.</returns>
    public Tensor Compute(ConvolutionWay way, Tensor input, Tensor weight, Tensor? bias) => way switch
    {
        ConvolutionWay.Product => IsPointwise ? ProductOfPixels(input, weight, bias)
            : IsTransposed ? SumOfWindows(input, weight, bias)
            : ProductOfWindows(input, weight, bias),
        ConvolutionWay.Double =>
            ByLibrary(input.to(ScalarType.Float64), weight.to(ScalarType.Float64), bias?.to(ScalarType.Float64)).to(input.dtype),
        _ => ByLibrary(input, weight, bias),
    };

    /// <summary><c>3×3 from 16 to 32 channels, stride 2×2</c>.</summary>
    public override string ToString() => $"{(IsTransposed ? "transposed " : "")}{Kernel} from {From} to {To} channels"
        + $"{(Groups > 1 ? $" in {Groups} groups" : "")}{(Stride.Area > 1 ? $", stride {Stride}" : "")}";

    /// <summary>Returns the size of the output.</summary>
    /// <param name="inputs">The size of the input.</param>
    public Sides Outputs(Sides inputs)
    {
        return new(Side(inputs.Height, Kernel.Height, Stride.Height, Padding.Height, OutputPadding.Height, Dilation.Height),
            Side(inputs.Width, Kernel.Width, Stride.Width, Padding.Width, OutputPadding.Width, Dilation.Width));

        long Side(long input, long kernel, long stride, long padding, long outputPadding, long dilation) => IsTransposed
            ? (input - 1) * stride - 2 * padding + dilation * (kernel - 1) + outputPadding + 1
            : (input + 2 * padding - dilation * (kernel - 1) - 1) / stride + 1;
    }

    /// <summary>Returns the size of an input whose output has that side; for a transposed one, the input that has that side.</summary>
    public Sides Inputs(long side)
    {
        return IsTransposed ? new(side, side) : new(Side(Kernel.Height, Stride.Height, Padding.Height, Dilation.Height),
            Side(Kernel.Width, Stride.Width, Padding.Width, Dilation.Width));

        long Side(long kernel, long stride, long padding, long dilation) => side * stride + dilation * (kernel - 1) - 2 * padding;
    }

    // Whether libtorch's reads memory that was not written, even with channels-last weights. One channel has no such layout. Two numbers of
    // 16 bits are read as one of 32.
    private bool ReadsUnwritten(ConvolutionUse use)
    {
        bool isDepthwise = Groups == From && From > 1;
        bool is16Bits = use.Type is ScalarType.BFloat16 or ScalarType.Float16;
        return use.Device == DeviceType.CPU
            && (From == 1 || (is16Bits && !isDepthwise && (To / Groups % 2 != 0 || use.HasIdleWeights)));
    }

    private Tensor ByLibrary(Tensor input, Tensor weight, Tensor? bias) => IsTransposed
        ? functional.conv_transpose2d(
            input, weight, bias, Stride.ToArray(), Padding.ToArray(), OutputPadding.ToArray(), Dilation.ToArray(), Groups)
        : functional.conv2d(input, weight, bias, Stride.ToArray(), Padding.ToArray(), Dilation.ToArray(), Groups);

    // Two dimensions give one product instead of one for every row of the map. A channels-last input and a part of its channels are not
    // copied; a subsampled input is.
    private Tensor ProductOfPixels(Tensor input, Tensor weight, Tensor? bias)
    {
        var every = TensorIndex.Slice();
        var kept = Stride.Area == 1 ? input
            : input.index(every, every, TensorIndex.Slice(step: Stride.Height), TensorIndex.Slice(step: Stride.Width));
        var pixels = kept.permute(0, 2, 3, 1).reshape(-1, From);
        return functional.linear(pixels, weight.flatten(1), bias).view(kept.shape[0], kept.shape[2], kept.shape[3], To).permute(0, 3, 1, 2);
    }

    private Tensor ProductOfWindows(Tensor input, Tensor weight, Tensor? bias)
    {
        var windows = functional.unfold(input, Pair(Kernel), Pair(Dilation), Pair(Padding), Pair(Stride));
        var grouped = windows.view(input.shape[0], Groups, -1, windows.shape[2]);
        long height = Outputs(new(input.shape[2], input.shape[3])).Height;
        var sums = weight.flatten(1).view(1, Groups, To / Groups, -1).matmul(grouped).view(input.shape[0], To, height, -1);
        return bias is null ? sums : sums.Plus(bias.view(1, -1, 1, 1));
    }

    // A transposed one: every input pixel gives a window of products, which is added to the output.
    private Tensor SumOfWindows(Tensor input, Tensor weight, Tensor? bias)
    {
        var outputs = Outputs(new(input.shape[2], input.shape[3]));
        var pixels = input.reshape(input.shape[0], Groups, From / Groups, -1);
        var windows = weight.reshape(Groups, From / Groups, -1).transpose(1, 2).matmul(pixels);
        var sums = functional.fold(windows.reshape(input.shape[0], -1, pixels.shape[3]), Pair(outputs), Pair(Kernel), Pair(Dilation),
            Pair(Padding), Pair(Stride));
        return bias is null ? sums : sums.Plus(bias.view(1, -1, 1, 1));
    }

    private static (long, long) Pair(Sides sides) => (sides.Height, sides.Width);
}
