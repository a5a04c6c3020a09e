namespace Pupil.Training;

/// <summary>A term of the loss is infinite or not a number. The optimizer has not made the step.</summary>
public sealed class NonFiniteLossException(int epoch, int step, string term, double value, double rate) : UserErrorException(
    $"epoch {epoch}, step {step}: term '{term}' is {value}, expected a finite number (learning rate {rate:0.######}): "
    + "lower training.optimizer.learningRate or the term's weight, or warm up (training.schedule.warmUpEpochs).")
{
    /// <summary>1, 2, 3 …</summary>
    public int Epoch { get; } = epoch;

    /// <summary>The step of the epoch, from 1.</summary>
    public int Step { get; } = step;

    /// <summary>The term's name in the records.</summary>
    public string Term { get; } = term;
}
