using Pupil.Distillation;
using Pupil.Distillation.Methods;

namespace Pupil.Tests.Training;

/// <summary>A method with the labels' loss and a second term, zero but in the given steps, counted over all epochs from 1.</summary>
internal sealed class Spoiler(double value, params int[] calls) : Method(new SupervisedOptions())
{
    private int _calls;

    public override Lesson Teach(StepInput step)
    {
        double spoilt = calls.Contains(++_calls) ? value : 0;
        return Lesson.FromTerms((_, output) => [new("spoilt", 1, output.Logits.mean() * 0 + spoilt)]);
    }
}
