namespace Pupil.Networks;

/// <summary>The shape of a stage's map, for images of the network's input shape.</summary>
/// <param name="Name">The stage's name.</param>
/// <param name="Channels">C.</param>
/// <param name="Height">H, in pixels of the map.</param>
/// <param name="Width">W, in pixels of the map.</param>
public sealed record StageShape(string Name, int Channels, int Height, int Width);

/// <summary>The shapes of a network's outputs.</summary>
/// <param name="Stages">The shapes of the stages.</param>
/// <param name="EmbeddingWidth">D.</param>
internal sealed record OutputShapes(IReadOnlyList<StageShape> Stages, int EmbeddingWidth)
{
    /// <summary>Computes the shapes with one black image.</summary>
    public static OutputShapes OfNetwork(Network network)
    {
        using var scope = TorchSharp.torch.NewDisposeScope();
        var output = network.ForwardBlackImage();
        return new OutputShapes([.. output.Stages.Select(ShapeOf)], (int)output.Embedding.shape[1]);
    }

    private static StageShape ShapeOf(Feature stage)
    {
        long[] shape = stage.Map.shape;
        return new StageShape(stage.Name, (int)shape[1], (int)shape[2], (int)shape[3]);
    }
}
