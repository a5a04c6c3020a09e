using System.Globalization;

namespace Pupil;

/// <summary>
/// An error that a person can fix: a wrong file, value or environment. Its message says what was found, what was expected
/// and what to do next, in one line; the command line prints it and ends with exit code 2. Control characters of a file in its text,
/// except ends of lines, are escaped as in <c>\u001b</c>.
/// </summary>
public class UserErrorException : Exception
{
    /// <summary>Creates the error.</summary>
    /// <param name="message">What was found, what was expected, what to do.</param>
    public UserErrorException(string message) : base(Plain(message)) { }

    /// <summary>Creates the error with the failure that led to it.</summary>
    public UserErrorException(string message, Exception inner) : base(Plain(message), inner) { }

    /// <summary>The cause, where a program can add advice to the message; otherwise null.</summary>
    internal UserErrorCause? Cause { get; init; }

    // Messages quote files, some by way of messages of .NET and ONNX Runtime, which quote them as they are.
    private static string Plain(string message) => !message.Any(IsControl) ? message
        : string.Concat(message.Select(letter =>
            IsControl(letter) ? string.Create(CultureInfo.InvariantCulture, $"\\u{(int)letter:x4}") : $"{letter}"));

    private static bool IsControl(char letter) => letter != '\n' && char.IsControl(letter);
}
