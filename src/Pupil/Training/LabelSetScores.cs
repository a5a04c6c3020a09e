namespace Pupil.Training;

/// <summary>The scores of a network on images with several labels each. A class counts if at least one of the images has it.</summary>
/// <param name="MeanAveragePrecision">
/// mAP, 0…1: the mean over the classes of the average precision, Σ_n (R_n − R_{n−1})·P_n over the distinct logits n in descending
/// order, with precision P and recall R. It needs no threshold. As <c>average_precision_score(average="macro")</c> of scikit-learn.
/// </param>
/// <param name="MicroF1">F1 = 2·TP/(2·TP + FP + FN) of all decisions together, 0…1, at the thresholds of the classes.</param>
/// <param name="MacroF1">The mean over the classes of F1, 0…1, at their thresholds.</param>
public sealed record LabelSetScores(double MeanAveragePrecision, double MicroF1, double MacroF1);
