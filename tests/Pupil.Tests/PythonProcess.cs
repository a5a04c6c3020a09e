using System.Collections.Concurrent;
using System.Diagnostics;

namespace Pupil.Tests;

/// <summary>Programs in Python, for tests that check Pupil's files with other software.</summary>
internal static class PythonProcess
{
    // Debian's, which has Debian's packages; PATH may list another one first.
    internal static readonly string Python = File.Exists("/usr/bin/python3") ? "/usr/bin/python3" : "python3";

    // Importing PyTorch takes two seconds.
    private static readonly ConcurrentDictionary<string, Lazy<bool>> Present = new();

    /// <summary>Skips the calling test if a package is missing.</summary>
    /// <param name="package">The package's name in Python.</param>
    /// <param name="how">How to install it.</param>
    public static void Require(string package, string how) =>
        Assert.SkipUnless(Present.GetOrAdd(package, name => new(() => Run("-c", $"import {name}").ExitCode == 0)).Value,
            $"Python's {package} is missing: {how}.");

    /// <summary>Runs a program to its end.</summary>
    /// <param name="arguments">A file and its arguments, or -c and a program and its arguments.</param>
    public static (int ExitCode, string Output, string Errors) Run(params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(Python, arguments)
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
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
