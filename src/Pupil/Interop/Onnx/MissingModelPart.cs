namespace Pupil.Interop.Onnx;

/// <summary>The cause of an error: a model has no tensor or node of the given name.</summary>
/// <param name="File">The model's file.</param>
internal sealed record MissingModelPart(string File) : UserErrorCause;
