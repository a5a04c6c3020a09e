using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Pupil.Images;
using Pupil.Images.Loading;
using Pupil.Training.Computing;

namespace Pupil.Training;

/// <summary>Length, batch size, optimizer and schedule of a training. Defaults are the full protocol of the paper's code.</summary>
public sealed record TrainingOptions
{
    /// <summary>Passes over the training images. Default 200.</summary>
    [Description("Passes over the training images."), Range(1, 100_000)]
    public int Epochs { get; init; } = 200;

    /// <summary>Images in a step; the last step of an epoch may have fewer. Default 128.</summary>
    [Description("Images in a step; the last step of an epoch may have fewer."), Range(2, 65_536)]
    public int BatchSize { get; init; } = 128;

    /// <summary>The number of equally spaced epochs whose weights are kept as files, with the last one. Default 0.</summary>
    [Description("Number of equally spaced epochs whose weights are kept as files beside the student's, with the last epoch."),
        Range(0, 10_000)]
    public int Snapshots { get; init; }

    /// <summary>The optimizer. Default stochastic gradient descent.</summary>
    [Description("Optimizer: sgd (default without a name) or adamw.")]
    public OptimizerOptions Optimizer { get; init; } = new SgdOptions();

    /// <summary>The precision in which networks are computed. Default <see cref="Precision.Float32"/>.</summary>
    [Description("Precision in which networks are computed in training.")]
    public Precision Precision { get; init; }

    /// <summary>
    /// The images whose statistics batch-norms use in training where several processes compute a batch; null (default): those of the whole
    /// batch, so that results do not depend on the number of processes.
    /// </summary>
    [Description("Images whose statistics batch-norms use in training where several processes compute a batch; null: the whole batch.")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public BatchStatistics? BatchNorm { get; init; }

    /// <summary>The largest L2 norm of the gradients of a network with its adapters; null (default): any.</summary>
    [Description("Largest L2 norm of the gradients of a network with its adapters, which are scaled down to it; null: any."),
        Range(0.0, double.MaxValue, MinimumIsExclusive = true)]
    public double? GradientClipping { get; init; }

    /// <summary>The course of the learning rate.</summary>
    [Description("Course of the learning rate over the epochs.")]
    public Schedule Schedule { get; init; } = new MultiStepSchedule();

    /// <summary>
    /// The interval in epochs at which test accuracy is recorded; 0: at the end alone. The last epoch is always recorded. Test accuracy
    /// selects nothing. Default 1.
    /// </summary>
    [Description("Interval in epochs at which test accuracy is recorded (0: at the end alone). It selects nothing."), Range(0, 100_000)]
    public int TestEvery { get; init; } = 1;

    /// <summary>The images of an epoch. Default <see cref="Sampling.All"/>, the only one with several labels a picture.</summary>
    [Description("Images of an epoch, which are as many as there are training images.")]
    public Sampling Sampling { get; init; }

    /// <summary>
    /// The share of every label that is spread over all classes in the cross-entropy with the labels (Szegedy et al. 2016, arXiv
    /// 1512.00567). With several labels a picture, it is spread over presence and absence of each class. Default 0.
    /// </summary>
    [Description("Share of every label that is spread over all classes in the cross-entropy with the labels; with several labels a "
        + "picture, over presence and absence of each."),
        Range(0.0, 1.0, MaximumIsExclusive = true)]
    public double LabelSmoothing { get; init; }

    /// <summary>The weights of the classes in the cross-entropy with the labels. Default <see cref="ClassWeights.None"/>.</summary>
    [Description("Weights of the classes in the cross-entropy with the labels, by their numbers of training images.")]
    public ClassWeights ClassWeights { get; init; }

    /// <summary>The held-out score that selects the best epoch. Default <see cref="SelectionScore.Accuracy"/>.</summary>
    [Description("Held-out score that selects the best epoch.")]
    public SelectionScore SelectBy { get; init; }

    /// <summary>
    /// The number of standard errors by which a later epoch's held-out score may be below the highest one and still be selected,
    /// 0…10; that of a share of the held-out images, whatever the score. With few of them, chance decides which epoch has the highest
    /// score, and the last epochs have the lowest learning rate. 1 is the one-standard-error rule (Breiman et al. 1984). Default 0: the
    /// first epoch with the highest score.
    /// </summary>
    [Description("Standard errors by which a later epoch's held-out score may be below the highest one and still be selected; 1 is the "
        + "one-standard-error rule, 0 selects the first epoch with the highest score."), Range(0.0, 10.0)]
    public double SelectWithin { get; init; }

    /// <summary>The moving average of the weights, which is evaluated and kept in place of the weights; null (default): none.</summary>
    [Description("Exponential moving average of the weights, which is evaluated and kept in place of the weights; null: none.")]
    public AveragingOptions? Averaging { get; init; }

    /// <summary>Ends the training when the students no longer improve on the held-out images; null (default): all epochs.</summary>
    [Description("Ends the training when the students no longer improve on the held-out images; null: all epochs are trained.")]
    public EarlyStoppingOptions? EarlyStopping { get; init; }

    /// <summary>
    /// Whether a training that diverges in its first epoch starts anew, once, at a fifth of its learning rate. It diverges if a term is not
    /// finite, or if the mean cross-entropy with the labels is over three times that of guessing. Default false: such a training ends.
    /// </summary>
    [Description("Whether a training that diverges in its first epoch starts anew, once, at a fifth of its learning rate.")]
    public bool RestartOnDivergence { get; init; }

    /// <summary>
    /// Whether a student leaves out the terms that follow an expert once its highest held-out score is far above the expert's: more than a
    /// standard error, and twice as far above guessing. Such an expert holds it back; one that is a little worse still helps. Default
    /// false. Experts without logits have no score.
    /// </summary>
    [Description("Whether a student leaves out the terms that follow an expert once its held-out score is twice as far above guessing as "
        + "the expert's, and more than a standard error above it.")]
    public bool LeavesOvertakenExpert { get; init; }

    /// <summary>The held-out score above which a student has overtaken an expert.</summary>
    /// <param name="expert">The expert's accuracy on the held-out images.</param>
    /// <param name="classes">K; null with several labels a picture, where guessing has no simple score.</param>
    internal double OvertakenAbove(Accuracy expert, int? classes)
    {
        double score = Score(expert), guessing = classes is int count ? 1.0 / count : 0;
        return Math.Max(score + Math.Sqrt(score * (1 - score) / expert.Images), guessing + 2 * (score - guessing));
    }

    /// <summary>The score of a measured network that <see cref="SelectBy"/> names.</summary>
    internal double Score(Accuracy heldOut) =>
        SelectBy == SelectionScore.BalancedAccuracy ? heldOut.Balanced!.Value : heldOut.Score;

    /// <summary>Checks the options that need held-out images.</summary>
    /// <param name="place">The options' place in the recipe, such as <c>expert.training</c>.</param>
    /// <param name="hasHeldOut">Whether a part of the images is held out.</param>
    /// <exception cref="UserErrorException">An option reads held-out images, and there are none.</exception>
    internal void CheckHeldOut(string place, bool hasHeldOut)
    {
        if (EarlyStopping is not null && !hasHeldOut)
        {
            throw new UserErrorException($"{place}.earlyStopping: reads the accuracy on held-out images, but none are held out, and the "
                + "data have no validation part; set data.heldOut to a number of images, or earlyStopping to null.");
        }
        if (LeavesOvertakenExpert && !hasHeldOut)
        {
            throw new UserErrorException($"{place}.leavesOvertakenExpert: compares student and expert on held-out images, but none are "
                + "held out, and the data have no validation part; set data.heldOut to a number of images, or leavesOvertakenExpert to "
                + "false.");
        }
    }
}

/// <summary>The held-out score that selects a network's best epoch, and that early stopping reads.</summary>
public enum SelectionScore
{
    /// <summary>The share of images that are classified correctly; with several labels a picture, the mean average precision.</summary>
    [Description("share of images that are classified correctly; with several labels a picture, the mean average precision (mAP)")]
    Accuracy,

    /// <summary>The mean of this share over the classes, so that classes with few images count as much as those with many.</summary>
    [Description("mean over the classes of the share of their images that are classified correctly")]
    BalancedAccuracy,
}

/// <summary>Options of the moving average of the weights; see <see cref="WeightAverages"/>.</summary>
public sealed record AveragingOptions
{
    /// <summary>The share of the average that a step keeps; the first steps keep less. Default 0.999.</summary>
    [Description("Share of the average that a step keeps; step t keeps at most (1 + t)/(10 + t)."),
        Range(0.0, 1.0, MaximumIsExclusive = true)]
    public double Decay { get; init; } = 0.999;
}

/// <summary>
/// Options of early stopping. The training ends after an epoch if no taught student has improved its best held-out score in the last
/// epochs. If no student is taught, all students count.
/// </summary>
public sealed record EarlyStoppingOptions
{
    /// <summary>The number of epochs without an improvement after which the training ends. Default 10.</summary>
    [Description("Number of epochs without an improvement of a taught student after which the training ends."), Range(1, 100_000)]
    public int Patience { get; init; } = 10;

    /// <summary>The least number of epochs, without those of a method's own phase. Default 0.</summary>
    [Description("Least number of epochs that are trained."), Range(0, 100_000)]
    public int MinEpochs { get; init; }

    /// <summary>
    /// The held-out score, 0…1, that every student must reach first: a training that has learnt nothing yet goes on. Default 0.
    /// </summary>
    [Description("Held-out score that every student must reach before the training can end, 0…1."), Range(0.0, 1.0)]
    public double MinScore { get; init; }
}
