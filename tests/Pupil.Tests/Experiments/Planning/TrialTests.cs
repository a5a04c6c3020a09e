using Pupil.Experiments.Planning;

namespace Pupil.Tests.Experiments.Planning;

public sealed class TrialTests
{
    private static readonly int[] Labels = [.. Enumerable.Range(0, 100).Select(i => i % 4)];

    [Fact]
    public void Accuracies_are_shares_of_the_labels()
    {
        var trial = new Trial(Labels, [.. Labels.Select((label, i) => i < 80 ? label : label + 1)],
            [.. Labels.Select((label, i) => i < 30 ? label : label + 1)]);
        Assert.Equal(0.8, trial.Top1, 12);
        Assert.Equal(0.3, trial.MirroredTop1, 12);
        Assert.True(trial.SuffersFromMirroring);
    }

    // Of n images that one way alone gets right, the sign test asks for more than two deviations: 5 of 5, 9 of 11, not 8 of 11.
    [Theory]
    [InlineData(5, 0, true)]
    [InlineData(4, 0, false)]
    [InlineData(9, 2, true)]
    [InlineData(8, 3, false)]
    [InlineData(0, 9, false)]
    public void A_difference_counts_if_chance_does_not_explain_it(int onlyAsTheyAre, int onlyMirrored, bool suffers)
    {
        int[] predictions = [.. Labels.Select((label, i) => i >= onlyAsTheyAre && i < onlyAsTheyAre + onlyMirrored ? label + 1 : label)];
        int[] mirrored = [.. Labels.Select((label, i) => i < onlyAsTheyAre ? label + 1 : label)];
        Assert.Equal(suffers, new Trial(Labels, predictions, mirrored).SuffersFromMirroring);
        Assert.Equal(suffers, new Trial(Labels, predictions, []).IsBetterThan(new Trial(Labels, mirrored, [])));
    }

    [Theory]
    [InlineData(60, 4, 5, 5, true)]
    [InlineData(60, 4, 20, 0, false)]
    [InlineData(31, 4, 3, 3, false)]
    [InlineData(60, 2, 5, 5, false)]
    [InlineData(25, 4, 0, 0, false)]
    [InlineData(30, 4, 0, 0, true)]
    public void Mirroring_is_tolerated_if_most_of_what_was_learnt_is_sure_to_remain(
        int right, int classes, int onlyAsTheyAre, int onlyMirrored, bool tolerates)
    {
        int[] labels = [.. Enumerable.Range(0, 100).Select(i => i % classes)];
        int[] predictions = [.. labels.Select((label, i) => i < right ? label : label + 1)];
        int[] mirrored = [.. labels.Select((label, i) => i >= onlyAsTheyAre && i < right + onlyMirrored ? label : label + 1)];
        Assert.Equal(tolerates, new Trial(labels, predictions, mirrored).ToleratesMirroring);
    }

    [Fact]
    public void The_confusion_names_the_classes_that_mirroring_exchanges()
    {
        // Class 2 becomes class 3 in twelve images, class 0 class 1 in five; a wrong image that stays wrong says nothing.
        int[] mirrored = [.. Labels.Select((label, i) => label == 2 && i < 48 ? 3 : label == 0 && i < 20 ? 1 : label)];
        Assert.Equal((2, 3), new Trial(Labels, Labels, mirrored).Confusion());
        Assert.Null(new Trial(Labels, Labels, Labels).Confusion());
    }
}
