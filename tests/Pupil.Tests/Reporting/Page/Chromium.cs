using Microsoft.Playwright;

namespace Pupil.Tests.Reporting.Page;

/// <summary>A page in a real browser, with the errors in it. Tests that need it are skipped if Chromium is not installed.</summary>
internal sealed class Chromium : IAsyncDisposable
{
    private const string Variable = "PUPIL_CHROMIUM";
    private const float Patience = 300_000; // milliseconds; exceeded only if the browser hangs, even on a loaded machine

    private static readonly string[] Usual =
        ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome", "/snap/bin/chromium"];

    private readonly IPlaywright _playwright;
    private readonly IBrowser _browser;

    private Chromium(IPlaywright playwright, IBrowser browser, IPage page) => (_playwright, _browser, Page) = (playwright, browser, page);

    /// <summary>The page.</summary>
    public IPage Page { get; }

    /// <summary>Errors and warnings of the console, errors of scripts, and requests to other addresses.</summary>
    public List<string> Complaints { get; } = [];

    /// <summary>Opens a file or an address with the system's light or dark colours.</summary>
    public static async Task<Chromium> OpenAsync(string place, int width = 1440, ColorScheme colours = ColorScheme.Light)
    {
        string? program = Environment.GetEnvironmentVariable(Variable) ?? Usual.FirstOrDefault(File.Exists);
        if (program is null)
            Assert.Skip($"No Chromium: install it (apt-get install chromium), or name its program in {Variable}.");
        var playwright = await Playwright.CreateAsync();
        var browser = await playwright.Chromium.LaunchAsync(
            new() { ExecutablePath = program, Args = ["--no-sandbox"], Timeout = Patience });
        var page = await browser.NewPageAsync(new() { ViewportSize = new() { Width = width, Height = 900 }, ColorScheme = colours });
        page.SetDefaultTimeout(Patience);
        var opened = new Chromium(playwright, browser, page);
        string address = new Uri(place).AbsoluteUri;
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning")
                opened.Complaints.Add(message.Text);
        };
        page.PageError += (_, error) => opened.Complaints.Add(error);
        page.Request += (_, request) =>
        {
            if (!request.Url.StartsWith(address, StringComparison.Ordinal) && !request.Url.StartsWith("data:", StringComparison.Ordinal))
                opened.Complaints.Add($"requested {request.Url}");
        };
        await page.GotoAsync(address);
        return opened;
    }

    public async ValueTask DisposeAsync()
    {
        await _browser.DisposeAsync();
        _playwright.Dispose();
    }
}
