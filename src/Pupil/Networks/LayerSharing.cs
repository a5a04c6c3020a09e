using TorchSharp.Modules;
using static TorchSharp.torch.nn;

namespace Pupil.Networks;

/// <summary>The convolutions that two networks share. Batch-norms, classifier and all else are each network's own.</summary>
public enum LayerSharing
{
    /// <summary>None.</summary>
    None,

    /// <summary>The first convolution.</summary>
    FirstConvolution,

    /// <summary>The first convolution, and those of the first stage's first blocks, as many as the student has there.</summary>
    Bottom,

    /// <summary>The first convolution, and in every stage those of the first blocks, as many as the student has there.</summary>
    Interval,
}

/// <summary>The convolutions that a network uses in place of its own.</summary>
/// <param name="Lender">The network that they belong to, at least as deep.</param>
/// <param name="Sharing">The shared convolutions.</param>
public sealed record SharedLayers(Network Lender, LayerSharing Sharing);

/// <summary>Lets a network use another one's convolutions.</summary>
internal static class Lending
{
    /// <summary>Replaces convolutions of a network by those of another one.</summary>
    /// <exception cref="UserErrorException">
    /// They do not fit, or one of the networks has none to share; the network is unchanged.
    /// </exception>
    public static void Share(Network borrower, SharedLayers shared)
    {
        if (borrower is not ConvolutionalNetwork own || shared.Lender is not ConvolutionalNetwork lender)
        {
            throw new UserErrorException($"sharing layers: {borrower.Spec} and {shared.Lender.Spec} have no convolutions in common; "
                + "choose two convolutional networks.");
        }
        own.ShareWith(lender, shared.Sharing);
    }

    /// <summary>Registers another convolution in the place of a module's own, which is disposed of.</summary>
    /// <returns>The other convolution.</returns>
    public static Conv2d Exchange(this Module owner, string name, Conv2d own, Conv2d other)
    {
        own.Dispose();
        owner.register_module(name, null!); // removes the old one from the list
        owner.register_module(name, other);
        return other;
    }

    /// <summary>The blocks of a borrower that use the lender's convolutions, each with the lender's block.</summary>
    public static IEnumerable<(LendingBlock Own, LendingBlock Other)> Blocks(
        ConvolutionalNetwork borrower, ConvolutionalNetwork lender, LayerSharing sharing)
    {
        int stages = sharing switch
        {
            LayerSharing.Bottom => 1,
            LayerSharing.Interval => borrower.LendingBlocks.Count,
            _ => 0,
        };
        return borrower.LendingBlocks.Zip(lender.LendingBlocks).Take(stages).SelectMany(stage => stage.First.Zip(stage.Second));
    }

    /// <summary>Checks that the borrower can use the lender's convolutions.</summary>
    /// <exception cref="UserErrorException">The convolutions differ.</exception>
    public static void Check(ConvolutionalNetwork borrower, ConvolutionalNetwork lender, LayerSharing sharing)
    {
        if (sharing == LayerSharing.None)
            return;
        if (Form(borrower.Stem) != Form(lender.Stem))
            throw Refusal($"its first convolution is {Form(borrower.Stem)}, the other's {Form(lender.Stem)}");
        if (sharing == LayerSharing.FirstConvolution)
            return;
        if (borrower.LendingBlocks.Count == 0 || borrower.LendingBlocks.Count != lender.LendingBlocks.Count)
            throw Refusal("they are not of one family whose blocks can be shared (wrn, resnet, imagenet-resnet)");
        foreach (var (own, other) in borrower.LendingBlocks.Zip(lender.LendingBlocks))
        {
            if (own.Count > other.Count)
                throw Refusal($"it has {own.Count} blocks in a stage, the other only {other.Count}");
        }
        foreach (var (own, other) in Blocks(borrower, lender, sharing))
        {
            if (own.GetType() != other.GetType())
                throw Refusal("their blocks are built differently");
            if (Form(own) != Form(other))
                throw Refusal($"a block of it has the convolutions {Form(own)}, the other's {Form(other)}");
        }

        UserErrorException Refusal(string why) => new($"sharing layers: {borrower.Spec} cannot use convolutions of {lender.Spec}: {why}; "
            + "choose two networks of one family and width, the student's no deeper, or share less.");
    }

    private static string Form(LendingBlock block) => string.Join(", ", block.named_children().Where(child => child.module is Conv2d)
        .OrderBy(child => child.name, StringComparer.Ordinal).Select(child => $"{child.name} {Form((Conv2d)child.module)}"));

    private static string Form(Conv2d convolution)
    {
        string shape = string.Join('×', convolution.weight.shape);
        return $"{shape} with stride {convolution.stride[0]}{(convolution.bias is null ? "" : " and bias")}";
    }
}
