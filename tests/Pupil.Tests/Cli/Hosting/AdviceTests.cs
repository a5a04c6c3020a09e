using Pupil.Cli.Hosting;
using Pupil.Experiments.Comparisons;
using Pupil.Experiments.Exporting;
using Pupil.Experiments.Recipes;
using Pupil.Experiments.Runs;
using Pupil.Images.Formats.Cifar;
using Pupil.Images.Formats.Packed;
using Pupil.Images.Formats.Pictures;
using Pupil.Images.Formats.Trees;
using Pupil.Inference;
using Pupil.Interop.Onnx;
using Pupil.Interop.PyTorch;
using Pupil.Reporting.Content;
using Pupil.Settings;

namespace Pupil.Tests.Cli.Hosting;

public sealed class AdviceTests
{
    [Theory]
    [InlineData(typeof(MissingDataSet), "'pupil data get svhn --to FOLDER'", "--data FOLDER")]
    [InlineData(typeof(BrokenPicturesFound), "--skip-broken")]
    [InlineData(typeof(PicturesBrokenSince), "--skip-broken", "--out")]
    [InlineData(typeof(UnusablePackedFile), "'pupil data convert'")]
    [InlineData(typeof(FileWithoutEntries), "--key")]
    [InlineData(typeof(WeightsOfAnotherNetwork), "--network")]
    [InlineData(typeof(FolderForRecipe), "--data svhn")]
    [InlineData(typeof(ComparisonForRecipe), "'pupil compare svhn'")]
    [InlineData(typeof(RunNotFound), "'pupil distill'", "'pupil train'")]
    [InlineData(typeof(RunExists), "--resume svhn")]
    [InlineData(typeof(UnfinishedRun), "'pupil distill --resume svhn'")]
    [InlineData(typeof(ComparisonNotFound), "'pupil compare'")]
    [InlineData(typeof(OutputFolderUnusable), "--out")]
    [InlineData(typeof(NormalizationUnknown), "'pupil evaluate'", "--normalization")]
    [InlineData(typeof(PrecisionTooLow), "--precision float32")]
    [InlineData(typeof(NoCudaDevice), "-p:PupilCuda=true", "--device cpu")]
    [InlineData(typeof(MissingModelPart), "'pupil describe svhn'")]
    [InlineData(typeof(ModelWithoutCard), "'pupil export'")]
    [InlineData(typeof(FolderWithoutRuns), "'pupil distill'", "'pupil compare'")]
    [InlineData(typeof(ComparisonWithoutRuns), "'pupil compare --resume svhn'")]
    public void Every_cause_adds_its_advice_to_the_message(Type cause, params string[] parts)
    {
        // A cause with a parameter names a data set, file or folder.
        object?[] arguments = [.. cause.GetConstructors().Single().GetParameters().Select(_ => "svhn")];
        var made = (UserErrorCause)Activator.CreateInstance(cause, arguments)!;
        var error = new UserErrorException("a: found b, expected c.") { Cause = made };
        string message = Advice.MessageOf(error);
        Assert.StartsWith("a: found b, expected c. ", message);
        Assert.All(parts, part => Assert.Contains(part, message));
        Assert.DoesNotContain(message, char.IsControl);
    }

    // The message of an unknown key names the nearest ones.
    [Fact]
    public void Every_cause_is_covered() => Assert.All(
        typeof(MissingDataSet).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(UserErrorCause)) && type != typeof(UnknownKey)),
        cause => Every_cause_adds_its_advice_to_the_message(cause));

    [Fact]
    public void An_error_without_a_cause_keeps_its_message() =>
        Assert.Equal("a: found b, expected c.", Advice.MessageOf(new UserErrorException("a: found b, expected c.")));

    [Fact]
    public void A_missing_data_set_is_advised_by_its_name()
    {
        using var folder = new TemporaryFolder();
        var error = Assert.Throws<UserErrorException>(() => new Cifar10Source { Path = folder["nowhere"] }.Load());
        string message = Advice.MessageOf(error);
        Assert.Contains("expected cifar-10-batches-bin/ or cifar-10-binary.tar.gz", message);
        Assert.Contains("'pupil data get cifar10 --to FOLDER'", message);
    }
}
