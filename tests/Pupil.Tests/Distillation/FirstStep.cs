using Pupil.Distillation;
using Pupil.Distillation.Methods;
using Pupil.Experiments.Recipes;
using Pupil.Images;
using Pupil.Images.Transforms;
using Pupil.Networks;
using Pupil.Networks.Families;
using Pupil.Training;
using Pupil.Training.Computing;
using TorchSharp;
using static TorchSharp.torch;

namespace Pupil.Tests.Distillation;

/// <summary>Small networks and batches in float64, and a step like the trainer's.</summary>
internal static class FirstStep
{
    public static readonly ImageShape Shape = new(3, 8, 8);
    public static readonly Moment Now = new(1, 0, 1, 1);
    public static readonly Normalization Plain = new() { Mean = [0.5, 0.5, 0.5], Deviation = [0.2, 0.2, 0.2] };

    public static Network Build(string name, int offset = 0) =>
        NetworkCatalogue.Build(new NetworkSpec { Architecture = name }, Shape, 10).Filled(offset);

    public static Expert Expert(string name = "wrn-16-1") => new(Build(name, 200), Plain, Plain);

    public static Batch Batch() =>
        new(Tensors.Reference("step/images"), new HardTarget(tensor(new long[] { 0, 1, 2, 3 })), ConfiguredSize: 8);

    /// <summary>The method with a scratch teacher of known weights and, where needed, an expert.</summary>
    public static Method Create(MethodOptions options, Expert? expert = null) =>
        options.CreateMethod(new MethodContext(Shape, 10, expert, spec => Build(spec.Architecture, 100)));

    /// <summary>A student of known weights, with the method's shared stem if it has one.</summary>
    public static Network Student(Method method, string name = "wrn-10-1") =>
        NetworkCatalogue.Build(new NetworkSpec { Architecture = name }, Shape, 10, shared: method.SharedLayers)
            .Filled(0, method.SharedLayers is not null);

    /// <summary>The method of a recipe with as few keys as possible.</summary>
    public static CtkdOptions Preset(string preset) => (CtkdOptions)RecipeBook.Parse(
        $$"""{ "preset": "{{preset}}", "expert": {}, "method": { "name": "ctkd", "scratchTeacher": "wrn-16-1" } }""", "test").Method;

    /// <summary>The enrolled student, with all modules beside it in float64.</summary>
    public static Learner Enrolled(this Method method, Network student)
    {
        var learner = new Learner("student", student);
        method.Enrol(learner);
        foreach (var module in learner.Modules.Values)
            module.to(ScalarType.Float64);
        return learner;
    }

    /// <summary>The input of a method in one step.</summary>
    public static StepInput Input(Batch batch, Moment? moment = null) => new(batch, moment ?? Now, SingleProcess.Instance);

    /// <summary>The lesson of the first step.</summary>
    public static Lesson Teach(this Method method, Batch batch, Moment? moment = null) => method.Teach(Input(batch, moment));

    /// <summary>All terms of a student without modules beside it in the first step.</summary>
    public static IReadOnlyList<Term> Loss(this Method method, Lesson lesson, Batch batch, Network student, NetworkOutput? output = null) =>
        method.Loss(lesson, batch, Now, new Learner("student", student), output ?? student.call(batch.Images));

    /// <summary>All terms of a student.</summary>
    public static IReadOnlyList<Term> Loss(
        this Method method, Lesson lesson, Batch batch, Moment moment, Learner student, NetworkOutput output) =>
        method.Loss(lesson, Input(batch, moment), student, output);

    /// <summary>Runs the training step once and returns the values of all terms by their names in records.</summary>
    public static Dictionary<string, double> Step(Method method, Network student, Batch batch)
    {
        using var step = new TrainingStep([new(method, [new("student", student)])], seed: 0);
        return step.Run(batch, epoch: 1, Now).ToDictionary(term => term.Key.ToString(), term => term.Value);
    }
}
