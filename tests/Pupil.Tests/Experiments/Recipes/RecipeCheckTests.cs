using Pupil.Distillation.Methods;
using Pupil.Experiments.Recipes;
using Pupil.Training;

namespace Pupil.Tests.Experiments.Recipes;

public sealed class RecipeCheckTests
{
    private static readonly Recipe Right = new() { Expert = new ExpertOptions() };

    private static readonly Dictionary<string, (Recipe Recipe, string[] Message)> WrongOnes = new()
    {
        ["no expert"] = (Right with { Expert = null }, ["expert: ", "is missing", "expert.file", "expert.network"]),
        ["no expert for kd"] = (Right with { Expert = null, Method = new KdOptions() }, ["expert: ", "is missing"]),
        ["two students of one name"] = (Right with { Students = [new() { Name = "a" }, new() { Name = "b" }, new() { Name = "a" }] },
            ["students", "'a'", "2"]),
        ["a student called expert"] = (Right with { Students = [new() { Name = "expert" }] }, ["students", "'expert'", "teacher"]),
        ["a student called scratch-teacher"] =
            (Right with { Students = [new() { Name = "scratch-teacher" }] }, ["students", "'scratch-teacher'", "teacher"]),
        ["an unknown student"] =
            (Right with { Students = [new() { Network = new() { Architecture = "wrn-15-1" } }] }, ["'wrn-15-1'", "wrn-DEPTH-WIDTH"]),
        ["an unknown scratch teacher"] =
            (Right with { Method = new CtkdOptions { ScratchTeacher = new() { Architecture = "vgg" } } }, ["'vgg'"]),
        ["an unknown expert"] =
            (Right with { Expert = new() { Network = new() { Architecture = "resnet-21" } } }, ["'resnet-21'", "resnet-DEPTH"]),
        ["milestones that fall"] =
            (Right with { Training = new() { Schedule = new MultiStepSchedule { Milestones = [5, 4] } } }, ["milestones", "[5, 4]"]),
        ["an expert's warm-up that is too long"] =
            (Right with { Expert = new() { Training = new() { Epochs = 3, Schedule = new CosineSchedule { WarmUpEpochs = 4 } } } },
            ["warmUpEpochs", "found 4", "3 epochs"]),
        ["attention on nobody"] =
            (Right with { Method = new CtkdOptions { Teachers = CtkdTeachers.ExpertOnly, AttentionOn = AttentionLearner.ScratchTeacher } },
            ["attentionOn", "expert-only"]),
        ["a convolution shared with nobody"] =
            (Right with { Method = new CtkdOptions { Teachers = CtkdTeachers.ExpertOnly, ShareFirstConvolution = true } },
            ["shareFirstConvolution", "expert-only"]),
        // Its file would be that of the last weights of student a.
        ["a student whose file is another's"] = (Right with { Students = [new() { Name = "a" }, new() { Name = "a.last" }] }, ["a.last"]),
    };

    public static TheoryData<string> Wrong => [.. WrongOnes.Keys];

    public static TheoryData<Recipe> Allowed =>
    [
        Right,
        Right with { Expert = null, Method = new SupervisedOptions() },
        Right with { Expert = null, Method = new CtkdOptions { Teachers = CtkdTeachers.ScratchOnly } },
        Right with { Students = [new() { Name = "a" }, new() { Name = "b", Taught = false }] },
        Right with { Expert = new() { File = "teacher.safetensors" } },
    ];

    [Theory]
    [MemberData(nameof(Wrong))]
    public void Contradicting_settings_are_refused(string name)
    {
        var (recipe, message) = WrongOnes[name];
        var error = Assert.Throws<UserErrorException>(recipe.Check);
        Assert.All(message, part => Assert.Contains(part, error.Message));
        Assert.DoesNotContain('\n', error.Message);
    }

    [Theory]
    [MemberData(nameof(Allowed))]
    public void Other_settings_are_allowed(Recipe recipe) => recipe.Check();
}
