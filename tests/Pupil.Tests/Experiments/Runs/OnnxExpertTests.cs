using System.Reflection;
using Google.Protobuf;
using Pupil.Distillation.Methods;
using Pupil.Experiments.Recipes;
using Pupil.Experiments.Runs;
using Pupil.Images;
using Pupil.Images.Transforms;
using Pupil.Inference;
using Pupil.Interop.Onnx;
using Pupil.Interop.Students;
using Pupil.Reporting.Content;
using Pupil.Reporting.Descriptions;
using Pupil.Reporting.Page;
using Pupil.Tests.Training;
using static TorchSharp.torch;

namespace Pupil.Tests.Experiments.Runs;

/// <summary>ONNX models as experts, from the recipe to the records.</summary>
public sealed class OnnxExpertTests
{
    private static readonly Normalization Halves = new() { Mean = [0.5, 0.5, 0.5], Deviation = [0.5, 0.5, 0.5] };

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public void An_exported_model_teaches_like_its_network()
    {
        using var folder = new TemporaryFolder();
        TinyRecipe.Ctkd.Run(folder, "first", Stop);
        string student = new RunFolder(folder["first"]).StudentFile("scratch-teacher");
        var (network, card) = StudentFile.Read(student, CPU);
        using (network)
        {
            File.WriteAllBytes(folder["teacher.onnx"], OnnxModel.OfNetwork(network, new ModelCard
            {
                Network = "wrn-10-1",
                Classes = card.Classes,
                Channels = 3,
                Height = 16,
                Width = 16,
                Mean = card.Normalization.Mean,
                Deviation = card.Normalization.Deviation,
                Size = 16,
            }).ToByteArray());
        }
        var recipe = TinyRecipe.Ctkd with { Method = new KdOptions() };
        (recipe with { Expert = new() { File = student } }).Run(folder, "own", Stop);
        (recipe with { Expert = new() { File = folder["teacher.onnx"] } }).Run(folder, "onnx", Stop);
        RunFolder own = new(folder["own"]), onnx = new(folder["onnx"]);
        RunSummary expected = own.ReadSummary()!, found = onnx.ReadSummary()!;
        // ONNX Runtime rounds differently from libtorch: one of the twenty test images may change its class.
        Assert.Equal(expected.Expert!.Test!.Top1, found.Expert!.Test!.Top1, 0.051);
        Assert.Equal(expected.Expert.Network.Cost.MultiplyAdds, found.Expert.Network.Cost.MultiplyAdds);
        Assert.Equal(("../teacher.onnx", "teacher.onnx"), (found.Expert.File, found.Expert.Network.Architecture));
        float[] one = TinyRecipe.Weights(own.LastStudentFile("student")), other = TinyRecipe.Weights(onnx.LastStudentFile("student"));
        Tensors.AssertNear([.. one.Select(weight => (double)weight)], [.. other.Select(weight => (double)weight)], 1e-4, "weights");
    }

    [Fact]
    public void A_run_with_an_expert_of_other_classes_is_stopped_resumed_and_reported()
    {
        using var folder = new TemporaryFolder();
        var recipe = TinyRecipe.Ctkd with
        {
            Expert = new() { File = Interop.Onnx.OnnxFiles.Path("other-classes.onnx"), Onnx = new() { Normalization = Halves } },
            Students =
            [
                .. TinyRecipe.Ctkd.Students,
                new() { Name = "alone", Network = new() { Architecture = "wrn-10-1" }, Taught = false },
            ],
        };
        var ready = recipe.Run(folder, "undisturbed", Stop).OfType<ExpertReady>().Single();
        Assert.Null(ready.Expert.Test);
        TinyRecipe.RunFor(folder, recipe, 6);
        TinyRecipe.Resume(folder, stop: Stop);
        TinyRecipe.AssertSame(new(folder["undisturbed"]), new(folder["run"]));
        var epochs = new RunFolder(folder["run"]).ReadEpochs();
        Assert.All(epochs, epoch => Assert.True(epoch.Term("student/attention") > 0));

        Report.WritePage(ReportContent.FromFolders([folder["run"]]), folder["report.html"]);
        string page = File.ReadAllText(folder["report.html"]);
        Assert.Contains("was trained on other classes; the method uses its stages", page);
        Assert.Contains("attention of expert, stage3", page);
    }

    [Fact]
    public void A_student_learns_the_attention_of_a_foreign_network()
    {
        // ML.NET's ResNet-18 (ImageNet; CNTK wrote it in 2018: operator set 8, one image of 224×224 at a time, blue first, no classifier).
        string file = typeof(OnnxExpertTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .Single(entry => entry.Key == "ResNet18").Value!;
        using var folder = new TemporaryFolder();
        var recipe = TinyRecipe.Ctkd with
        {
            Data = TinyRecipe.Ctkd.Data with { TrainImages = 16, HeldOut = 0, TestImages = 4 },
            Method = new AtOptions(),
            Expert = new()
            {
                File = file,
                Onnx = new()
                {
                    Stages = ["ReLU283", "ReLU315", "ReLU347"],
                    Channels = ChannelOrder.Bgr,
                    Normalization = new() { Mean = [0.485, 0.456, 0.406], Deviation = [1 / 255.0, 1 / 255.0, 1 / 255.0] },
                },
            },
        };
        recipe.Run(folder, stop: Stop);
        var run = new RunFolder(folder["run"]);
        var expert = run.ReadSummary()!.Expert!;
        Assert.Equal((null, 15_897_152), (expert.Test, expert.Network.Cost.Parameters));
        var epochs = run.ReadEpochs();
        Assert.True(epochs[^1].Term("student/attention") < epochs[0].Term("student/attention"),
            string.Join(' ', epochs.Select(epoch => epoch.Term("student/attention"))));
    }

    [Fact]
    public void A_changed_expert_or_one_without_finite_logits_is_refused()
    {
        using var folder = new TemporaryFolder();
        string file = folder["teacher.onnx"];
        File.Copy(Interop.Onnx.OnnxFiles.Path("other-classes.onnx"), file);
        var recipe = TinyRecipe.Ctkd with { Expert = new() { File = file, Onnx = new() { Normalization = Halves } } };
        TinyRecipe.RunFor(folder, recipe, 6);
        File.Copy(Interop.Onnx.OnnxFiles.Path("residual.onnx"), file, overwrite: true);
        Assert.Contains("the expert's file has changed",
            Assert.Throws<UserErrorException>(() => TinyRecipe.Resume(folder, stop: Stop)).Message);
        File.Copy(Interop.Onnx.OnnxFiles.Path("other-classes.onnx"), file, overwrite: true);
        Assert.IsType<TrainingFinished>(TinyRecipe.Resume(folder, stop: Stop)[^1]);

        var broken = Pupil.Interop.Onnx.OnnxFile.Read(file).Model;
        var last = broken.Graph.Initializer.Last(tensor => tensor.Dims is [7, _]);
        last.Dims[0] = 10;
        last.RawData = ByteString.CopyFrom([.. Enumerable.Repeat((byte)0xff, 4 * 10 * (int)last.Dims[1])]);
        var bias = broken.Graph.Initializer.Last(tensor => tensor.Dims is [7]);
        (bias.Dims[0], bias.RawData) = (10, ByteString.CopyFrom(new byte[40]));
        File.WriteAllBytes(file, broken.ToByteArray());
        Assert.Contains("not finite", Assert.Throws<UserErrorException>(() => recipe.Run(folder, "nan", Stop)).Message);

        var scaled = new Normalization { Mean = [123.7, 116.3, 103.5], Deviation = [58, 57, 57] };
        var overflowing = recipe with { Expert = recipe.Expert with { Onnx = new() { Normalization = scaled } } };
        string message = Assert.Throws<UserErrorException>(() => overflowing.Run(folder, "scale", Stop)).Message;
        Assert.Contains("expert.onnx.normalization: found a mean of 123.7", message);
    }

    [Fact]
    public void Every_method_but_one_can_be_taught_by_it()
    {
        var form = new DataForm(16, 16, 3, 4);
        foreach (string method in MethodCatalogue.Names)
        {
            var recipe = RecipeBook.Read(
                "smoke", [$"method={method}", "expert.training.snapshots=4", "students=[{\"network\":\"wrn-10-1\"}]"]);
            string file = Interop.Onnx.OnnxFiles.Path("residual.onnx");
            recipe = recipe with { Expert = new() { File = file, Onnx = new() { Normalization = Halves } } };
            if (method == "ofd")
                Assert.Contains("0 of its 3 stages have a batch-norm",
                    Assert.Throws<UserErrorException>(() => TeachingDescription.OfRecipe(recipe, form)).Message);
            else
                Assert.All(TeachingDescription.OfRecipe(recipe, form).Terms, term => Assert.NotEmpty(term.Links));
        }
    }

    [Fact]
    public void A_method_that_needs_parts_the_model_lacks_is_refused()
    {
        using var folder = new TemporaryFolder();
        var expert = new ExpertOptions
        {
            File = Interop.Onnx.OnnxFiles.Path("other-classes.onnx"),
            Onnx = new() { Normalization = Halves },
        };
        var error = Assert.Throws<UserErrorException>(
            () => (TinyRecipe.Ctkd with { Method = new KdOptions(), Expert = expert }).Run(folder, "a", Stop));
        Assert.Contains("no logits of the data's classes", error.Message);
        error = Assert.Throws<UserErrorException>(
            () => (TinyRecipe.Ctkd with { Expert = expert with { Onnx = new() } }).Run(folder, "b", Stop));
        Assert.Contains("does not give the normalisation", error.Message);
        error = Assert.Throws<UserErrorException>(() => (TinyRecipe.Ctkd with { Expert = expert with { File = "a.safetensors" } }).Check());
        Assert.StartsWith("expert.onnx: ", error.Message);
    }
}
