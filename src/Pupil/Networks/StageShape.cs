namespace Pupil.Networks;

/// <summary>The size of a stage's map, for the images that its network was built for.</summary>
/// <param name="Name">The stage's name.</param>
/// <param name="Channels">C.</param>
/// <param name="Height">H, in pixels of the map.</param>
/// <param name="Width">W, in pixels of the map.</param>
public sealed record StageShape(string Name, int Channels, int Height, int Width);

/// <summary>The sizes of all that a network answers, found out by asking it once.</summary>
/// <param name="Stages">Its stages.</param>
/// <param name="EmbeddingWidth">D.</param>
internal sealed record AnswerShape(IReadOnlyList<StageShape> Stages, int EmbeddingWidth)
{
    public static AnswerShape Of(Network network)
    {
        using var scope = TorchSharp.torch.NewDisposeScope();
        var answer = network.AskBlackImage();
        return new AnswerShape([.. answer.Stages.Select(ShapeOf)], (int)answer.Embedding.shape[1]);
    }

    private static StageShape ShapeOf(Feature stage)
    {
        long[] shape = stage.Map.shape;
        return new StageShape(stage.Name, (int)shape[1], (int)shape[2], (int)shape[3]);
    }
}
