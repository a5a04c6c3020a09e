using Pupil.Networks.Norms;
using static TorchSharp.torch.nn;

namespace Pupil.Networks.Families;

/// <summary>A block of an <see cref="InvertedNetwork"/>, and its places.</summary>
/// <param name="Group">The group's number, from 0 on.</param>
/// <param name="Place">The number within the group, from 0 on.</param>
/// <param name="Name">Pupil's name, <c>stage1.0</c>.</param>
/// <param name="Form">The block's form.</param>
internal sealed record PlacedBlock(int Group, int Place, string Name, InvertedForm Form);

/// <summary>
/// The form of networks of inverted residual blocks: a 3×3 convolution with stride 2, groups of blocks, a 1×1 convolution, global
/// average, perhaps a linear layer, classifier. All convolutions have batch-norm. The stages are the last maps of each resolution.
/// </summary>
/// <param name="Stem">C of the first convolution.</param>
/// <param name="Groups">The groups of blocks.</param>
/// <param name="Exit">C of the last convolution.</param>
internal sealed record InvertedNetwork(int Stem, IReadOnlyList<IReadOnlyList<InvertedForm>> Groups, int Exit)
{
    /// <summary>The activation after the first and the last convolution.</summary>
    public required ActivationKind Activation { get; init; }

    /// <summary>The constants of the batch-norms of the first and the last convolution.</summary>
    public NormSettings Norm { get; init; } = new();

    /// <summary>The width of the linear layer between average and classifier; null for none.</summary>
    public int? Hidden { get; init; }

    /// <summary>All blocks, from the input on.</summary>
    public IEnumerable<PlacedBlock> Blocks
    {
        get
        {
            int stage = 0, block = 0;
            foreach (var (group, forms) in Groups.Index())
            {
                foreach (var (place, form) in forms.Index())
                {
                    if (stage == 0 || form.Stride > 1)
                        (stage, block) = (stage + 1, 0);
                    yield return new(group, place, $"stage{stage}.{block++}", form);
                }
            }
        }
    }

    /// <summary>
    /// Rounds a number of channels to a multiple of 8, up where rounding down would lose more than a tenth (the published code's
    /// <c>make_divisible</c>).
    /// </summary>
    public static int Rounded(decimal channels)
    {
        int rounded = Math.Max(8, (int)(channels + 4) / 8 * 8);
        return rounded < 0.9m * channels ? rounded + 8 : rounded;
    }

    /// <summary>The forms of a group: the first block has the stride and changes the channels.</summary>
    /// <param name="count">The number of blocks.</param>
    /// <param name="from">C of the input.</param>
    /// <param name="to">C of the output.</param>
    /// <param name="size">Height and width of the depthwise kernels.</param>
    /// <param name="stride">The stride of the first block.</param>
    /// <param name="expansion">The factor of the channels within a block.</param>
    /// <param name="change">Sets activation, batch-norm and squeeze-and-excitation.</param>
    public static InvertedForm[] Group(
        int count, int from, int to, int size, int stride, int expansion, Func<InvertedForm, InvertedForm> change) =>
    [
        .. Enumerable.Range(0, count).Select(i => i == 0 ? (From: from, Stride: stride) : (From: to, Stride: 1))
            .Select(first => change(new(first.From, first.From * expansion, to, size, first.Stride))),
    ];

    /// <summary>Builds the network.</summary>
    public StagedNetwork Build(NetworkSpec spec, ImageShape input, int classes) => new(spec, input, classes, new()
    {
        Stem = Conv2d(input.Channels, Stem, 3, 2, padding: 1, bias: false),
        StemNorm = Norm,
        StemActivation = Activation,
        Stages = [.. Blocks.GroupBy(block => block.Name[..block.Name.IndexOf('.', StringComparison.Ordinal)])
            .Select(stage => stage.Select(block => new InvertedBlock(block.Form)).ToArray())],
        Exit = [new ConvolutionUnit(Groups[^1][^1].To, Exit, 1, activation: Activation, norm: Norm)],
        EmbeddingWidth = Hidden ?? Exit,
        EmbeddingLayer = Hidden is null ? null : new(Exit, Activation),
    });

    /// <summary>
    /// Whether weights are those of the network: the last convolution, and each block's depthwise convolution and squeeze-and-excitation.
    /// </summary>
    public bool Fits(WeightShapes weights) =>
        weights.Find("exit.0.conv.weight", 4) is { } exit && (exit[0], exit[1]) == (Exit, Groups[^1][^1].To)
        && Blocks.All(block => weights.Find($"{block.Name}.depthwise.conv.weight", 4) is { } kernel
            && (kernel[0], kernel[2]) == (block.Form.Wide, block.Form.Size)
            && weights.Has($"{block.Name}.expansion.conv.weight") == block.Form.Expands
            && weights.Has($"{block.Name}.squeeze.reduction.weight") == block.Form.Squeeze is not null);

    /// <summary>torchvision's names of a block's layers, which are one sequence, and Pupil's.</summary>
    /// <param name="block">The block.</param>
    /// <param name="sequence">The sequence's name in torchvision.</param>
    public static IEnumerable<(string Foreign, string Own)> TorchvisionNames(PlacedBlock block, string sequence)
    {
        int place = 0;
        foreach (string unit in block.Form.Expands ? ["expansion", "depthwise"] : new[] { "depthwise" })
        {
            yield return ($"{sequence}.{place}.0", $"{block.Name}.{unit}.conv");
            yield return ($"{sequence}.{place++}.1", $"{block.Name}.{unit}.norm");
        }
        if (block.Form.Squeeze is not null)
        {
            yield return ($"{sequence}.{place}.fc1", $"{block.Name}.squeeze.reduction");
            yield return ($"{sequence}.{place++}.fc2", $"{block.Name}.squeeze.expansion");
        }
        yield return ($"{sequence}.{place}.0", $"{block.Name}.projection.conv");
        yield return ($"{sequence}.{place}.1", $"{block.Name}.projection.norm");
    }
}
