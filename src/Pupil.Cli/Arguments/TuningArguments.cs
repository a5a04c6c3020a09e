using System.CommandLine;
using Pupil.Experiments.Exporting;

namespace Pupil.Cli.Arguments;

/// <summary>The options that fine-tune a student before its export in 8 bits.</summary>
internal sealed class TuningArguments
{
    private readonly Option<bool> _tune = new("--tune")
    {
        Description = "With --precision int8: fine-tune the weights in simulated 8 bits on the run's training images, taught by the run's "
            + "expert, or without one by the student itself. The better model on held-out images is written.",
    };

    private readonly Option<int?> _epochs = NumberOption.Whole(
        "--tune-epochs", $"The epochs of --tune. Default: {new TuningOptions().Epochs}.", "N", 1, 1000);

    private readonly Option<double?> _rate = NumberOption.OverZero(
        "--tune-rate", "The learning rate of --tune at the start. Default: 0.0005.", "RATE");

    public TuningArguments(Command command)
    {
        foreach (var option in new Option[] { _tune, _epochs, _rate })
            command.Options.Add(option);
    }

    /// <summary>Returns the options of the tuning; null without it.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="precision">The precision of the export.</param>
    /// <exception cref="UserErrorException">The model is not one in 8 bits, or an option is without effect.</exception>
    public TuningOptions? Read(ParseResult parsed, OnnxPrecision precision)
    {
        if (!parsed.GetValue(_tune))
        {
            return parsed.GetValue(_epochs) is null && parsed.GetValue(_rate) is null ? null
                : throw new UserErrorException("--tune-epochs, --tune-rate: found without --tune, expected --tune, too.");
        }
        if (precision != OnnxPrecision.Int8)
            throw new UserErrorException("--tune: fine-tunes a student for an ONNX model in 8 bits; give --precision int8, too.");
        var otherwise = new TuningOptions();
        return new()
        {
            Epochs = parsed.GetValue(_epochs) ?? otherwise.Epochs,
            LearningRate = parsed.GetValue(_rate) ?? otherwise.LearningRate,
        };
    }
}
