using System.Runtime.Intrinsics.X86;
using Pupil.Distillation;
using Pupil.LibTorch;
using Pupil.Networks;
using Pupil.Networks.Families;
using Pupil.Tests.Training;
using Pupil.Training.Computing;
using TorchSharp;
using static TorchSharp.torch;

namespace Pupil.Tests.Networks;

public sealed class ReducedPrecisionTests
{
    [Theory]
    [InlineData("wrn-10-1", 0.02)]
    [InlineData("resnet-8x4", 0.02)]
    [InlineData("vit-tiny-8", 0.02)]
    // Deep networks, whose batch-norms divide by the deviations of few numbers.
    [InlineData("mobilenet-v3-small", 0.3)]
    [InlineData("efficientnet-b0", 0.3)]
    [InlineData("shufflenet-v2-0.5", 0.3)]
    public void Outputs_and_gradients_are_near_those_of_single_precision(string architecture, double tolerance)
    {
        using var scope = NewDisposeScope();
        random.manual_seed(7);
        var images = randn(8, 3, 64, 64);
        using var network = NetworkCatalogue.Build(new() { Architecture = architecture }, new ImageShape(3, 64, 64), 5, 3);
        var (single, gradients) = Pass(null);
        var (reduced, reducedGradients) = Pass(ReducedPrecision.Use());
        Assert.False(ReducedPrecision.IsOn);
        AssertNear(single.Logits, reduced.Logits);
        foreach (var (one, other) in single.Stages.Zip(reduced.Stages))
            AssertNear(one.Map, other.Map);
        Assert.NotEqual(single.Logits.data<float>().ToArray(), reduced.Logits.data<float>().ToArray());
        // Those of the first layer have gone through all others.
        Assert.All(reducedGradients, gradient => Assert.Equal(ScalarType.Float32, gradient.dtype));
        AssertNear(cat([.. gradients.Select(gradient => gradient.flatten())]), cat([.. reducedGradients.Select(one => one.flatten())]), 3);

        (NetworkOutput, List<Tensor>) Pass(IDisposable? use)
        {
            using (use)
            {
                network.train();
                var output = network.call(images).InSinglePrecision();
                output.Logits.square().mean().backward();
                var found = network.parameters().Select(parameter => parameter.grad!.clone()).ToList();
                foreach (var parameter in network.parameters())
                    parameter.grad = null;
                return (output, found);
            }
        }

        // Relative to the length of the whole.
        void AssertNear(Tensor expected, Tensor found, double factor = 1)
        {
            Assert.Equal(ScalarType.Float32, found.dtype);
            double error = (found - expected).norm().ToDouble() / expected.norm().ToDouble();
            Assert.True(error < factor * tolerance, $"relative error {error}");
        }
    }

    [Fact]
    public void A_step_in_bfloat16_reduces_training_alone()
    {
        using var scope = NewDisposeScope();
        using var network = TinyTraining.ExpertNetwork();
        var images = randn(4, 3, 8, 8);
        var bfloat16 = SingleProcess.In(Precision.Bfloat16, CPU);
        network.eval();
        Assert.Equal(network.call(images).Logits.data<float>().ToArray(), bfloat16.Forward(network, images).Logits.data<float>().ToArray());
        using var expert = new Expert(TinyTraining.ExpertNetwork(), TinyTraining.Normalization, TinyTraining.Normalization);
        var (single, reduced) = (expert.Forward(images), bfloat16.Forward(expert, images));
        Assert.NotEqual(single.Logits.data<float>().ToArray(), reduced.Logits.data<float>().ToArray());
        network.train();
        var output = bfloat16.Forward(network, images);
        Assert.All(output.Tensors, tensor => Assert.Equal(ScalarType.Float32, tensor.dtype));
        bfloat16.Backward(output.Logits.sum(), []);
        Assert.All(network.parameters(), parameter => Assert.Equal(ScalarType.Float32, parameter.grad!.dtype));
        Assert.All(network.buffers(), buffer => Assert.NotEqual(ScalarType.BFloat16, buffer.dtype));
    }

    [Fact]
    public void Auto_takes_what_the_processor_computes_fast()
    {
        Assert.Same(SingleProcess.Instance, SingleProcess.In(Precision.Float32, CPU));
        string auto = SingleProcess.In(Precision.Auto, CPU).Precision, asked = SingleProcess.In(Precision.Bfloat16, CPU).Precision;
        Assert.StartsWith(Bfloat16.IsInProcessor ? "bfloat16" : "float32: this processor", auto);
        Assert.StartsWith("bfloat16", asked);
        Assert.Equal(!Bfloat16.IsInProcessor, asked.Contains("float32 is faster"));
        if (!File.Exists("/proc/cpuinfo") || !Avx512F.IsSupported)
            return;
        string flags = File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("flags", StringComparison.Ordinal)) ?? "";
        Assert.Equal(flags.Contains(" amx_bf16"), Bfloat16.HasMatrixUnit);
        Assert.Equal(flags.Contains(" avx512_bf16") || flags.Contains(" amx_bf16"), Bfloat16.IsInProcessor);
    }

    [Fact]
    public void Networks_with_own_kernels_can_be_spared()
    {
        using var scope = NewDisposeScope();
        using var network = TinyTraining.ExpertNetwork();
        var images = randn(4, 3, 8, 8);
        network.train();
        float[] single = Logits();
        using (ReducedPrecision.Use(sparesOwnKernels: true))
        {
            if (ConvolutionalNetwork.Kernels != "libtorch")
                Assert.Equal(single, Logits());
        }
        using (ReducedPrecision.Use())
            Assert.NotEqual(single, Logits());

        float[] Logits() => network.call(images).Logits.to(ScalarType.Float32).data<float>().ToArray();
    }
}
