using Pupil.Distillation;
using Pupil.Distillation.Equations;
using Pupil.Distillation.Methods;
using Pupil.Images;
using Pupil.Networks;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Pupil.Tests.Distillation.Methods;

/// <summary>Pupil's equation for every term of method-references.json that is not tested elsewhere.</summary>
internal static class Equations
{
    public static readonly IReadOnlyDictionary<string, Func<EquationCase, Tensor>> All = new Dictionary<string, Func<EquationCase, Tensor>>
    {
        ["dkd.target"] = given => Square(given) * Dkd.TargetClass(given.Student, given.Teacher, given.Labels, given.Temperature),
        ["dkd.rest"] = given => Square(given) * Dkd.OtherClasses(given.Student, given.Teacher, given.Labels, given.Temperature),
        ["dist.inter"] = given => Square(given) * Dist.InterClass(given.Student, given.Teacher, given.Temperature),
        ["dist.intra"] = given => Square(given) * Dist.IntraClass(given.Student, given.Teacher, given.Temperature),
        ["dist.inter.temperature-1"] = given => Dist.InterClass(given.Student, given.Teacher, 1),
        ["dist.intra.temperature-1"] = given => Dist.IntraClass(given.Student, given.Teacher, 1),
        ["standardised.kd"] = given => Square(given)
            * Kd.Softened(Standard(given.Student), Standard(given.Teacher), given.Temperature, SoftenedReduction.BatchMean),
        ["standardised.dkd.target"] = given => Square(given)
            * Dkd.TargetClass(Standard(given.Student), Standard(given.Teacher), given.Labels, given.Temperature),
        ["standardised.dkd.rest"] = given => Square(given)
            * Dkd.OtherClasses(Standard(given.Student), Standard(given.Teacher), given.Labels, given.Temperature),
        ["mse.mean"] = given => MseLogits.Distance(given.Student, given.Teacher),
        ["curriculum"] = given => CurriculumTemperature.Softened(given.Student, given.Teacher,
            given.Inputs.TryGetValue("theta", out var theta) ? CurriculumTemperature.FromTheta(theta)
                : given["temperatures"].reshape(-1, 1)),
        ["mutual.peer1"] = Mutual,
        ["mutual.peer2"] = Mutual,
        ["mutual.peer3"] = Mutual,
        ["fitnets"] = Hint,
        ["sp"] = given => Sp.Distance(given.Student, given.Teacher),
        ["nst"] = Selectivity,
        ["vid"] = Information,
        ["rkd.distance"] = given => Rkd.Distances(given.Student, given.Teacher),
        ["rkd.angle"] = given => Rkd.Angles(given.Student, given.Teacher),
        ["pkt"] = given => Pkt.Divergence(given.Student, given.Teacher),
        ["cc.kernel"] = given => Cc.Kernels(given.Student, given.Teacher),
        ["cc.adjacent"] = given => given.Inputs.ContainsKey("student-weight") ? Correlation(given)
            : Cc.Neighbours(given.Student, given.Teacher),
    };

    private static double Square(EquationCase given) => given.Temperature * given.Temperature;

    private static Tensor Standard(Tensor logits) => LogitStandardization.Standardize(logits);

    private static Tensor Mutual(EquationCase given)
    {
        string own = given.Option("learner");
        return CrossEntropy.WithLabels(given[own], given.Labels)
            + Dml.Divergence(given[own],
                [.. given.Inputs.Where(input => input.Key != "labels" && input.Key != own).Select(input => input.Value)]);
    }

    private static Tensor Selectivity(EquationCase given)
    {
        var (student, teacher) = MapSizes.ToSmaller(given.Student, given.Teacher);
        return Nst.Discrepancy(student, teacher);
    }

    private static Tensor Hint(EquationCase given) => Lose(given, new FitNetsOptions(), map => Sketch.Output(map), modules =>
    {
        var weights = modules["regressor"].named_parameters().ToDictionary(entry => entry.name, entry => entry.parameter);
        given.Fill("weight", weights["convolution.weight"]);
        given.Fill("norm-weight", weights["norm.weight"]);
        given.Fill("norm-bias", weights["norm.bias"]);
        // The norm removes it again.
        using var noGradient = no_grad();
        weights["convolution.bias"].fill_(0.1);
    });

    private static Tensor Information(EquationCase given) => Lose(given, new VidOptions(), map => Sketch.Output(map), modules =>
    {
        var weights = modules["gaussian-stage1"].named_parameters().ToDictionary(entry => entry.name, entry => entry.parameter);
        for (int i = 1; i <= 3; i++)
            given.Fill($"weight{i}", weights[$"convolution{i}.weight"]);
        given.Fill("rho", weights["rho"]);
    });

    private static Tensor Correlation(EquationCase given)
    {
        var options = new CcOptions { Width = (int)given["student-bias"].shape[0] };
        return Lose(given, options, embedding => Sketch.Output(embedding: embedding), modules =>
        {
            foreach (var (module, who) in new[] { ("own-embedding", "student"), ("expert-embedding", "teacher") })
            {
                foreach (var (name, weight) in modules[module].named_parameters())
                    given.Fill($"{who}-{name}", weight);
            }
        });
    }

    // The only term of a whole method, whose modules are filled with the given weights.
    private static Tensor Lose(EquationCase given, MethodOptions options, Func<Tensor, NetworkOutput> forward,
        Action<IReadOnlyDictionary<string, Module>> fill)
    {
        var output = forward(given.Student);
        var expert = new Expert(new Sketch(forward(given.Teacher)), FirstStep.Plain, FirstStep.Plain);
        var learner = given.Learner = new Learner("student", new Sketch(output));
        var method = FirstStep.Create(options, expert);
        method.Enrol(learner);
        foreach (var module in learner.Modules.Values)
            module.to(given.Type);
        fill(learner.Modules);
        var images = zeros(1, FirstStep.Shape.Channels, FirstStep.Shape.Height, FirstStep.Shape.Width);
        return method.Teach(new Batch(images, new HardTarget(zeros(1)), 1)).Learn(learner, output).Single().Value;
    }
}
