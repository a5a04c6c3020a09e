using System.Globalization;
using Pupil.Distillation;
using Pupil.Distillation.Equations;
using Pupil.Distillation.Methods;
using Pupil.Experiments.Recipes;
using Pupil.Networks;

namespace Pupil.Tests.Distillation;

public sealed class MethodOptionsTests
{
    [Fact]
    public void Defaults_are_the_design()
    {
        var options = new CtkdOptions();
        options.Check();

        Assert.Equal(
            new CtkdOptions
            {
                ScratchTeacher = new() { Architecture = "wrn-40-1", Dropout = 0, Initialization = Initialization.Default },
                Teachers = CtkdTeachers.Both,
                Gamma = 0.03,
                Beta = 1000,
                Stages = null,
                AttentionExponent = 2,
                AttentionDistance = AttentionDistance.Squared,
                AttentionOn = AttentionLearner.Student,
                PathDivisor = PathDivisor.ImagesInBatch,
                GradientBlock = true,
                ShareFirstConvolution = false,
            },
            options);
        Assert.Equal(
            new KdOptions { Alpha = 0.9, Temperature = 4, Reduction = SoftenedReduction.BatchMean },
            new KdOptions());
    }

    [Fact]
    public void Methods_have_the_names_of_recipes_and_know_whether_they_need_an_expert()
    {
        (MethodOptions Options, string Name, bool NeedsExpert)[] expected =
        [
            (new CtkdOptions(), "ctkd", true),
            (new CtkdOptions { Teachers = CtkdTeachers.ScratchOnly }, "ctkd", false),
            (new CtkdOptions { Teachers = CtkdTeachers.ExpertOnly }, "ctkd", true),
            (new KdOptions(), "kd", true),
            (new SupervisedOptions(), "supervised", false),
        ];
        Assert.All(expected, entry => Assert.Equal((entry.Name, entry.NeedsExpert), (entry.Options.MethodName, entry.Options.NeedsExpert)));
    }

    public static TheoryData<CtkdOptions, string> Contradictions => new()
    {
        {
            new() { Teachers = CtkdTeachers.ExpertOnly, AttentionOn = AttentionLearner.ScratchTeacher },
            "attentionOn: found 'scratch-teacher'"
        },
        { new() { Teachers = CtkdTeachers.ExpertOnly, ShareFirstConvolution = true }, "shareFirstConvolution: found true" },
        { new() { ScratchTeacher = new() { Architecture = "wrn-17-1" } }, "'wrn-17-1'" },
    };

    [Theory]
    [MemberData(nameof(Contradictions))]
    public void Contradictions_are_refused_in_one_line(CtkdOptions options, string part)
    {
        var error = Assert.Throws<UserErrorException>(options.Check);

        Assert.Contains(part, error.Message);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Theory]
    [InlineData("attentionExponent", 0.99)] // below 1, the gradient of |A|^p has no bound at 0, the value of many activations after ReLU
    [InlineData("attentionExponent", 17)]
    [InlineData("gamma", -0.1)]
    [InlineData("beta", -1)]
    public void Values_out_of_range_are_refused_where_they_are_read(string key, double value)
    {
        string number = value.ToString(CultureInfo.InvariantCulture);
        string text = $$"""{ "expert": {}, "method": { "name": "ctkd", "{{key}}": {{number}} } }""";

        Assert.Contains($"method.{key}", Assert.Throws<UserErrorException>(() => RecipeBook.Parse(text, "test")).Message);
    }

    [Theory]
    [InlineData(CtkdTeachers.Both)]
    [InlineData(CtkdTeachers.ScratchOnly)]
    public void With_a_scratch_teacher_its_options_contradict_nothing(CtkdTeachers teachers) =>
        new CtkdOptions { Teachers = teachers, AttentionOn = AttentionLearner.ScratchTeacher, ShareFirstConvolution = true }.Check();

    [Fact]
    public void Stages_that_do_not_exist_are_refused_before_the_first_step()
    {
        var options = new CtkdOptions { ScratchTeacher = new() { Architecture = "wrn-10-1" }, Stages = ["stage3", "stage4"] };
        using var expert = FirstStep.Expert("wrn-10-1");
        using var student = FirstStep.Build("wrn-10-1");
        var method = FirstStep.Create(options, expert);
        const string Message = "stages: found 'stage4', expected some of stage1, stage2, stage3 of wrn-10-1.";

        Assert.Equal(Message, Assert.Throws<UserErrorException>(() => method.Enrol(new Learner("student", student))).Message);
        // The scratch teacher's attention is checked when the method is built.
        Assert.Equal(Message, Assert.Throws<UserErrorException>(() =>
            FirstStep.Create(options with { AttentionOn = AttentionLearner.ScratchTeacher }, expert)).Message);
        // Without an expert no attention is compared.
        FirstStep.Create(options with { Teachers = CtkdTeachers.ScratchOnly }).Enrol(new Learner("student", student));
    }

    [Fact]
    public void Any_two_families_can_be_paired()
    {
        using var expert = FirstStep.Expert("resnet-8");
        using var student = FirstStep.Build("wrn-10-2");
        FirstStep.Create(new CtkdOptions { ScratchTeacher = new() { Architecture = "wrn-10-1" } }, expert)
            .Enrol(new Learner("student", student));
    }
}
