using System.CommandLine;
using Pupil.Cli.Arguments;
using Pupil.Cli.Display;
using Pupil.Cli.Hosting;
using Pupil.Cli.Watching;
using Pupil.Reporting.Content;

namespace Pupil.Cli.Commands;

/// <summary><c>pupil watch</c>: shows the report of a run in the browser while it runs.</summary>
internal static class WatchCommand
{
    public static Command Create()
    {
        var command = new Command("watch",
            """
            Serves the page of 'pupil report' for a running or finished run, or a
            comparison, and updates it after every epoch. It is served to this machine
            alone (127.0.0.1). Ctrl-C ends the server, not the run.

            Examples:
              pupil watch runs/smoke-20261123-101500
              pupil watch runs/compare-smoke --port 8080
            """);
        var runs = new Argument<string[]>("run")
        {
            Description = "Run folders, or the folder of a comparison.",
            Arity = ArgumentArity.OneOrMore,
        };
        var port = NumberOption.Whole("--port", "The port. Default 0: any free one.", "PORT", 0, 65_535, 0);
        command.Arguments.Add(runs);
        command.Options.Add(port);
        command.SetAction(parsed => Interruption.RunAsync(async stop =>
        {
            string[] folders = parsed.GetValue(runs)!;
            ReportContent.FromFolders(folders); // refused here, not in the browser
            await using var server = await WatchServer.StartAsync(folders, parsed.GetValue(port)!.Value, stop);
            Output.Line($"Watching at {server.Address} (Ctrl-C ends it)");
            await Task.Delay(Timeout.Infinite, stop);
            return ExitCode.Done;
        }));
        return command;
    }
}
