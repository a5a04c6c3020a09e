using Pupil.Distillation;
using Pupil.Distillation.Methods;
using Pupil.Images;
using Pupil.Networks;
using Pupil.Tests.References;
using TorchSharp;
using static TorchSharp.torch;

namespace Pupil.Tests.Distillation.Methods;

public sealed class CurriculumTemperatureTests
{
    [Theory]
    [InlineData(3)]
    [InlineData(10)]
    [InlineData(200)]
    public void The_temperature_gets_its_gradient_turned_around_and_the_student_as_it_is(int epoch)
    {
        using var scope = NewDisposeScope();
        const string Case = "curriculum/plain.theta--0.5";
        var logits = Tensors.Reference("inputs/logits/plain/student").requires_grad_();
        using var expert = new Expert(new Sketch(Output(Tensors.Reference("inputs/logits/plain/teacher"))), FirstStep.Plain,
            FirstStep.Plain);
        var method = FirstStep.Create(new CurriculumTemperatureOptions { Start = -0.5 }, expert);
        using var student = new Sketch(Output(logits));
        using var learner = method.Enrolled(student);
        var moment = new Moment(epoch, 0, 1, 240);
        var images = zeros(1, FirstStep.Shape.Channels, FirstStep.Shape.Height, FirstStep.Shape.Width);
        var term = method.Teach(new Pupil.Images.Batch(images, new HardTarget(zeros(1)), 1), moment).Learn(learner, Output(logits))
            .Single();
        term.Value.backward();

        var theta = learner.Modules["temperature"].named_parameters().Single().parameter;
        Tensors.AssertNear(ReferenceNumbers.Scalar($"{Case}/value"), term.Value.ToDouble(), 1e-9, "value");
        Tensors.AssertReference($"{Case}/gradient.student", logits.grad!);
        Tensors.AssertNear(CurriculumTemperature.Reversal(epoch, 10) * ReferenceNumbers.Scalar($"{Case}/gradient.theta"),
            theta.grad!.ToDouble(), 1e-9, "theta");

        static NetworkOutput Output(Tensor logits) => Sketch.Output() with { Logits = logits };
    }
}
