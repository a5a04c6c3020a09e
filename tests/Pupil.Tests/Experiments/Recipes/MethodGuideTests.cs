using Pupil.Distillation.Methods;
using Pupil.Experiments.Recipes;

namespace Pupil.Tests.Experiments.Recipes;

public sealed class MethodGuideTests
{
    [Fact]
    public void The_committed_page_is_what_the_tool_prints() =>
        Assert.Equal(MethodGuide.Markdown(), File.ReadAllText(Path.Combine(RealData.RepositoryFolder!, "docs", "methods.md")));

    [Fact]
    public void Every_method_has_a_row_with_its_equation_and_paper()
    {
        string[] rows = [.. MethodGuide.Markdown().Split('\n').Where(line => line.StartsWith("| `", StringComparison.Ordinal))];
        Assert.All(MethodCatalogue.Names, name =>
            Assert.Single(rows, row => row.StartsWith($"| `{name}` ", StringComparison.Ordinal) && row.Contains("H(y")));
    }

    [Fact]
    public void Every_method_stands_under_its_kind()
    {
        string text = MethodGuide.Markdown();
        string kinds = text[..text.IndexOf("| Method |", StringComparison.Ordinal)];
        Assert.All(MethodCatalogue.Names, name => Assert.Contains($"`{name}`", kinds));
    }
}
