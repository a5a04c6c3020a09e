using Microsoft.Playwright;

namespace Pupil.Tests.Reporting.Page;

/// <summary>A page in a real browser, with the errors in it. Tests that need it are skipped if Chromium is not installed.</summary>
internal sealed class Chromium : IAsyncDisposable
{
    private const string Variable = "PUPIL_CHROMIUM";
    private const float Patience = 300_000; // milliseconds; exceeded only if the browser hangs, even on a loaded machine

    private static readonly string[] Usual =
        ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome", "/snap/bin/chromium"];

    // One for all tests, each of which has its own profile (context). It ends with this process.
    private static readonly Lazy<Task<IBrowser?>> Browser = new(LaunchAsync);

    private readonly IBrowserContext _context;

    private Chromium(IBrowserContext context, IPage page) => (_context, Page) = (context, page);

    /// <summary>The page.</summary>
    public IPage Page { get; }

    /// <summary>Errors and warnings of the console, errors of scripts, and requests to other addresses.</summary>
    public List<string> Complaints { get; } = [];

    /// <summary>Opens a file or an address with the system's light or dark colours.</summary>
    public static async Task<Chromium> OpenAsync(string place, int width = 1440, ColorScheme colours = ColorScheme.Light)
    {
        if (await Browser.Value is not { } browser)
        {
            Assert.Skip($"No Chromium: install it (apt-get install chromium), or name its program in {Variable}.");
            throw new InvalidOperationException("The test was skipped.");
        }
        var context = await browser.NewContextAsync(
            new() { ViewportSize = new() { Width = width, Height = 900 }, ColorScheme = colours });
        var page = await context.NewPageAsync();
        page.SetDefaultTimeout(Patience);
        var opened = new Chromium(context, page);
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

    public ValueTask DisposeAsync() => _context.DisposeAsync();

    // Returns null where it is not installed.
    private static async Task<IBrowser?> LaunchAsync()
    {
        string? program = Environment.GetEnvironmentVariable(Variable) ?? Usual.FirstOrDefault(File.Exists);
        if (program is null)
            return null;
        var playwright = await Playwright.CreateAsync();
        return await playwright.Chromium.LaunchAsync(new() { ExecutablePath = program, Args = ["--no-sandbox"], Timeout = Patience });
    }
}
