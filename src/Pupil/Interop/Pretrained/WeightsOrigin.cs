namespace Pupil.Interop.Pretrained;

/// <summary>The file that a network's weights come from at the start of its training, and what was changed to fit the network.</summary>
/// <param name="File">The file's name, without its folder.</param>
/// <param name="FileHash">SHA-256 of the file.</param>
/// <param name="Tensors">The number of the network's tensors that come from the file.</param>
/// <param name="AllTensors">The number of all its tensors: weights, biases and batch-norm statistics.</param>
public sealed record WeightsOrigin(string File, string FileHash, int Tensors, int AllTensors)
{
    /// <summary>The names of the tensors that have new initial weights.</summary>
    public IReadOnlyList<string> New { get; init; } = [];

    /// <summary>What differs from the file, each in a clause, such as <c>classifier new (1000 → 16 classes)</c>.</summary>
    public IReadOnlyList<string> Changes { get; init; } = [];

    /// <summary>The facts in a sentence without full stop: <c>158 of 160 tensors from mobilenet_v2.pth; classifier new (…)</c>.</summary>
    public override string ToString() =>
        FormattableString.Invariant($"{Tensors} of {AllTensors} tensors from {string.Join("; ", Changes.Prepend(File))}");
}
