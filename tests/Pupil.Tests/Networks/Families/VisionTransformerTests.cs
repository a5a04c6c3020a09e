using Pupil.Core;
using Pupil.Distillation;
using Pupil.Distillation.Methods;
using Pupil.Networks;
using Pupil.Networks.Families;
using Pupil.Tests.Distillation;
using TorchSharp;
using static TorchSharp.torch;

namespace Pupil.Tests.Networks.Families;

public sealed class VisionTransformerTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void Stages_are_tokens_after_a_class_token()
    {
        using var network = Build();
        var output = network.call(Images());

        Assert.Equal(4, output.Stages.Count);
        Assert.All(output.Stages, stage =>
        {
            Assert.Equal([4, 5, 192], stage.Tokens.shape);
            Assert.Equal([4, 192], stage.ClassToken!.shape);
            Assert.Null(stage.PreActivation);
            for (int place = 0; place < 4; place++)
                Assert.Equal(stage.Tokens.select(1, 1 + place).Numbers(), stage.Map[.., .., place / 2, place % 2].Numbers());
        });
        Assert.Equal(4, output.Stages.Select(stage => stage.Tokens.sum().ToDouble()).Distinct().Count());
    }

    [Fact]
    public void Working_in_place_changes_no_input_and_no_stage()
    {
        using var network = Build();
        var inputs = new List<double[]>();
        var outputs = new List<double[]>();
        foreach (var block in network.modules().OfType<TransformerBlock>())
        {
            block.register_forward_hook((_, input, output) =>
            {
                inputs.Add(input.Numbers());
                outputs.Add(output.Numbers());
                return output;
            });
        }
        foreach (bool records in new[] { true, false })
        {
            inputs.Clear();
            outputs.Clear();
            using var mode = records ? enable_grad() : no_grad();
            var images = Images();
            double[] before = images.Numbers();
            var stages = network.call(images).Stages;

            Assert.Equal(before, images.Numbers());
            Assert.Equal(outputs.SkipLast(1), inputs.Skip(1));
            Assert.Equal(stages.Select(stage => stage.Tokens.Numbers()), outputs.Chunk(3).Select(some => some[^1]));
        }
    }

    [Fact]
    public void Only_the_outputs_outlive_a_forward_pass()
    {
        using var network = Build();
        using var images = Images();
        network.call(images).Logits.sum().backward();
        long before = Tensors.Alive;
        using (var scope = NewDisposeScope())
        {
            network.call(images);
            Assert.Equal(before + 2 + 4, Tensors.Alive);
        }
        Assert.Equal(before, Tensors.Alive);
    }

    [Fact]
    public void State_carries_a_network_over_to_another()
    {
        using var folder = new TemporaryFolder();
        using Network first = Build(), second = NetworkCatalogue.Build(first.Spec, first.Input, 10, seed: 2);
        second.to(ScalarType.Float64);
        SafeTensors.Write(folder["state"], first.State().ToDictionary());
        second.LoadState(SafeTensors.Read(folder["state"]).Tensors, "state");

        Assert.Equal(first.call(Images()).Logits.Numbers(), second.call(Images()).Logits.Numbers());
    }

    [Fact]
    public void The_initial_class_token_is_zero_and_positions_differ()
    {
        using var network = NetworkCatalogue.Build(new NetworkSpec { Architecture = "vit-tiny-4" }, FirstStep.Shape, 10);
        var state = network.State().ToDictionary();

        Assert.All(state["classToken.weight"].Numbers(), number => Assert.Equal(0, number));
        double[] positions = state["positions.weight"].Numbers();
        Assert.Equal(0.02, Math.Sqrt(positions.Average(number => number * number)), 0.002);
    }

    [Theory]
    [InlineData("at", "vit-tiny-4", "wrn-10-1")]
    [InlineData("at", "wrn-10-1", "vit-tiny-4")]
    [InlineData("fitnets", "vit-tiny-4", "wrn-10-1")]
    [InlineData("fitnets", "wrn-10-1", "vit-tiny-4")]
    [InlineData("rkd", "vit-tiny-4", "wrn-10-1")]
    [InlineData("kd", "vit-tiny-4", "vit-tiny-4")]
    public void Methods_teach_from_and_to_a_transformer(string name, string student, string expert)
    {
        MethodOptions options = name switch
        {
            "at" => new AtOptions(),
            "fitnets" => new FitNetsOptions { PreliminaryEpochs = 0 },
            "rkd" => new RkdOptions(),
            _ => new KdOptions(),
        };
        using var teacher = FirstStep.Expert(expert);
        var method = FirstStep.Create(options, teacher);
        using var network = FirstStep.Student(method, student);
        var learner = method.Enrolled(network);
        var batch = FirstStep.Batch();
        var terms = method.Teach(batch).Learn(learner, network.call(batch.Images));
        foreach (var term in terms)
            term.Value.backward(retain_graph: true);

        Assert.All(terms, term => Assert.True(double.IsFinite(term.Value.ToDouble())));
        Assert.Contains(network.parameters(), parameter => parameter.grad is { } grad && grad.abs().max().ToDouble() > 0);
    }

    [Theory]
    [InlineData("ab")]
    [InlineData("ofd")]
    public void Methods_that_read_inputs_of_a_ReLU_refuse_a_transformer(string name)
    {
        MethodOptions options = name == "ab" ? new AbOptions() : new OfdOptions();
        using var expert = FirstStep.Expert("vit-tiny-4");

        Assert.StartsWith("vit-tiny-4: ", Assert.Throws<UserErrorException>(() => FirstStep.Create(options, expert)).Message);
    }

    private static Network Build() => FirstStep.Build("vit-tiny-4");

    private static Tensor Images() => Tensors.Wave(1, 4, 3, 8, 8);
}
