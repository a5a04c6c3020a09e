using System.Diagnostics;

namespace Pupil.Tests;

/// <summary>Programs in Python, for tests that ask what others say of our files.</summary>
internal static class PythonProcess
{
    // Debian's, which has Debian's packages; another may come first in the path.
    private static readonly string Python = File.Exists("/usr/bin/python3") ? "/usr/bin/python3" : "python3";

    /// <summary>Skips the calling test where a package is missing.</summary>
    /// <param name="package">Its name in Python.</param>
    /// <param name="how">How to get it.</param>
    public static void Require(string package, string how) => Assert.SkipUnless(Run("-c", $"import {package}").ExitCode == 0, $"Python's {package} is missing: {how}.");

    /// <summary>Runs it to its end.</summary>
    /// <param name="arguments">A file and its arguments, or -c and a program and its arguments.</param>
    public static (int ExitCode, string Output, string Errors) Run(params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(Python, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            var errors = process.StandardError.ReadToEndAsync();
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, output.Trim(), errors.Result);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return (-1, "", "there is no Python");
        }
    }
}
