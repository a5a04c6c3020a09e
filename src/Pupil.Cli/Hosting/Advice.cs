using Pupil.Experiments.Comparisons;
using Pupil.Experiments.Exporting;
using Pupil.Experiments.Recipes;
using Pupil.Experiments.Runs;
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
        PicturesBrokenSince => "--skip-broken leaves them out of a new run, whose folder --out names.",
        UnusablePackedFile => "'pupil data convert' packs images into a file.",
        FileWithoutEntries => "Leave --key out.",
        WeightsOfAnotherNetwork => "--network names the network.",
        FolderForRecipe folder => $"--data {folder.Folder} takes it as a data set.",
        ComparisonForRecipe comparison => $"'pupil compare {comparison.Name}' runs it.",
        RunNotFound => "'pupil distill' and 'pupil train' print the folder of their run.",
        RunExists run => $"--resume {run.Folder} resumes it.",
        UnfinishedRun run => $"'pupil distill --resume {run.Folder}' resumes it.",
        ComparisonNotFound => "'pupil compare' prints the folder of its comparison.",
        OutputFolderUnusable => "--out names another folder.",
        NormalizationUnknown => "'pupil evaluate' takes it as --normalization.",
        PrecisionTooLow => "--precision float32 does so.",
        ExpertMissing => "--set expert.file=FILE names it.",
        NoCudaDevice => "A build with -p:PupilCuda=true holds libtorch for CUDA (for example 'dotnet run -c Release -p:PupilCuda=true "
            + "--project src/Pupil.Cli -- …'); --device cpu computes on the processor.",
        MissingModelPart missing => $"'pupil describe {missing.File}' lists them.",
        ModelWithoutCard => "'pupil export' writes such a model.",
        FolderWithoutRuns => "'pupil distill', 'pupil train' and 'pupil compare' print their folder.",
        ComparisonWithoutRuns empty => $"'pupil compare --resume {empty.Folder}' runs its cells.",
        _ => null,
    };
}
