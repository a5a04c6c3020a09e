using Pupil.Interop.PyTorch;
using Pupil.Tests.References;
using static TorchSharp.torch;

namespace Pupil.Tests.Interop.PyTorch;

/// <summary>Tests that weights are read from whole checkpoints and models (References/make_pytorch_files.py), and which ones.</summary>
public sealed class TrainerCheckpointTests
{
    [Theory]
    [InlineData("trainer.pt")]
    [InlineData("trainer-4.pt")]
    [InlineData("trainer-legacy.pt")]
    public void Weights_are_read_beside_whatever_a_trainer_keeps_and_the_other_set_is_named(string file)
    {
        using var scope = NewDisposeScope();
        var read = PyTorchFile.ReadWeights(PathOf(file));
        Assert.Equal("state_dict", read.Entry);
        Assert.Equal(["model_ema"], read.Others);
        Assert.Equal("weights of its entry 'state_dict', not of 'model_ema'", read.Choice);
        var averages = PyTorchFile.ReadWeights(PathOf(file), "model_ema");
        Assert.Equal(["state_dict"], averages.Others);
        Assert.Equal(7, read.Weights.Count);
        foreach (var (name, weight) in read.Weights)
            Assert.True((weight + 1).eq(averages.Weights[name]).all().item<bool>(), name);
    }

    [Theory]
    [InlineData("whole-model.pt", null)]
    [InlineData("model-entry.pt", "model")]
    [InlineData("nested.pt", "checkpoint.weights")]
    [InlineData("script.pt", null)]
    public void Whole_models_TorchScript_and_inner_entries_have_the_tensors_of_their_state(string file, string? entry)
    {
        using var scope = NewDisposeScope();
        var state = PyTorchFile.ReadWeights(PathOf("state.pt")).Weights;
        var read = PyTorchFile.ReadWeights(PathOf(file));
        Assert.Equal(entry, read.Entry);
        Assert.Null(read.Choice);
        Assert.Equal(state.Keys.Order(StringComparer.Ordinal), read.Weights.Keys.Order(StringComparer.Ordinal));
        // A trainer's step came between the files; the convolution's weights are those of the same moment in both.
        Assert.Equal(state["0.weight"].shape, read.Weights["0.weight"].shape);
        if (file != "nested.pt")
            Assert.True(state["0.weight"].eq(read.Weights["0.weight"]).all().item<bool>());
    }

    [Theory]
    [InlineData("arrays.npz")]
    [InlineData("compressed.npz")]
    public void Arrays_of_NumPy_are_weights_by_their_names(string file)
    {
        using var scope = NewDisposeScope();
        var expected = PyTorchFile.ReadWeights(PathOf("nested.pt")).Weights;
        var read = ForeignWeights.Read(PathOf(file)).Weights;
        Assert.Equal(expected.Keys.Where(name => !name.EndsWith("tracked", StringComparison.Ordinal)), read.Keys);
        foreach (var (name, weight) in read)
            Assert.True(expected[name].eq(weight).all().item<bool>(), name);
        string error = Assert.Throws<UserErrorException>(() => ForeignWeights.Read(PathOf(file), "model")).Message;
        Assert.Contains("has no entry 'model'", error);
    }

    [Theory]
    [InlineData("namespace.pth")]
    [InlineData("np-float64.pth")]
    public void Files_that_were_refused_for_what_lies_beside_the_weights_are_read(string file)
    {
        using var scope = NewDisposeScope();
        var read = PyTorchFile.ReadWeights(PathOf(file));
        Assert.Equal([2, 3, 3, 3], read.Weights["conv.weight"].shape);
        Assert.Equal("state_dict", read.Entry);
    }

    private static string PathOf(string file) =>
        Path.Combine(Path.GetDirectoryName(ReferenceNumbers.Find("references.json"))!, "pytorch", file);
}
