using Spectre.Console;

namespace Pupil.Cli.Display;

/// <summary>The output of the tool; nothing else prints.</summary>
internal static class Output
{
    private const int WidthWithoutTerminal = 120, BarWidth = 36;

    /// <summary>The terminal, or plain text of a fixed width without one.</summary>
    public static IAnsiConsole Console { get; } = CreateConsole();

    /// <summary>Whether the output is a terminal that can be redrawn.</summary>
    public static bool IsTerminal =>
        Console.Profile.Out.IsTerminal && Console.Profile.Capabilities.Ansi && !System.Console.IsOutputRedirected;

    /// <summary>Prints a line of text without markup.</summary>
    public static void Line(string text) => System.Console.Out.WriteLine(text);

    /// <summary>Prints a line on standard error.</summary>
    public static void Aside(string text) => System.Console.Error.WriteLine(text);

    /// <summary>Prints text without a line break.</summary>
    public static void Raw(string text) => System.Console.Out.Write(text);

    /// <summary>Formats a share as percent: <c>71.24 %</c>.</summary>
    public static string Percent(double share) => $"{100 * share:0.00} %";

    /// <summary>Returns a bar for a share, 0…1, in Spectre's markup.</summary>
    public static string Bar(double share)
    {
        int full = (int)Math.Round(share * BarWidth);
        return $"[green]{new string('━', full)}[/][grey]{new string('─', BarWidth - full)}[/]";
    }

    /// <summary>Formats seconds: <c>48 s</c>, <c>3:07 min</c>, <c>1:02:05 h</c>.</summary>
    public static string Time(double seconds)
    {
        var time = TimeSpan.FromSeconds(Math.Round(seconds));
        return time.TotalMinutes < 1 ? $"{time.Seconds} s"
            : time.TotalHours < 1 ? $"{time.Minutes}:{time.Seconds:00} min"
            : $"{(int)time.TotalHours}:{time.Minutes:00}:{time.Seconds:00} h";
    }

    /// <summary>Returns the shorter form of a path: relative to the current folder, or absolute.</summary>
    public static string PathFromHere(string path)
    {
        string relative = Path.GetRelativePath(Environment.CurrentDirectory, path);
        return relative.StartsWith("..", StringComparison.Ordinal) ? path : relative;
    }

    private static IAnsiConsole CreateConsole()
    {
        var console = AnsiConsole.Console;
        if (System.Console.IsOutputRedirected)
            console.Profile.Width = WidthWithoutTerminal;
        return console;
    }
}
