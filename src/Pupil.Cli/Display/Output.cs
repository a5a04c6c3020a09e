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

    /// <summary>Prints a line of text without markup; control characters are escaped, line breaks too.</summary>
    public static void Line(string text) => System.Console.Out.WriteLine(TerminalText.Escape(text));

    /// <summary>Prints a line on standard error; control characters are escaped, line breaks too.</summary>
    public static void Aside(string text) => System.Console.Error.WriteLine(TerminalText.Escape(text));

    /// <summary>Prints lines on standard error; control characters other than line breaks are escaped.</summary>
    public static void Asides(string lines) => System.Console.Error.WriteLine(TerminalText.Escape(lines, keepsLines: true));

    /// <summary>Prints text of several lines; control characters other than line breaks are escaped.</summary>
    public static void Raw(string text) => System.Console.Out.Write(TerminalText.Escape(text, keepsLines: true));

    /// <summary>Replaces the current line of a terminal.</summary>
    public static void Redraw(string text) => System.Console.Out.Write($"\r\u001b[K{TerminalText.Escape(text)}");

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
        console.Pipeline.Attach(new TerminalText.Hook());
        if (System.Console.IsOutputRedirected)
            console.Profile.Width = WidthWithoutTerminal;
        return console;
    }
}
