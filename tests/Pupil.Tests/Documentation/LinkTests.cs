namespace Pupil.Tests.Documentation;

/// <summary>Every relative link of the documentation leads to a file of the repository, and every <c>#anchor</c> to a heading.</summary>
public sealed class LinkTests
{
    private static IEnumerable<string> Pages(string repository) =>
    [
        .. Directory.EnumerateFiles(repository, "*.md"),
        .. Directory.EnumerateFiles(Path.Combine(repository, "docs"), "*.md"),
        .. Directory.EnumerateFiles(Path.Combine(repository, "results"), "*.md", SearchOption.AllDirectories),
        .. Directory.EnumerateFiles(Path.Combine(repository, "src"), "README.md", SearchOption.AllDirectories),
    ];

    [Fact]
    public void Every_link_leads_somewhere()
    {
        Assert.SkipWhen(RealData.RepositoryFolder is null, "The documentation is not here.");
        string[] pages = [.. Pages(RealData.RepositoryFolder!)];
        Assert.True(pages.Length > 20, "The pages were not found.");
        Assert.Equal([], pages.SelectMany(page => Dead(page, MarkdownPage.Read(page))));
    }

    [Theory]
    [InlineData("[a file](page.md)", true)]
    [InlineData("[a heading](page.md#two-words)", true)]
    [InlineData("[the second of that name](page.md#two-words-1)", true)]
    [InlineData("# Here\n[its own heading](#here)", true)]
    [InlineData("`[code](no.md)`", true)]
    [InlineData("text\n\n    [code](no.md)\n\ntext", true)]
    [InlineData("```\n[code](no.md)\n```", true)]
    [InlineData("[elsewhere](https://example.org/no)", true)]
    [InlineData("[no file](no.md)", false)]
    [InlineData("[no heading](page.md#three-words)", false)]
    [InlineData("[code is no heading](page.md#code)", false)]
    [InlineData("[its own heading](#there)", false)]
    [InlineData("[a link\nover two [lines]](no.md)", false)]
    [InlineData("![a picture](no.svg)", false)]
    [InlineData("- an item\n  [in it](no.md)", false)]
    [InlineData("[a folder](../FOLDER)", false)]
    public void A_dead_link_is_found(string text, bool leads)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["page.md"], "# Two words\n\n```\n# Code\n```\n\n## Two words!\n");
        text = text.Replace("FOLDER", Path.GetFileName(folder.FullPath), StringComparison.Ordinal);
        Assert.Equal(leads, !Dead(folder["text.md"], MarkdownPage.Parse(text)).Any());
    }

    private static IEnumerable<string> Dead(string file, MarkdownPage page) =>
        from target in page.Targets
        where !target.Contains("://", StringComparison.Ordinal)
        let parts = target.Split('#', 2)
        let place = parts[0].Length == 0 ? file : Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, parts[0]))
        let anchors = place == file ? page.Anchors : place.EndsWith(".md", StringComparison.Ordinal) && File.Exists(place)
            ? MarkdownPage.Read(place).Anchors : null
        where (parts[0].Length > 0 && !File.Exists(place)) || (parts is [_, var anchor] && anchors?.Contains(anchor) != true)
        select $"{Path.GetFileName(Path.GetDirectoryName(file))}/{Path.GetFileName(file)}: {target}";
}
