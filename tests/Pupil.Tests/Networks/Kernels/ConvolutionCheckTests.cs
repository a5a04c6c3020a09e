using Pupil.Experiments.Runs;
using Pupil.Networks;
using Pupil.Networks.Kernels;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Pupil.Tests.Networks.Kernels;

/// <summary>A kernel with an injected error is found, reported once, and not used.</summary>
public sealed class ConvolutionCheckTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly List<string> _told = [];

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void A_right_way_is_compared_once_and_not_reported()
    {
        var check = new ConvolutionCheck(_told.Add);
        using (check.Replace())
        {
            using Conv2d first = nn.Conv2d(8, 12, 3), second = nn.Conv2d(8, 12, 3);
            for (int i = 0; i < 3; i++)
            {
                first.Convolve(Input(8));
                second.Convolve(Input(8));
            }
        }

        Assert.Equal(1, check.Examples);
        Assert.Empty(_told);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void A_wrong_way_is_replaced_by_the_other_and_reported_once(int kernel)
    {
        var (wrong, other) = kernel == 1 ? (ConvolutionWay.Product, ConvolutionWay.Library)
            : (ConvolutionWay.Library, ConvolutionWay.Product);
        var check = new ConvolutionCheck(_told.Add) { Fault = (way, _, result) => way == wrong ? result + 1 : result };
        using (check.Replace())
        {
            using Conv2d first = nn.Conv2d(8, 12, kernel), second = nn.Conv2d(8, 20, kernel);
            var input = Input(8);
            Assert.Equal(other, check.Choose(first, input).Way);
            Assert.Equal(other, check.Choose(second, input).Way);
            var expected = nn.functional.conv2d(input.to(ScalarType.Float64), first.weight.to(ScalarType.Float64),
                first.bias!.to(ScalarType.Float64));
            Tensors.AssertNear(expected.Numbers(), first.Convolve(input).Numbers(), 1e-5, "output");
        }

        string told = Assert.Single(_told);
        Assert.Contains($"{kernel}×{kernel} from 8 to 12 channels", told);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_wrong_gradient_counts_only_if_it_is_needed(bool isOfInput)
    {
        var wrong = isOfInput ? ConvolutionResults.InputGradient : ConvolutionResults.WeightGradient;
        var check = new ConvolutionCheck(_told.Add)
        {
            Fault = (way, what, result) => way == ConvolutionWay.Product && what == wrong ? result * 2 : result,
        };
        using var convolution = nn.Conv2d(8, 12, 1, bias: false);
        var input = Input(8).requires_grad_();

        using (no_grad())
            Assert.Equal(ConvolutionWay.Product, check.Choose(convolution, input).Way);
        Assert.Equal(ConvolutionWay.Library, check.Choose(convolution, input).Way);
        Assert.Single(_told);
    }

    [Fact]
    public void Where_both_are_wrong_double_precision_computes_and_gradients_flow()
    {
        var check = new ConvolutionCheck(_told.Add)
        {
            Fault = (way, _, result) => way == ConvolutionWay.Double ? result : result * float.NaN,
        };
        using var check_ = check.Replace();
        using Convolution plain = nn.Conv2d(8, 12, 3, padding: 1), transposed = nn.ConvTranspose2d(8, 6, 4, 2, 1);
        foreach (var convolution in new[] { plain, transposed })
        {
            var input = Input(8).requires_grad_();
            var output = convolution.Convolve(input);
            output.sum().backward();

            Assert.Equal(ConvolutionWay.Double, check.Choose(convolution, input).Way);
            Assert.Equal(ScalarType.Float32, output.dtype);
            convolution.to(ScalarType.Float64);
            Tensors.AssertNear(convolution.call(input.to(ScalarType.Float64)).Numbers(), output.Numbers(), 1e-5, "output");
            Assert.True(input.grad!.abs().sum().ToDouble() > 0 && convolution.weight.grad!.abs().sum().ToDouble() > 0);
        }
    }

    [Fact]
    public void If_no_way_is_right_an_error_is_thrown()
    {
        var check = new ConvolutionCheck(_told.Add) { Fault = (_, _, result) => result + 1 };
        using var convolution = nn.Conv2d(8, 12, 3);

        var error = Assert.Throws<UserErrorException>(() => check.Choose(convolution, Input(8)));

        Assert.Contains("ONEDNN_MAX_CPU_ISA", error.Message);
    }

    [Fact]
    public void Other_precisions_threads_and_small_maps_are_checked_anew()
    {
        var check = new ConvolutionCheck(_told.Add);
        using var convolution = nn.Conv2d(8, 12, 3, padding: 1);
        int threads = get_num_threads();
        try
        {
            set_num_threads(1);
            check.Choose(convolution, Input(8));
            set_num_threads(2);
            check.Choose(convolution, Input(8));
            check.Choose(convolution, Input(8, side: 5));
            convolution.to(ScalarType.Float64);
            check.Choose(convolution, Input(8).to(ScalarType.Float64));
        }
        finally
        {
            set_num_threads(threads);
        }

        Assert.Equal(4, check.Examples);
    }

    [Fact]
    public void The_check_changes_no_state_of_torch()
    {
        random.manual_seed(7);
        double[] expected = rand(4).Numbers();
        using var convolution = nn.Conv2d(8, 12, 1, bias: false);
        int calls = 0;
        convolution.register_forward_hook((_, _, output) => { calls++; return output; });
        var input = Input(8).requires_grad_();
        var check = new ConvolutionCheck(_told.Add);
        check.Choose(convolution, input);
        long alive = Tensors.Alive;

        random.manual_seed(7);
        using (new ConvolutionCheck(_told.Add).Replace())
        {
            new ConvolutionCheck(_told.Add).Choose(convolution, input);
            Assert.Equal(alive, Tensors.Alive);
            using (inference_mode())
                new ConvolutionCheck(_told.Add).Choose(convolution, input);
        }

        Assert.Equal(expected, rand(4).Numbers());
        Assert.True(is_grad_enabled());
        Assert.Equal(0, calls);
        Assert.Null(input.grad);
        Assert.Null(convolution.weight.grad);
    }

    [Fact]
    public void The_ways_of_all_kinds_of_convolutions_pass_and_one_wrong_number_does_not()
    {
        ConvolutionForm[] forms =
        [
            Form(nn.Conv2d(3, 5, 3, padding: 1)), Form(nn.Conv2d(6, 4, 3, 2, 1, bias: false)),
            Form(nn.Conv2d(6, 9, 3, padding: 1, groups: 3)),
            Form(nn.Conv2d(8, 8, 3, 2, 1, groups: 8, bias: false)), Form(nn.Conv2d(4, 6, 5, padding: 2, dilation: 2)),
            Form(nn.Conv2d(4, 6, (3, 2), stride: (2, 1))),
            Form(nn.Conv2d(40, 33, 1, 2)), Form(nn.ConvTranspose2d(6, 4, 4, 2, 1)),
            Form(nn.ConvTranspose2d(6, 4, 3, padding: 1, bias: false)),
            Form(nn.ConvTranspose2d(6, 4, 3, 2, 1, 1, groups: 2)),
        ];
        foreach (var form in forms)
        {
            foreach (var type in new[] { ScalarType.Float32, ScalarType.Float64 })
            {
                foreach (bool isSmall in new[] { true, false })
                {
                    var use = new ConvolutionUse(type, DeviceType.CPU, -1, get_num_threads(), isSmall);
                    foreach (var way in form.Ways(use))
                    {
                        const ConvolutionResults All =
                            ConvolutionResults.Output | ConvolutionResults.InputGradient | ConvolutionResults.WeightGradient;
                        var wrong = new ConvolutionExample(form, use).Wrong(way, All);
                        // libtorch's own 1×1 convolutions are wrong on some machines, and are not used there: see Convolutions.
                        if (!form.IsPointwise || way != ConvolutionWay.Library)
                            Assert.Equal((form, way, ConvolutionResults.None), (form, way, wrong));
                        var spoiled = new ConvolutionExample(form, use) { Fault = (_, _, result) => OneWrong(result) };
                        Assert.Equal((form, way, All), (form, way, spoiled.Wrong(way, All)));
                    }
                }
            }
        }

        static ConvolutionForm Form(Convolution convolution)
        {
            using (convolution)
                return ConvolutionForm.OfConvolution(convolution);
        }

        static Tensor OneWrong(Tensor result)
        {
            var flat = result.contiguous().clone();
            flat.view(-1)[^1] += 7;
            return flat;
        }
    }

    [Fact]
    public void Preparing_libtorch_sets_the_receiver_of_reports()
    {
        var before = ConvolutionCheck.Tell;
        try
        {
            Compute.Prepare(DeviceChoice.Cpu, null, _told.Add);
            ConvolutionCheck.Tell!("news");
        }
        finally
        {
            ConvolutionCheck.Tell = before;
        }

        Assert.Equal(["news"], _told);
    }

    private static Tensor Input(int channels, int side = 9) =>
        Tensors.Wave(1, 3, side, side, channels).to(ScalarType.Float32).permute(0, 3, 1, 2);
}
