using System.Net;
using System.Net.Sockets;
using Pupil.Experiments.Runs;
using Pupil.Tests.Reporting.Page;

namespace Pupil.Tests.Cli;

/// <summary><c>pupil watch</c> and <c>pupil report</c>, as processes of their own.</summary>
public sealed class WatchCommandTests(ToolRun finished)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_page_changes_with_the_epochs_and_other_hosts_are_refused()
    {
        using var folder = new TemporaryFolder();
        string run = HalfDone(folder);
        int port = FreePort();
        using var watch = new PupilProcess("watch", run, "--port", $"{port}");
        using var client = new HttpClient { BaseAddress = new($"http://127.0.0.1:{port}/") };
        string before = await Ask(client, "version");
        string page = await client.GetStringAsync("", Stop);
        Assert.Contains("connect-src", page);
        Assert.Contains("is not finished", page);

        using var stranger = new HttpRequestMessage(HttpMethod.Get, "") { Headers = { Host = "evil.example" } };
        Assert.Equal(HttpStatusCode.BadRequest, (await client.SendAsync(stranger, Stop)).StatusCode);
        using var elsewhere = new HttpClient
        {
            BaseAddress = new($"http://{Dns.GetHostName()}:{port}/"),
            Timeout = TimeSpan.FromSeconds(5),
        };
        if (!(await Dns.GetHostAddressesAsync(Dns.GetHostName(), Stop)).All(IPAddress.IsLoopback))
            await Assert.ThrowsAnyAsync<Exception>(() => elsewhere.GetStringAsync("", Stop));

        Finish(run);
        Assert.NotEqual(before, await Ask(client, "version"));
        Assert.DoesNotContain("is not finished", await client.GetStringAsync("", Stop));

        watch.Interrupt();
        var (code, output, errors) = await watch.End(Stop);
        Assert.Equal((130, ""), (code, errors));
        Assert.Contains($"http://127.0.0.1:{port}", output);
    }

    [Fact]
    public async Task An_open_page_shows_what_is_new_by_itself()
    {
        using var folder = new TemporaryFolder();
        string run = HalfDone(folder);
        int port = FreePort();
        using var watch = new PupilProcess("watch", run, "--port", $"{port}");
        using var client = new HttpClient { BaseAddress = new($"http://127.0.0.1:{port}/") };
        await Ask(client, "version");
        await using var browser = await Chromium.OpenAsync(client.BaseAddress.AbsoluteUri);
        await browser.Page.Locator("#unfinished").WaitForAsync();
        await browser.Page.Locator("[role=status]", new() { HasText = "Live" }).WaitForAsync();
        Finish(run);
        await browser.Page.Locator("#results table").WaitForAsync();
        Assert.Equal(0, await browser.Page.Locator("#unfinished").CountAsync());
        Assert.Empty(browser.Complaints);
        watch.Interrupt();
        await watch.End(Stop);
    }

    [Fact]
    public async Task Nothing_in_the_current_folder_or_the_environment_says_where_it_listens()
    {
        using var folder = new TemporaryFolder();
        string run = HalfDone(folder);
        int[] ports = [.. Enumerable.Range(0, 4).Select(_ => FreePort())];
        string elsewhere = $"http://0.0.0.0:{ports[1]}";
        File.WriteAllText(folder["appsettings.json"],
            $$"""{ "urls": "{{elsewhere}}", "Kestrel": { "Endpoints": { "All": { "Url": "{{elsewhere}}" } } } }""");
        Dictionary<string, string> variables = new()
        {
            ["Kestrel__Endpoints__More__Url"] = $"http://0.0.0.0:{ports[2]}",
            ["ASPNETCORE_URLS"] = $"http://0.0.0.0:{ports[3]}",
            ["ASPNETCORE_HTTP_PORTS"] = $"{ports[3]}",
        };
        using var watch = new PupilProcess(["watch", run, "--port", $"{ports[0]}"], variables, folder.FullPath);
        using var client = new HttpClient { BaseAddress = new($"http://127.0.0.1:{ports[0]}/") };
        await Ask(client, "version");
        foreach (int port in ports[1..])
        {
            using var other = new TcpClient();
            await Assert.ThrowsAnyAsync<SocketException>(() => other.ConnectAsync(IPAddress.Loopback, port, Stop).AsTask());
        }
        watch.Interrupt();
        Assert.Contains($"Watching at http://127.0.0.1:{ports[0]} ", (await watch.End(Stop)).Output);
    }

    [Fact]
    public async Task A_link_that_leads_back_ends()
    {
        using var folder = new TemporaryFolder();
        string run = HalfDone(folder);
        Directory.CreateSymbolicLink(Path.Combine(run, "again"), run);
        int port = FreePort();
        using var watch = new PupilProcess("watch", run, "--port", $"{port}");
        using var client = new HttpClient { BaseAddress = new($"http://127.0.0.1:{port}/") };
        Assert.StartsWith("1 ", await Ask(client, "version")); // the epochs, once
        Assert.Contains("is not finished", await client.GetStringAsync("", Stop));
        watch.Interrupt();
        await watch.End(Stop);
    }

    [Fact]
    public async Task A_taken_port_and_a_folder_without_a_run_are_refused()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        await PupilProcess.AssertRefuses(
            $"watch {finished.Folder.Path} --port {((IPEndPoint)taken.LocalEndpoint).Port}", "choose another one", Stop);
        using var folder = new TemporaryFolder();
        await PupilProcess.AssertRefuses($"watch {folder.FullPath}", "neither a run nor a comparison", Stop);
        await PupilProcess.AssertRefuses($"report {folder["nothing"]}", "neither a run nor a comparison", Stop);
        await PupilProcess.AssertRefuses($"report {finished.Folder.Path} --out {folder["no/such/folder.html"]}", "folder.html", Stop);
    }

    [Fact]
    public async Task A_report_is_one_file_in_the_run_folder_and_charts_lie_where_asked()
    {
        using var folder = new TemporaryFolder();
        string run = HalfDone(folder);
        Finish(run);
        var (code, output, errors) = await PupilProcess.Run(Stop, "report", run, "--charts", folder["charts"]);
        Assert.Equal((0, ""), (code, errors));
        Assert.Contains("report.html", output);
        Assert.True(File.Exists(Path.Combine(run, "report.html")));
        Assert.True(File.Exists(folder["charts/test-accuracy-1.svg"]));
    }

    private string HalfDone(TemporaryFolder folder)
    {
        string run = Directory.CreateDirectory(folder["run"]).FullName;
        foreach (string name in new[] { "recipe.json", "environment.json", "exhibit.safetensors" })
            File.Copy(Path.Combine(finished.Folder.Path, name), Path.Combine(run, name));
        File.WriteAllLines(Path.Combine(run, "epochs.jsonl"), File.ReadLines(finished.Folder.EpochsFile).Take(2));
        return run;
    }

    private void Finish(string run)
    {
        File.Copy(finished.Folder.EpochsFile, Path.Combine(run, "epochs.jsonl"), overwrite: true);
        File.Copy(finished.Folder.SummaryFile, new RunFolder(run).SummaryFile);
    }

    private static async Task<string> Ask(HttpClient client, string path)
    {
        while (true)
        {
            try
            {
                return await client.GetStringAsync(path, Stop);
            }
            catch (HttpRequestException) when (!Stop.IsCancellationRequested)
            {
                await Task.Delay(50, Stop);
            }
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
