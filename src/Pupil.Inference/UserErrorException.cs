namespace Pupil;

/// <summary>
/// An error that a person can fix: a wrong file, value or environment. Its message says what was found, what was expected
/// and what to do next, in one line; the command line prints it and ends with exit code 2.
/// </summary>
public class UserErrorException : Exception
{
    /// <summary>Creates the error.</summary>
    /// <param name="message">What was found, what was expected, what to do.</param>
    public UserErrorException(string message) : base(message) { }

    /// <summary>Creates the error with the failure that led to it.</summary>
    public UserErrorException(string message, Exception inner) : base(message, inner) { }

    /// <summary>The cause, where a program can add advice to the message; otherwise null.</summary>
    internal UserErrorCause? Cause { get; init; }
}
