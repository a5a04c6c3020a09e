namespace Pupil.Inference;

/// <summary>The cause of an error: an ONNX model that Pupil did not export.</summary>
internal sealed record ModelWithoutCard : UserErrorCause;
