using Pupil.Distillation.Methods;
using Pupil.Experiments.Recipes;
using Pupil.Images.Formats.Cifar;
using Pupil.Reporting.Comparisons;
using Pupil.Tests.Experiments.Comparisons;

namespace Pupil.Tests.Reporting.Comparisons;

public sealed class PublishedNumbersTests
{
    [Theory]
    [InlineData("cifar100", "wrn-40-2", "wrn-16-2", "kd", 74.92)]
    [InlineData("cifar100", "resnet-32x4", "resnet-8x4", "dkd", 76.32)]
    [InlineData("cifar100", "resnet-56", "resnet-20", "dist", 71.75)]
    [InlineData("cifar10", "wrn-16-2", "wrn-16-1", "at", 92.07)] // published as an error of 7.93 %
    [InlineData("svhn", "wrn-40-1", "wrn-16-1", "rocket", 97.71)]
    public void Numbers_are_found_by_data_set_pair_and_method(string data, string expert, string student, string method, double accuracy) =>
        Assert.Contains(PublishedNumbers.OfPair(data, expert, student, method),
            number => Math.Abs(100 * number.Accuracy - accuracy) < 1e-9 && number.IsVerified);

    [Theory]
    [InlineData("cifar10", "wrn-40-2", "wrn-16-2", "dkd")] // of another data set
    [InlineData("cifar100", "wrn-40-2", "wrn-16-1", "kd")] // of another pair
    [InlineData("cifar100", "wrn-40-2", "wrn-40-1", "fsp")]
    public void Numbers_of_other_data_sets_pairs_and_methods_are_not_found(string data, string expert, string student, string method) =>
        Assert.Empty(PublishedNumbers.OfPair(data, expert, student, method));

    [Fact]
    public void A_network_alone_has_the_numbers_of_all_its_pairs()
    {
        var found = PublishedNumbers.OfAlone("cifar100", "wrn-40-1").Select(number => Math.Round(100 * number.Accuracy, 2)).ToList();
        Assert.Equal([72.19, 71.98], found); // once alone, once as a student
        var teacher = PublishedNumbers.OfAlone("cifar100", "wrn-40-2").Select(number => Math.Round(100 * number.Accuracy, 2));
        Assert.Equal([75.83, 75.61], teacher); // the latter from two pairs
    }

    [Fact]
    public void Numbers_that_were_not_checked_are_unverified()
    {
        Assert.False(Assert.Single(PublishedNumbers.OfPair("cifar100", "resnet-110", "resnet-32", "reviewkd")).IsVerified);
        Assert.True(Assert.Single(PublishedNumbers.OfPair("cifar100", "resnet-56", "resnet-20", "reviewkd")).IsVerified);
        var ofOneTable = new[] { "at", "kd" }.SelectMany(method => PublishedNumbers.OfPair("cifar10", "wrn-16-2", "wrn-16-1", method))
            .Where(number => number.Table.Source.StartsWith("Attention", StringComparison.Ordinal));
        Assert.Equal([true, false], ofOneTable.Select(number => number.IsVerified));
    }

    [Fact]
    public void No_table_is_from_the_collaborative_teaching_paper() => Assert.All(PublishedNumbers.Tables, table =>
    {
        Assert.DoesNotContain("collaborative", table.Source, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(table.Pairs, pair => pair.Values.ContainsKey("ctkd"));
    });

    [Fact]
    public void Every_table_is_complete() => Assert.All(PublishedNumbers.Tables, table =>
    {
        Assert.Contains(table.Data, new[] { "cifar10", "cifar100", "svhn" });
        Assert.DoesNotContain('\n', table.Source + table.Protocol);
        Assert.All(table.Pairs, pair =>
        {
            var (least, most) = table.Measure == PublishedMeasure.Error ? (1, 45) : (55, 99);
            Assert.All(pair.Values, value => Assert.InRange(value.Value, least, most));
            Assert.Empty(pair.Unverified.Concat(pair.Notes.Keys).Concat(pair.Deviations.Keys).Except(pair.Values.Keys));
        });
    });

    [Fact]
    public void Data_sets_are_identified_by_their_source_and_labels()
    {
        Assert.Equal("cifar10", PublishedNumbers.DataOf(new() { Source = new Cifar10Source() }));
        Assert.Equal("cifar100", PublishedNumbers.DataOf(new() { Source = new Cifar100Source() }));
        Assert.Null(PublishedNumbers.DataOf(new() { Source = new Cifar100Source { Labels = Cifar100Labels.Coarse } }));
        Assert.Null(PublishedNumbers.DataOf(new()));
    }

    [Fact]
    public void Published_numbers_have_notes_with_source_protocol_and_differences()
    {
        using var tiny = new TinyComparison();
        tiny.WriteRecipe(new Recipe
        {
            Name = "tiny",
            Data = new() { Source = new Cifar10Source() },
            Expert = new() { Network = new() { Architecture = "wrn-16-2" } },
            Method = new KdOptions(),
            Students = [new() { Network = new() { Architecture = "wrn-16-1" } }],
        });
        string set = "[\"training.epochs=9\",\"training.schedule.milestones=[3]\"]";
        foreach (var cell in tiny.Folder.Take(tiny.Plan(seeds: "[0]", set: set)).Cells)
            tiny.MakeUp(cell, 0.9, null, 0.94, trainImages: 50_000);
        var text = ComparisonTable.FromFolder(tiny.Folder).ToText();
        var table = Assert.Single(text.Tables);
        Assert.Equal("published %", table.Columns[^1]);
        string kd = table.Lines[2].Cells[^1].Text;
        Assert.StartsWith("92.59? [", kd);
        string mark = kd["92.59? [".Length..^1];
        string note = text.Notes.Single(found => found.Mark == mark).Text;
        Assert.StartsWith("Attention Transfer (Zagoruyko and Komodakis, ICLR 2017), table 1: all 50,000 training images; "
            + "median of 5 runs.", note);
        Assert.Contains("unverified", note);
        Assert.EndsWith("Another protocol: here 9 epochs (published: not stated), 128 images a batch (published: not stated).", note);
        Assert.Contains("91.23 [", table.Lines[0].Cells[^1].Text);
        Assert.Contains("93.69 [", table.Lines[1].Cells[^1].Text); // of the expert
        Assert.Contains(text.Notes, found => found.Text.StartsWith("Rocket Launching", StringComparison.Ordinal)
            && found.Text.EndsWith("Another protocol: here 9 epochs (published: 200).", StringComparison.Ordinal));
    }
}
