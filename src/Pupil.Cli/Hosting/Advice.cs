using Pupil.Images.Formats.Packed;
using Pupil.Images.Formats.Pictures;
using Pupil.Images.Formats.Trees;
using Pupil.Inference;
using Pupil.Interop.Onnx;
using Pupil.Interop.PyTorch;
using Pupil.Reporting.Content;

namespace Pupil.Cli.Hosting;

/// <summary>Adds advice in the tool's own terms to user errors of the library, whose messages name no option of the tool.</summary>
internal static class Advice
{
    /// <summary>Returns the message of an error with advice for its cause, in one line.</summary>
    public static string MessageOf(UserErrorException error) =>
        AdviceOn(error.Cause) is { } advice ? $"{error.Message} {advice}" : error.Message;

    private static string? AdviceOn(UserErrorCause? cause) => cause switch
    {
        MissingDataSet missing => $"'pupil data get {missing.Name} --to FOLDER' gets it; --data FOLDER then gives its place.",
        BrokenPicturesFound => "--skip-broken leaves them out.",
        UnusablePackedFile => "'pupil data convert' packs images into a file.",
        FileWithoutEntries => "Leave --key out.",
        WeightsOfAnotherNetwork => "--network names the network.",
        MissingModelPart missing => $"'pupil describe {missing.File}' lists them.",
        ModelWithoutCard => "'pupil export' writes such a model.",
        FolderWithoutRuns => "'pupil distill', 'pupil train' and 'pupil compare' print their folder.",
        ComparisonWithoutRuns empty => $"'pupil compare --resume {empty.Folder}' runs its cells.",
        _ => null,
    };
}
