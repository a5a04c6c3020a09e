using Pupil.Settings;

namespace Pupil.Tests.Settings;

public sealed class NearestNameTests
{
    private static readonly string[] Known = ["epochs", "batchSize", "learningRate", "labelWeight", "lr"];

    [Theory]
    [InlineData("epoch", "epochs")]
    [InlineData("EPOCHS", "epochs")]
    [InlineData("epohcs", "epochs")]
    [InlineData("batch_size", "batchSize")]
    [InlineData("batch-size", "batchSize")]
    [InlineData("learning rate", "learningRate")]
    [InlineData("learnigRte", "learningRate")]
    [InlineData("rl", "lr")]
    [InlineData("gamma", null)]
    [InlineData("x", null)]
    [InlineData("", null)]
    [InlineData("--", null)]
    public void Finds_what_was_probably_meant(string given, string? meant) => Assert.Equal(meant, NearestName.Find(given, Known));

    [Theory]
    [InlineData("epoch", " Did you mean 'epochs'?")]
    [InlineData("gamma", "")]
    public void The_hint_ends_a_message(string given, string hint) => Assert.Equal(hint, NearestName.Hint(given, Known));

    [Fact]
    public void A_text_that_is_no_name_is_not_searched() => Assert.Null(NearestName.Find(new string('e', 1_000_000), Known));
}
