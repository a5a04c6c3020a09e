using System.Globalization;
using Onnx;
using Pupil.Inference;
using Pupil.Networks;

namespace Pupil.Interop.Onnx;

/// <summary>Makes an ONNX model of a network, its preprocessing and its metadata.</summary>
internal static class OnnxModel
{
    /// <summary>The operator set; ONNX Runtime 1.12 and later support it, and so does Debian 12's checker.</summary>
    public const int OperatorSet = 17;

    /// <summary>The version of the format that belongs to the operator set.</summary>
    public const int FormatVersion = 8;

    /// <summary>The names of the input and of the outputs.</summary>
    public const string Images = "images", Logits = "logits", Probabilities = "probabilities";

    private const string Batch = "batch", Height = "height", Width = "width";

    /// <summary>Makes the model in float32, whose output is logits.</summary>
    /// <param name="network">The network, in evaluation mode.</param>
    /// <param name="card">Its preprocessing and metadata.</param>
    public static ModelProto OfNetwork(Network network, ModelCard card)
    {
        var writer = new OnnxGraph();
        var graph = writer.Graph;
        graph.Input.Add(card.TakesPictures
            ? Value(Images, TensorProto.Types.DataType.Uint8, Named(Batch), Named(Height), Named(Width), Fixed(card.Channels))
            : Value(Images, TensorProto.Types.DataType.Float, Named(Batch), Fixed(card.Channels),
                network.HasFixedSize ? Fixed(card.Height) : Named(Height), network.HasFixedSize ? Fixed(card.Width) : Named(Width)));
        var written = network.Write(writer, card.TakesPictures ? new PictureSteps(writer, card).Write(Images) : Images);
        writer.Node("Identity", Logits, [written.Logits]);
        graph.Output.Add(Value(Logits, TensorProto.Types.DataType.Float, Named(Batch), Fixed(card.Classes.Count)));
        var model = new ModelProto
        {
            IrVersion = FormatVersion,
            ProducerName = "Pupil",
            ProducerVersion = typeof(OnnxModel).Assembly.GetName().Version!.ToString(3),
            Graph = graph,
        };
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = "", Version = OperatorSet });
        AddMetadata(model, ModelCard.Key, card.ToJson());
        // The same for people and for other programs.
        AddMetadata(model, "classes", string.Join('\n', card.Classes));
        AddMetadata(model, "network", card.Network);
        AddMetadata(model, "input", FormattableString.Invariant($"{card.Channels}×{card.Height}×{card.Width}"));
        AddMetadata(model, "normalization",
            FormattableString.Invariant($"mean {Numbers(card.Mean)}, deviation {Numbers(card.Deviation)}, where white is 1"));
        if (card.TestTop1 is double top1)
            AddMetadata(model, "test_top1", top1.ToString("0.####", CultureInfo.InvariantCulture));
        if (card.SeveralLabels)
            AddLabelSets(model, card);
        return model;
    }

    private static void AddLabelSets(ModelProto model, ModelCard card)
    {
        AddMetadata(model, "labels", "several");
        AddMetadata(model, "activation", "sigmoid");
        AddMetadata(model, "thresholds", string.Join('\n', Enumerable.Range(0, card.Classes.Count)
            .Select(label => card.ThresholdOf(label).ToString("0.######", CultureInfo.InvariantCulture))));
        if (card.TestMeanAveragePrecision is double precision)
            AddMetadata(model, "test_map", precision.ToString("0.####", CultureInfo.InvariantCulture));
    }

    /// <summary>
    /// Changes the output of a model from logits to probabilities: a softmax or, with several labels a picture, a sigmoid.
    /// </summary>
    public static void GiveProbabilities(ModelProto model, ModelCard card)
    {
        if (card.SeveralLabels)
            model.Graph.Node.Add(Sigmoid());
        else
            AddSoftmax(model, card);
        model.Graph.Output[0] = Value(Probabilities, TensorProto.Types.DataType.Float, Named(Batch), Fixed(card.Classes.Count));
    }

    private static NodeProto Sigmoid() =>
        new() { OpType = "Sigmoid", Name = Probabilities, Input = { Logits }, Output = { Probabilities } };

    private static void AddSoftmax(ModelProto model, ModelCard card)
    {
        var softmax = new NodeProto { OpType = "Softmax", Name = Probabilities };
        softmax.Input.Add(card.Temperature is double temperature ? Divided(model.Graph, (float)temperature) : Logits);
        softmax.Output.Add(Probabilities);
        softmax.Attribute.Add(OnnxGraph.Attribute("axis", 1));
        model.Graph.Node.Add(softmax);
    }

    /// <summary>Replaces the description of a model.</summary>
    public static void Describe(ModelProto model, ModelCard card) =>
        model.MetadataProps.First(entry => entry.Key == ModelCard.Key).Value = card.ToJson();

    private static string Divided(GraphProto graph, float temperature)
    {
        const string Name = "temperature", Result = "tempered";
        var type = TensorProto.Types.DataType.Float;
        graph.Initializer.Add(new TensorProto { Name = Name, DataType = (int)type, FloatData = { temperature } });
        graph.Node.Add(new NodeProto { OpType = "Div", Name = Result, Input = { Logits, Name }, Output = { Result } });
        return Result;
    }

    private static string Numbers(double[] values) =>
        string.Join(' ', values.Select(value => value.ToString("0.######", CultureInfo.InvariantCulture)));

    private static void AddMetadata(ModelProto model, string key, string value) =>
        model.MetadataProps.Add(new StringStringEntryProto { Key = key, Value = value });

    private static TensorShapeProto.Types.Dimension Named(string name) => new() { DimParam = name };

    private static TensorShapeProto.Types.Dimension Fixed(long size) => new() { DimValue = size };

    private static ValueInfoProto Value(string name, TensorProto.Types.DataType type, params TensorShapeProto.Types.Dimension[] sizes)
    {
        var shape = new TensorShapeProto();
        shape.Dim.AddRange(sizes);
        var tensor = new TypeProto.Types.Tensor { ElemType = (int)type, Shape = shape };
        return new ValueInfoProto { Name = name, Type = new TypeProto { TensorType = tensor } };
    }
}
