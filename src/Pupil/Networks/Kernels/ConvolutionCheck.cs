using System.Runtime.CompilerServices;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Pupil.Networks.Kernels;

/// <summary>What decides, with the form, which kernel a library takes; the instruction set is the process's.</summary>
/// <param name="Type">The precision.</param>
/// <param name="Device">The kind of device.</param>
/// <param name="Index">Which one of its kind.</param>
/// <param name="Threads">Threads of this thread's operations; 0 on a GPU.</param>
/// <param name="IsSmall">Whether the map has fewer than 8×8 pixels: too few for the blocks that larger ones are cut into.</param>
internal readonly record struct ConvolutionUse(ScalarType Type, DeviceType Device, int Index, int Threads, bool IsSmall)
{
    private const long Small = 8 * 8;

    /// <summary>The use for an input.</summary>
    public static ConvolutionUse Of(ConvolutionForm form, Tensor input)
    {
        bool isSmall = input.size(2) * input.size(3) < Small * (form.IsTransposed ? 1 : form.Stride.Area);
        return new(input.dtype, input.device_type, input.device_index, input.device_type == DeviceType.CPU ? get_num_threads() : 0, isSmall);
    }
}

/// <summary>What a convolution's input is sent through.</summary>
/// <param name="Form">The convolution's form.</param>
/// <param name="Use">What it was chosen for.</param>
/// <param name="Way">The way.</param>
/// <param name="Checked">The results that were compared.</param>
internal sealed record ConvolutionChoice(ConvolutionForm Form, ConvolutionUse Use, ConvolutionWay Way, ConvolutionResults Checked);

/// <summary>
/// Chooses the way of every convolution. A form that is used for the first time in a precision, on a device, with so many threads, goes through a
/// <see cref="ConvolutionExample"/>; where a way gives wrong numbers, the next one is taken, and people are told once.
/// </summary>
/// <param name="tell">Hears of it.</param>
internal sealed class ConvolutionCheck(Action<string> tell)
{
    private static readonly ConvolutionCheck Shared = new(message => Tell?.Invoke(message));

    [ThreadStatic]
    private static ConvolutionCheck? _ofThread;

    private readonly Lock _lock = new();
    private readonly ConditionalWeakTable<Convolution, ConvolutionChoice> _choices = [];
    private readonly Dictionary<(ConvolutionForm, ConvolutionUse, ConvolutionWay), (ConvolutionResults Right, ConvolutionResults Wrong)> _compared = [];
    private readonly HashSet<ConvolutionWay> _told = [];

    /// <summary>Who is told of a way that gives wrong numbers; null: nobody.</summary>
    public static Action<string>? Tell { get; set; }

    /// <summary>The check of this process, or what a test has put in its place on this thread.</summary>
    public static ConvolutionCheck Present => _ofThread ?? Shared;

    /// <summary>For tests: what becomes of every result of an example.</summary>
    public Func<ConvolutionWay, ConvolutionResults, Tensor, Tensor>? Fault { get; init; }

    /// <summary>How many examples were computed.</summary>
    public int Examples { get; private set; }

    /// <summary>For tests: is <see cref="Present"/> on this thread until disposed.</summary>
    public IDisposable Replace()
    {
        _ofThread = this;
        return new Replacement();
    }

    /// <summary>The way for a convolution's next input. Where nothing has changed since the last one, that costs no more than a look at the input.</summary>
    /// <exception cref="UserErrorException">Every way gives wrong numbers.</exception>
    public ConvolutionChoice Choose(Convolution convolution, Tensor input)
    {
        var asked = ConvolutionResults.Output;
        if (is_grad_enabled())
        {
            asked |= input.requires_grad ? ConvolutionResults.InputGradient : 0;
            asked |= convolution.weight.requires_grad ? ConvolutionResults.WeightGradient : 0;
        }
        _choices.TryGetValue(convolution, out var last);
        var form = last?.Form ?? ConvolutionForm.Of(convolution);
        var use = ConvolutionUse.Of(form, input);
        if (last is not null && last.Use == use && (asked & ~last.Checked) == 0)
            return last;
        lock (_lock)
        {
            var choice = Choose(form, use, asked);
            _choices.AddOrUpdate(convolution, choice);
            return choice;
        }
    }

    private ConvolutionChoice Choose(ConvolutionForm form, ConvolutionUse use, ConvolutionResults asked)
    {
        bool isNews = false;
        foreach (var way in form.Ways(use.Type))
        {
            var (right, wrong) = Compared(form, use, way, asked);
            if (wrong != ConvolutionResults.None)
            {
                isNews |= _told.Add(way);
                continue;
            }
            if (isNews)
                tell($"{Found(form, use)} It is computed {Name(way)} instead, and so are others that prove wrong: results are right, perhaps slower.");
            return new(form, use, way, right);
        }
        throw new UserErrorException($"{Found(form, use)} No other way is right either; expected a processor and a libtorch that agree with plain arithmetic. "
            + "Try another instruction set (ONEDNN_MAX_CPU_ISA=AVX2 in the environment) or another machine.");
    }

    private (ConvolutionResults Right, ConvolutionResults Wrong) Compared(ConvolutionForm form, ConvolutionUse use, ConvolutionWay way, ConvolutionResults asked)
    {
        var (right, wrong) = _compared.GetValueOrDefault((form, use, way));
        var missing = asked & ~right;
        if (wrong != ConvolutionResults.None || missing == ConvolutionResults.None)
            return (right, wrong);
        Examples++;
        wrong = new ConvolutionExample(form, use) { Fault = Fault }.Wrong(way, missing);
        return _compared[(form, use, way)] = (right | missing & ~wrong, wrong);
    }

    private static string Found(ConvolutionForm form, ConvolutionUse use) => $"libtorch computes a convolution wrongly on this machine: {form}, {use.Type}"
        + $"{(use.Threads > 0 ? $", {use.Threads} thread{(use.Threads == 1 ? "" : "s")}" : "")}.";

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
