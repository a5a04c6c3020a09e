using System.CommandLine;
using Pupil.Cli.Display;
using Pupil.Cli.Download;
using Pupil.Cli.Hosting;

namespace Pupil.Cli.Commands.Data;

/// <summary><c>pupil data get</c>: downloads the published files of a known data set.</summary>
internal static class DataGetCommand
{
    public static Command Create()
    {
        var command = new Command("get",
            """
            Downloads a data set from where its authors publish it, and checks the files.
            Without a name: lists the known data sets. The same command resumes a
            download that broke off or was stopped by Ctrl-C. Pupil reads archives as
            they are; they are not unpacked.

            Examples:
              pupil data get
              pupil data get cifar10
              pupil data get svhn --to /data
              pupil data get svhn --extra
              pupil data get mnist --from https://mirror.example/mnist/     (a mirror: the address of a folder ends in /)
              pupil data get cifar10 --from ~/Downloads                     (a folder or file on this machine)
            """);
        var name = new Argument<string?>("name")
        {
            Description = $"One of {string.Join(", ", KnownDataSets.All.Select(set => set.Name))}.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var to = new Option<string>("--to")
        {
            Description = "The folder for the files.",
            HelpName = "FOLDER",
            DefaultValueFactory = _ => "data",
        };
        var from = new Option<string?>("--from")
        {
            Description = "Another place: a mirror's folder (an address that ends in /), the address of a file, "
                + "or a local folder or file.",
            HelpName = "PLACE",
        };
        var extra = new Option<bool>("--extra")
        {
            Description = "For svhn: also the 531,131 extra images (1.3 GB); the same as svhn-extra.",
        };
        command.Arguments.Add(name);
        foreach (var option in new Option[] { to, from, extra })
            command.Options.Add(option);
        command.SetAction(async (parsed, _) =>
        {
            if (parsed.GetValue(name) is not string asked)
            {
                if (command.Options.Any(option => parsed.GetResult(option) is { Implicit: false }))
                    throw new UserErrorException("data get: found options but no data set; say which one, or leave them out for the list.");
                DownloadTexts.List(KnownDataSets.All);
                return ExitCode.Done;
            }
            var set = KnownDataSets.Find(parsed.GetValue(extra) ? WithExtra(asked) : asked);
            return await GetAsync(set, new DataFetch(set, parsed.GetValue(to)!, parsed.GetValue(from)));
        });
        return command;
    }

    private static string WithExtra(string name) => name is "svhn" or "svhn-extra"
        ? "svhn-extra"
        : throw new UserErrorException($"--extra: only svhn has extra images, not {name}; leave it out.");

    private static Task<int> GetAsync(KnownDataSet set, DataFetch fetch) => Interruption.RunAsync(async stop =>
    {
        await DownloadDisplay.ShowAsync(progress => fetch.RunAsync(progress, stop));
        Output.Line($"Terms of {set.Name}: {set.Terms} {set.Page}");
        return ExitCode.Done;
    }, "Stopped; the bytes so far are kept. The same command resumes.");
}
