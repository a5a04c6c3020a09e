namespace Pupil;

/// <summary>
/// The cause of a <see cref="UserErrorException"/> as data. A program can turn it into advice in its own terms, such as its options.
/// </summary>
internal abstract record UserErrorCause;
