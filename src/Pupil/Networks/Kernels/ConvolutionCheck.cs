using System.Runtime.CompilerServices;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Pupil.Networks.Kernels;

/// <summary>The properties that, with the form, select a library's kernel; the instruction set is the process's.</summary>
/// <param name="Type">The precision.</param>
/// <param name="Device">The kind of device.</param>
/// <param name="Index">The index among devices of this kind.</param>
/// <param name="Threads">Threads of this thread's operations; 0 on a GPU.</param>
/// <param name="IsSmall">Whether the map has fewer than 8×8 pixels: too few for the blocks into which kernels divide larger ones.</param>
/// <param name="HasIdleWeights">Whether the padding is as large as the map, so that some of the kernel's weights see zeros alone.</param>
internal readonly record struct ConvolutionUse(
    ScalarType Type, DeviceType Device, int Index, int Threads, bool IsSmall, bool HasIdleWeights = false)
{
    private const long Small = 8 * 8;

    /// <summary>Returns the use for an input.</summary>
    public static ConvolutionUse ForInput(ConvolutionForm form, Tensor input)
    {
        bool isSmall = input.size(2) * input.size(3) < Small * (form.IsTransposed ? 1 : form.Stride.Area);
        int threads = input.device_type == DeviceType.CPU ? get_num_threads() : 0;
        bool hasIdleWeights = form.Padding.Height >= input.size(2) || form.Padding.Width >= input.size(3);
        return new(input.dtype, input.device_type, input.device_index, threads, isSmall, hasIdleWeights);
    }
}

/// <summary>The way in which a convolution is computed.</summary>
/// <param name="Form">The convolution's form.</param>
/// <param name="Use">The use that it was chosen for.</param>
/// <param name="Way">The way.</param>
/// <param name="Checked">The results that were compared.</param>
internal sealed record ConvolutionChoice(ConvolutionForm Form, ConvolutionUse Use, ConvolutionWay Way, ConvolutionResults Checked);

/// <summary>
/// Chooses the way of every convolution. At the first use of a form in a precision, on a device, with a number of threads, it computes a
/// <see cref="ConvolutionExample"/>. If a way gives wrong numbers, it takes the next one, and reports it once.
/// </summary>
/// <param name="tell">Receives the report.</param>
internal sealed class ConvolutionCheck(Action<string> tell)
{
    private static readonly ConvolutionCheck Shared = new(message => Tell?.Invoke(message));

    [ThreadStatic]
    private static ConvolutionCheck? _ofThread;

    private readonly Lock _lock = new();
    private readonly ConditionalWeakTable<Convolution, ConvolutionChoice> _choices = [];
    private readonly Dictionary<(ConvolutionForm, ConvolutionUse, ConvolutionWay), (ConvolutionResults Right, ConvolutionResults Wrong)>
        _compared = [];
    private readonly HashSet<ConvolutionWay> _told = [];

    /// <summary>Receives the report of a way that gives wrong numbers; null: no report.</summary>
    public static Action<string>? Tell { get; set; }

    /// <summary>The check of this process, or the one that a test has set on this thread.</summary>
    public static ConvolutionCheck Present => _ofThread ?? Shared;

    /// <summary>For tests: changes every result of an example.</summary>
    public Func<ConvolutionWay, ConvolutionResults, Tensor, Tensor>? Fault { get; init; }

    /// <summary>The number of computed examples.</summary>
    public int Examples { get; private set; }

    /// <summary>For tests: makes this the <see cref="Present"/> check on this thread until the result is disposed.</summary>
    public IDisposable Replace()
    {
        _ofThread = this;
        return new Replacement();
    }

    /// <summary>
    /// Returns the way for a convolution's next input. If form and use are those of the last input, that costs only their comparison.
    /// </summary>
    /// <exception cref="UserErrorException">Every way gives wrong numbers.</exception>
    public ConvolutionChoice Choose(Convolution convolution, Tensor input)
    {
        var needed = ConvolutionResults.Output;
        if (is_grad_enabled())
        {
            needed |= input.requires_grad ? ConvolutionResults.InputGradient : 0;
            needed |= convolution.weight.requires_grad ? ConvolutionResults.WeightGradient : 0;
        }
        _choices.TryGetValue(convolution, out var last);
        var form = last?.Form ?? ConvolutionForm.OfConvolution(convolution);
        var use = ConvolutionUse.ForInput(form, input);
        if (last is not null && last.Use == use && (needed & ~last.Checked) == 0)
            return last;
        lock (_lock)
        {
            var choice = Choose(form, use, needed);
            _choices.AddOrUpdate(convolution, choice);
            return choice;
        }
    }

    private ConvolutionChoice Choose(ConvolutionForm form, ConvolutionUse use, ConvolutionResults needed)
    {
        bool isNews = false;
        foreach (var way in form.Ways(use))
        {
            var (right, wrong) = Compared(form, use, way, needed);
            if (wrong != ConvolutionResults.None)
            {
                isNews |= _told.Add(way);
                continue;
            }
            if (isNews)
            {
                tell($"{Found(form, use)} It is computed {Name(way)} instead, and so are other convolutions with wrong results: "
                    + "results are right, perhaps slower.");
            }
            return new(form, use, way, right);
        }
        throw new UserErrorException($"{Found(form, use)} No other way is right either; expected a processor and a libtorch that agree "
            + "with plain arithmetic. Try another instruction set (ONEDNN_MAX_CPU_ISA=AVX2 in the environment) or another machine.");
    }

    private (ConvolutionResults Right, ConvolutionResults Wrong) Compared(
        ConvolutionForm form, ConvolutionUse use, ConvolutionWay way, ConvolutionResults needed)
    {
        var (right, wrong) = _compared.GetValueOrDefault((form, use, way));
        var missing = needed & ~right;
        if (wrong != ConvolutionResults.None || missing == ConvolutionResults.None)
            return (right, wrong);
        Examples++;
        wrong = new ConvolutionExample(form, use) { Fault = Fault }.Wrong(way, missing);
        return _compared[(form, use, way)] = (right | missing & ~wrong, wrong);
    }

    private static string Found(ConvolutionForm form, ConvolutionUse use)
    {
        string threads = use.Threads switch { 0 => "", 1 => ", 1 thread", _ => $", {use.Threads} threads" };
        return $"libtorch computes a convolution wrongly on this machine: {form}, {use.Type}{threads}.";
    }

    private static string Name(ConvolutionWay way) => way switch
    {
        ConvolutionWay.Product => "as a matrix product",
        ConvolutionWay.Double => "in double precision",
        _ => "as libtorch's own convolution",
    };

    private sealed class Replacement : IDisposable
    {
        public void Dispose() => _ofThread = null;
    }
}
