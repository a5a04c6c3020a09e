using System.Runtime.InteropServices;
using Google.Protobuf;
using Onnx;
using Pupil.Distillation;
using Pupil.Distillation.Methods;
using Pupil.Experiments.Recipes;
using Pupil.Experiments.Runs;
using Pupil.Images.Formats.Synthetic;
using Pupil.Images.Transforms;
using Pupil.Interop.Students;
using Pupil.Networks;
using Pupil.Networks.Families;
using Pupil.Tests.Interop.Onnx;
using TorchSharp;
using static TorchSharp.torch;

namespace Pupil.Tests.Experiments.Runs;

/// <summary>Tests what is pointed out of experts from files before they teach.</summary>
public sealed class ExpertDoubtsTests : IDisposable
{
    private static readonly Normalization Right = new() { Mean = [0.5, 0.5, 0.5], Deviation = [0.25, 0.25, 0.25] };

    private readonly TemporaryFolder _folder = new();
    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly PreparedData _data =
        new DataOptions { Source = new ShapesOptions { Size = 16, Train = 128, Test = 40 }, Normalization = Right }.Prepare();

    public void Dispose()
    {
        _scope.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void The_distance_is_that_of_the_first_norms_and_the_network_stays_as_it_is()
    {
        using var network = Trained();
        var images = _data.ForEvaluation(_data.Train, Right, CPU).Get(1, 0).Images;
        using var teacher = FrozenNetwork.Freeze(network);
        double[] before = [.. network.State().SelectMany(entry => entry.Value.Numbers())];
        var norms = (INormStatisticsTeacher)teacher;
        double near = norms.DistanceFromTraining(images)!.Value, far = norms.DistanceFromTraining(images * 4 + 1)!.Value;
        Assert.True(near < 0.1 && far > 0.5, $"{near}, {far}");
        Assert.Equal(before, network.State().SelectMany(entry => entry.Value.Numbers()));
        Assert.False(network.training);
    }

    [Fact]
    public void Statistics_of_a_norm_are_compared_channel_by_channel()
    {
        // |2 − 1|/2 + ln(6/2) in the first channel, 0 in the second; the third was constant.
        double expected = (0.5 + Math.Log(3)) / 2;
        Assert.Equal(expected, NormDistance.Of([2, 5, 9], [36, 1, 1], [1, 5, 0], [4, 1, 0])!.Value, 1e-12);
        Assert.Null(NormDistance.Of([1], [1], [0], [0]));
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(4, true)]
    [InlineData(0.25, true)]
    public void A_wrong_deviation_is_pointed_out_and_the_right_one_named(double factor, bool isDoubted)
    {
        var ready = Run(Student(new() { Mean = Right.Mean, Deviation = [.. Right.Deviation.Select(value => value * factor)] }, 0.1));
        if (!isDoubted)
        {
            Assert.Empty(ready.Doubts);
            return;
        }
        string doubt = Assert.Single(ready.Doubts);
        Assert.Contains("far from those of its training: normalised wrongly?", doubt);
        Assert.Contains("that of the training images fits better (mean 0.5 0.5 0.5, deviation 0.25 0.25 0.25)", doubt);
    }

    [Fact]
    public void An_accuracy_far_below_the_promised_one_is_pointed_out()
    {
        Assert.Contains("but its file promises 99.0 %", Assert.Single(Run(Student(Right, 0.99)).Doubts));
        string named = _folder["wrn_97.5.safetensors"];
        File.Move(Student(Right, null), named);
        Assert.Contains("but its name promises 97.5 %", Assert.Single(Run(named).Doubts));
        string other = _folder["wrn-v1.97.5.safetensors"];
        File.Copy(named, other);
        Assert.Empty(Run(other).Doubts);
    }

    [Fact]
    public void Norms_of_an_ONNX_model_are_compared_too()
    {
        var model = ModelProto.Parser.ParseFrom(File.ReadAllBytes(OnnxFiles.Path("residual.onnx")));
        // A batch-norm before everything else, with statistics of images that are normalised rightly.
        var images = _data.ForEvaluation(_data.Train, Right, CPU).Get(1, 0).Images.transpose(0, 1).flatten(1);
        var node = new NodeProto { OpType = "BatchNormalization", Name = "first" };
        node.Input.AddRange(["same", "scale", "shift", "mean", "variance"]);
        node.Output.Add("normal");
        foreach (var other in model.Graph.Node)
        {
            for (int i = 0; i < other.Input.Count; i++)
                other.Input[i] = other.Input[i] == model.Graph.Input[0].Name ? "normal" : other.Input[i];
        }
        var same = new NodeProto { OpType = "Identity", Name = "same" };
        same.Input.Add(model.Graph.Input[0].Name);
        same.Output.Add("same");
        model.Graph.Node.Insert(0, node);
        model.Graph.Node.Insert(0, same);
        (string, Tensor)[] constants =
            [("scale", ones(3)), ("shift", zeros(3)), ("mean", images.mean([1])), ("variance", images.var(1))];
        foreach (var (name, values) in constants)
        {
            var tensor = new TensorProto { Name = name, DataType = (int)TensorProto.Types.DataType.Float };
            tensor.Dims.Add(3);
            tensor.RawData = ByteString.CopyFrom(MemoryMarshal.AsBytes<float>(values.contiguous().data<float>().ToArray()).ToArray());
            model.Graph.Initializer.Add(tensor);
        }
        File.WriteAllBytes(_folder["normed.onnx"], model.ToByteArray());
        Assert.Empty(Run(_folder["normed.onnx"], Right).Doubts);
        Assert.Contains("normalised wrongly?", Assert.Single(Run(_folder["normed.onnx"],
            new() { Mean = [0, 0, 0], Deviation = [1 / 255.0, 1 / 255.0, 1 / 255.0] }).Doubts));
        // Without a batch-norm, and with random weights, nothing can be said.
        Assert.Empty(Run(OnnxFiles.Path("residual.onnx"), Right).Doubts);
    }

    // A network whose statistics are those of images that are normalised rightly.
    private Network Trained()
    {
        var network = NetworkCatalogue.Build(new() { Architecture = "wrn-10-1" }, _data.InputShape, _data.Splits.Train.Classes.Count);
        network.train();
        using var noGradient = no_grad();
        for (int i = 0; i < 60; i++)
            network.call(_data.ForEvaluation(_data.Train, Right, CPU).Get(1, 0).Images).Logits.Dispose();
        network.eval();
        return network;
    }

    private string Student(Normalization stated, double? promised)
    {
        using var network = Trained();
        StudentFile.Write(_folder["expert.safetensors"], network, new StudentCard
        {
            Network = network.Spec,
            Input = network.Input,
            Classes = _data.Splits.Train.Classes,
            Normalization = stated,
            TestTop1 = promised,
        });
        return _folder["expert.safetensors"];
    }

    private ExpertReady Run(string file, Normalization? normalization = null)
    {
        string run = $"run-{Guid.NewGuid():N}";
        var recipe = TinyRecipe.Ctkd with
        {
            Data = new() { Source = new ShapesOptions { Size = 16, Train = 128, Test = 40 }, Normalization = Right },
            Method = new AtOptions(),
            Expert = new() { File = file, Onnx = normalization is null ? null : new() { Normalization = normalization } },
            Training = TinyRecipe.Ctkd.Training with { Epochs = 1 },
        };
        return recipe.Run(_folder, run, TestContext.Current.CancellationToken).OfType<ExpertReady>().Single();
    }
}
