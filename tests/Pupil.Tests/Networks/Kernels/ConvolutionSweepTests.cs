using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using Pupil.Networks;
using Pupil.Networks.Families;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Pupil.Tests.Networks.Kernels;

/// <summary>
/// The convolutions of all networks, in single precision with one and two threads, compared with double precision. They run in this
/// process, and in processes that are restricted to the lesser instruction sets.
/// </summary>
public sealed class ConvolutionSweepTests : IDisposable
{
    private const int Most = 1300, Images = 2, Small = 128;

    // The names in oneDNN, in PyTorch and in MKL.
    private static readonly (string OneDnn, string Torch, string Mkl, Func<bool> IsThere)[] InstructionSets =
    [
        ("SSE41", "default", "SSE4_2", () => Sse41.IsSupported),
        ("AVX", "default", "AVX", () => Avx.IsSupported),
        ("AVX2", "avx2", "AVX2", () => Avx2.IsSupported),
        ("AVX512_CORE", "avx512", "AVX512", () => Avx512BW.IsSupported),
    ];

    // The published widths of each family, and some between; deeper networks have the same convolutions.
    private static readonly (string Name, int Side)[] Networks =
    [
        .. new[] { 1, 2, 3, 4, 5, 8, 10 }.Select(width => ($"wrn-10-{width}", 16)),
        ("resnet-8", 16), ("resnet-8x4", 16), ("vgg-8", 16),
        .. new[] { "0.25", "0.5", "0.75", "1", "1.4", "2" }.Select(width => ($"mobilenet-v2-{width}", 16)),
        .. new[] { "0.5", "1", "1.5", "2" }.Select(width => ($"shufflenet-v2-{width}", 16)),
        ("imagenet-resnet-18", 64), ("imagenet-resnet-50", 64), ("mobilenet-v3-large", 32), ("regnet-y-400mf", 32),
        ("vit-tiny-16", 16),
    ];

    private readonly int _threads = get_num_threads();

    public static TheoryData<string> Sets => [.. InstructionSets.Select(set => set.OneDnn)];

    public void Dispose() => set_num_threads(_threads);

    [Theory]
    [InlineData(1, 5)]
    [InlineData(2, 5)]
    [InlineData(1, 1, Explicit = true)]
    [InlineData(2, 1, Explicit = true)]
    public void Pointwise_convolutions_are_right_to_every_number_of_channels(int stride, int every) => Sweep(16, stride, every);

    [Theory]
    [InlineData(40, 1)]
    [InlineData(3, 2, Explicit = true)]
    [InlineData(480, 2, Explicit = true)]
    public void They_are_from_other_numbers_too(int from, int stride) => Sweep(from, stride, 7);

    [Fact]
    public void Small_convolutions_of_networks_are_right() =>
        AssertRight(convolution => Math.Max(convolution.in_channels, convolution.out_channels) <= Small);

    [Fact]
    public void Large_convolutions_of_networks_are_right() =>
        AssertRight(convolution => Math.Max(convolution.in_channels, convolution.out_channels) > Small);

    [Theory(Explicit = true)]
    [MemberData(nameof(Sets))]
    public async Task All_of_that_holds_with_the_instruction_set(string name)
    {
        var (oneDnn, torch, mkl, isThere) = InstructionSets.Single(set => set.OneDnn == name);
        Assert.SkipUnless(isThere(), $"This processor has no {name}.");
        string host = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        var start = new ProcessStartInfo(host) { RedirectStandardOutput = true };
        string[] arguments =
        [
            Path.Combine(AppContext.BaseDirectory, "Pupil.Tests.dll"), "-noLogo", "-noColor", "-explicit", "on",
            "-method", $"{GetType().FullName}.{nameof(Pointwise_convolutions_are_right_to_every_number_of_channels)}",
            "-method", $"{GetType().FullName}.{nameof(Small_convolutions_of_networks_are_right)}",
        ];
        foreach (string argument in arguments)
            start.ArgumentList.Add(argument);
        (start.Environment["ONEDNN_MAX_CPU_ISA"], start.Environment["ATEN_CPU_CAPABILITY"],
            start.Environment["MKL_ENABLE_INSTRUCTIONS"]) = (oneDnn, torch, mkl);
        // Spinning threads would take the cores from other programs.
        start.Environment["OMP_WAIT_POLICY"] = "PASSIVE";

        using var process = Process.Start(start)!;
        string output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.True(process.ExitCode == 0 && output.Contains("Total: 5,", StringComparison.Ordinal), output);
    }

    // A convolution to fewer channels has the first weights of the largest one, and so the first of its outputs: plain arithmetic is needed
    // only once.
    private static void Sweep(int from, int stride, int every)
    {
        const int Side = 4;
        int side = Side * stride, pixels = Images * Side * Side;
        float[] map = Numbers(1, Images * side * side * from), weights = Numbers(2, Most * from), slopes = Numbers(3, pixels * Most);
        double[] outputs = new double[pixels * Most], weightGradients = new double[Most * from];
        int[] places = [.. from image in Enumerable.Range(0, Images)
                           from row in Enumerable.Range(0, Side)
                           from column in Enumerable.Range(0, Side)
            select (image * side + row * stride) * side + column * stride];
        for (int pixel = 0; pixel < pixels; pixel++)
        {
            for (int to = 0; to < Most; to++)
            {
                for (int c = 0; c < from; c++)
                {
                    outputs[pixel * Most + to] += (double)map[places[pixel] * from + c] * weights[to * from + c];
                    weightGradients[to * from + c] += (double)map[places[pixel] * from + c] * slopes[pixel * Most + to];
                }
            }
        }
        using var scope = NewDisposeScope();
        Tensor input = tensor(map, [Images, side, side, from]).permute(0, 3, 1, 2), weight = tensor(weights, [Most, from, 1, 1]);
        var slope = tensor(slopes, [Images, Side, Side, Most]);
        input.requires_grad_();
        var inputGradients = new double[map.Length];
        var wrong = new Dictionary<string, List<int>>();

        for (int to = 1; to <= Most; to++)
        {
            for (int pixel = 0; pixel < pixels; pixel++)
            {
                for (int c = 0; c < from; c++)
                    inputGradients[places[pixel] * from + c] += (double)slopes[pixel * Most + to - 1] * weights[(to - 1) * from + c];
            }
            if (to % every > 0)
                continue;
            using var step = NewDisposeScope();
            using var convolution = nn.Conv2d(from, to, 1, stride, bias: false);
            using (no_grad())
                convolution.weight.copy_(weight.narrow(0, 0, to));
            var slopeHere = slope.narrow(3, 0, to).contiguous().permute(0, 3, 1, 2);
            for (int threads = 1; threads <= 2; threads++)
            {
                set_num_threads(threads);
                var output = convolution.Convolve(input);
                var gradients = autograd.grad([output], [input, convolution.weight], [slopeHere]);
                Note("output", to, threads, Last(output), (i => outputs[i / to * Most + i % to]));
                Note("gradient of the input", to, threads, Last(gradients[0]), i => inputGradients[i]);
                Note("gradient of the weights", to, threads, Last(gradients[1]), i => weightGradients[i]);
            }
        }

        Assert.True(wrong.Count == 0,
            string.Join("; ", wrong.Select(list => $"{list.Key} is wrong for {list.Value.Count} counts: {string.Join(' ', list.Value)}")));

        void Note(string what, int to, int threads, float[] found, Func<int, double> expected)
        {
            double largest = 1e-3, difference = 0;
            for (int i = 0; i < found.Length; i++)
            {
                largest = Math.Max(largest, Math.Abs(expected(i)));
                difference = double.IsNaN(found[i]) ? double.PositiveInfinity : Math.Max(difference, Math.Abs(expected(i) - found[i]));
            }
            if (difference <= 1e-5 * largest)
                return;
            string key = $"{what} with {threads} thread(s)";
            wrong.TryAdd(key, []);
            wrong[key].Add(to);
        }
    }

    private static void AssertRight(Func<Convolution, bool> isAsked)
    {
        var wrong = new List<string>();
        foreach (var convolution in OtherConvolutions().Where(isAsked))
        {
            using var scope = NewDisposeScope();
            using (convolution)
            {
                int side = (int)Math.Max(8, convolution.kernel_size[0]);
                var input = Last(Images, convolution.in_channels, side).requires_grad_();
                var exactInput = input.detach().to(ScalarType.Float64).requires_grad_();
                var weight = convolution.weight.detach().to(ScalarType.Float64).requires_grad_();
                var bias = convolution.bias?.to(ScalarType.Float64);
                var expected = convolution is ConvTranspose2d
                    ? nn.functional.conv_transpose2d(exactInput, weight, bias, convolution.stride, convolution.padding)
                    : nn.functional.conv2d(exactInput, weight, bias, convolution.stride, convolution.padding, convolution.dilation,
                        convolution.groups);
                var slope = Last(Images, convolution.out_channels, expected.shape[2]);
                var expectedGradients = autograd.grad([expected], [exactInput, weight], [slope.to(ScalarType.Float64)]);
                for (int threads = 1; threads <= 2; threads++)
                {
                    set_num_threads(threads);
                    var found = convolution.Convolve(input);
                    var gradients = autograd.grad([found], [input, convolution.weight], [slope]);
                    foreach (var (what, exact, single) in new[]
                    {
                        ("output", expected, found), ("gradient of the input", expectedGradients[0], gradients[0]),
                        ("gradient of the weights", expectedGradients[1], gradients[1]),
                    })
                    {
                        using var difference = (exact - single).abs().max() / exact.abs().max();
                        if (!(difference.ToDouble() < 1e-4))
                        {
                            wrong.Add($"{what} of {string.Join('×', convolution.kernel_size)} "
                                + $"from {convolution.in_channels} to {convolution.out_channels} channels in "
                                + $"{convolution.groups} groups with {threads} thread(s)");
                        }
                    }
                }
            }
        }

        Assert.True(wrong.Count == 0, string.Join("; ", wrong));

        static Tensor Last(long count, long channels, long side) =>
            tensor(Numbers(4, (int)(count * channels * side * side)), [count, side, side, channels]).permute(0, 3, 1, 2);
    }

    private static IEnumerable<Convolution> OtherConvolutions()
    {
        var seen = new HashSet<string>();
        foreach (var (name, side) in Networks)
        {
            using var network = NetworkCatalogue.Build(new NetworkSpec { Architecture = name }, new(3, side, side), 10);
            foreach (var convolution in network.modules().OfType<Conv2d>().Where(convolution => convolution.kernel_size is not [1, 1]))
            {
                if (seen.Add($"{convolution.in_channels} {convolution.out_channels} {convolution.kernel_size[0]} {convolution.stride[0]} "
                    + $"{convolution.groups} {convolution.bias is null}"))
                    yield return convolution;
            }
        }
        // Adapters: to half the size, to twice the size, to a slightly smaller one; factor transfer's.
        yield return nn.Conv2d(32, 64, 3, 2, 1);
        yield return nn.ConvTranspose2d(64, 32, 4, 2, 1);
        yield return nn.Conv2d(16, 32, 5);
        yield return nn.ConvTranspose2d(32, 64, 3, padding: 1);
    }

    // −1…1, by a fixed formula.
    private static float[] Numbers(int seed, int count)
    {
        var numbers = new float[count];
        uint state = (uint)seed;
        for (int i = 0; i < count; i++)
        {
            state = state * 1664525 + 1013904223;
            numbers[i] = (state >> 8) / (float)(1 << 23) - 1;
        }
        return numbers;
    }

    private static float[] Last(Tensor map)
    {
        using var last = map.permute(0, 2, 3, 1).contiguous();
        return MemoryMarshal.Cast<byte, float>(last.bytes).ToArray();
    }
}
