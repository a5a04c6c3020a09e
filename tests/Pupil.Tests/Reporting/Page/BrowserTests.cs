using Deque.AxeCore.Playwright;
using Microsoft.Playwright;

namespace Pupil.Tests.Reporting.Page;

/// <summary>Tests of the page in a browser.</summary>
public sealed class BrowserTests(EvilPage evil) : IClassFixture<EvilPage>
{
    private readonly string _page = evil.Path;

    [Fact]
    public async Task The_page_has_no_browser_errors_shows_its_charts_and_sends_no_request()
    {
        await using var browser = await Chromium.OpenAsync(_page);
        Assert.True(await browser.Page.Locator("figure .chart svg").CountAsync() > 5);
        foreach (var svg in await browser.Page.Locator("figure .chart svg").AllAsync())
            Assert.True((await svg.BoundingBoxAsync())!.Height > 100);
        foreach (var picture in await browser.Page.Locator("img").AllAsync())
        {
            await picture.ScrollIntoViewIfNeededAsync();
            Assert.True(await picture.EvaluateAsync<bool>("image => image.decode().then(() => image.naturalWidth > 0)"));
        }
        Assert.Empty(browser.Complaints);
    }

    [Fact]
    public async Task Names_are_shown_as_text()
    {
        await using var browser = await Chromium.OpenAsync(_page);
        Assert.Equal("tiny – Pupil", await browser.Page.TitleAsync());
        Assert.Contains(EvilPage.Name, await browser.Page.Locator(".about").TextContentAsync());
        Assert.Empty(browser.Complaints);
    }

    [Fact]
    public async Task Columns_sort_by_number_up_and_down_with_the_keyboard()
    {
        await using var browser = await Chromium.OpenAsync(_page);
        var table = browser.Page.Locator("#results table");
        var head = table.Locator("thead button", new() { HasText = "last epoch" });
        double[] before = await Values();
        await head.FocusAsync();
        await browser.Page.Keyboard.PressAsync("Enter");
        Assert.Equal(before.Order(), await Values());
        await browser.Page.Keyboard.PressAsync("Enter");
        Assert.Equal(before.OrderDescending(), await Values());
        Assert.Equal("descending", await table.Locator("thead th", new() { HasText = "last epoch" }).GetAttributeAsync("aria-sort"));

        async Task<double[]> Values() => [.. (await table.Locator("tbody tr td:nth-child(2)").AllTextContentsAsync())
            .Select(text => double.Parse(text, System.Globalization.CultureInfo.InvariantCulture))];
    }

    [Fact]
    public async Task The_theme_follows_the_system_until_it_is_switched_and_is_then_stored()
    {
        await using var browser = await Chromium.OpenAsync(_page, colours: ColorScheme.Dark);
        string dark = await Background();
        await browser.Page.Locator("#theme").ClickAsync();
        string light = await Background();
        await browser.Page.ReloadAsync();

        Assert.Equal(("rgb(20, 22, 26)", "rgb(255, 255, 255)"), (dark, light));
        Assert.Equal(light, await Background());
        Assert.Empty(browser.Complaints);

        Task<string> Background() => browser.Page.EvaluateAsync<string>("getComputedStyle(document.body).backgroundColor");
    }

    [Theory]
    [InlineData(390, ColorScheme.Light)]
    [InlineData(1440, ColorScheme.Light, Explicit = true)]
    [InlineData(1440, ColorScheme.Dark)]
    public async Task No_accessibility_rule_is_broken_and_nothing_is_wider_than_the_screen(int width, ColorScheme colours)
    {
        await using var browser = await Chromium.OpenAsync(_page, width, colours);
        var found = await browser.Page.RunAxe();
        Assert.Empty(found.Violations.Select(violation => $"{violation.Id}: {violation.Description} ({violation.Nodes[0].Html})"));
        Assert.True(await browser.Page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"));
        // The accuracy is visible without scrolling the table.
        var accuracy = browser.Page.Locator("#results tbody tr td:nth-child(3)").First;
        Assert.True(await accuracy.EvaluateAsync<bool>("cell => cell.getBoundingClientRect().right <= innerWidth"));
    }
}
