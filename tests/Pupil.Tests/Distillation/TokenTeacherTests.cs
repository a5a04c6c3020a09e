using Pupil.Distillation;
using Pupil.Distillation.Methods;
using Pupil.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace Pupil.Tests.Distillation;

/// <summary>A teacher that is not convolutional: it outputs tokens, and has no output that is specific to convolutional networks.</summary>
public sealed class TokenTeacherTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    public static TheoryData<string> Methods => ["at", "sp", "nst", "kd", "rkd", "pkt"];

    [Theory]
    [MemberData(nameof(Methods))]
    public void Methods_compute_the_same_from_tokens_as_from_maps_of_the_same_numbers(string name)
    {
        MethodOptions options = name switch
        {
            "at" => new AtOptions(),
            "sp" => new SpOptions(),
            "nst" => new NstOptions(),
            "kd" => new KdOptions(),
            "rkd" => new RkdOptions(),
            _ => new PktOptions(),
        };
        using var maps = FirstStep.Expert("wrn-10-1");
        using var tokens = new Expert(new TokenTeacher(FirstStep.Build("wrn-10-1", 200)), FirstStep.Plain, FirstStep.Plain);

        Assert.Equal(Terms(options, maps), Terms(options, tokens));
    }

    [Theory]
    [InlineData("ab")]
    [InlineData("ofd")]
    [InlineData("reviewkd")]
    public void Methods_that_read_inputs_of_a_ReLU_refuse_a_teacher_without(string name)
    {
        using var teacher = new Expert(new TokenTeacher(FirstStep.Build("wrn-10-1", 200)), FirstStep.Plain, FirstStep.Plain);
        MethodOptions options = name switch
        {
            "ab" => new AbOptions(),
            "ofd" => new OfdOptions(),
            _ => new ReviewKdOptions(),
        };
        Assert.True(options.Reads.HasFlag(TeacherParts.PreActivations));
        var error = Assert.Throws<UserErrorException>(() => FirstStep.Create(options, teacher));
        Assert.StartsWith("tokens: ", error.Message);
        Assert.Equal(error.Message, Assert.Throws<UserErrorException>(() => teacher.Network.Require(options.Reads)).Message);
    }

    private static double[] Terms(MethodOptions options, Expert expert)
    {
        var method = FirstStep.Create(options, expert);
        using var student = FirstStep.Student(method);
        using var batch = FirstStep.Batch();
        random.manual_seed(3);
        var learner = method.Enrolled(student);
        return [.. method.Teach(batch).Learn(learner, student.call(batch.Images)).Select(term => term.Value.ToDouble())];
    }

    // A network whose maps are output as tokens after a class token.
    private sealed class TokenTeacher(Network network) : ITeacher
    {
        public string Name => "tokens";

        public ImageShape Input => network.Input;

        public bool HasLogits => true;

        public IReadOnlyList<StageShape> StageShapes => network.StageShapes;

        public int EmbeddingWidth => network.EmbeddingWidth;

        public NetworkOutline Outline => NetworkOutline.OfNetwork(network);

        public Device Device => network.Device;

        public NetworkOutput Forward(Tensor images)
        {
            using var noGradient = no_grad();
            using var evaluating = network.Evaluating();
            var output = network.call(images);
            return new(output.Logits, output.Embedding, [.. output.Stages.Select(AsTokens)]);
        }

        public void Dispose() => network.Dispose();

        private static Feature AsTokens(Feature feature)
        {
            long[] shape = feature.Map.shape;
            var tokens = cat([ones_like(feature.Pooled).unsqueeze(1), feature.Tokens], 1);
            return Feature.OfTokens(feature.Name, tokens, new((int)shape[2], (int)shape[3], 1));
        }
    }
}
