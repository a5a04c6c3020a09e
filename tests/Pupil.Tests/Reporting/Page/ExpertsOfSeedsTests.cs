using Pupil.Tests.Experiments.Comparisons;

namespace Pupil.Tests.Reporting.Page;

/// <summary>Tests of what a comparison's page says of its experts; they train.</summary>
public sealed class ExpertsOfSeedsTests
{
    [Theory]
    [InlineData("per-seed", "The 2 experts, wrn-10-1, have a test accuracy of ")]
    [InlineData("fixed", "The expert, wrn-10-1, has a test accuracy of ")]
    public void A_comparison_names_the_experts_of_all_seeds(string parts, string sentence)
    {
        using var tiny = new TinyComparison();
        tiny.Run(tiny.Plan(parts: $"\"{parts}\""), TestContext.Current.CancellationToken);
        Assert.Contains(sentence, ReportTests.PageOf(tiny.Folder.Path));
    }
}
