using Pupil.Distillation.Methods;
using Pupil.Experiments.Recipes;
using Pupil.Experiments.Runs;
using Pupil.Images.Formats.Folder;
using Pupil.Images.Transforms;
using Pupil.Tests.Experiments.Comparisons;
using Pupil.Tests.Images.Formats.Pictures;
using Pupil.Tests.Interop.Onnx;
using Pupil.Tests.Training;

namespace Pupil.Tests.Experiments.Runs;

/// <summary>Tests that an expert with an input of its own reads the original pictures.</summary>
public sealed class OriginalSizeTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_expert_of_96_pixels_sees_what_a_student_of_32_pixels_cannot(bool hasSmallSet)
    {
        using var folder = new TemporaryFolder();
        // Stripes of two pixels at 96 pixels; in 32 pixels they are grey.
        for (int i = 0; i < 40; i++)
        {
            Picture(folder[$"pictures/fine/{i}.bmp"], i, stripes: true);
            Picture(folder[$"pictures/flat/{i}.bmp"], i, stripes: false);
        }
        var recipe = TinyRecipe.Ctkd with
        {
            Data = new()
            {
                Source = new FolderSource { Path = folder["pictures"], Size = hasSmallSet ? 32 : 96 },
                Input = hasSmallSet ? null : new InputOptions { Size = 32 },
            },
            Method = new KdOptions(),
            Expert = new()
            {
                File = OnnxFiles.Path("sees-96.onnx"),
                Onnx = new() { Normalization = new() { Mean = [0, 0, 0], Deviation = [1 / 255.0, 1 / 255.0, 1 / 255.0] } },
            },
        };
        var ready = recipe.Run(folder, stop: Stop).OfType<ExpertReady>().Single();
        Assert.Equal(1, ready.Expert.Test!.Top1);
        Assert.Equal(new ExpertImages(96, 96, 96, AreScaled: false), ready.Expert.Images);
        var summary = new RunFolder(folder["run"]).ReadSummary()!;
        Assert.Equal(ready.Expert.Images, summary.Expert!.Images);
        // The students' images are grey: nothing but the expert's answers tells the classes.
        Assert.True(new RunFolder(folder["run"]).ReadEpochs()[^1].Term("student/softened") > 0);
    }

    [Fact]
    public void A_stopped_run_resumes_with_the_same_views()
    {
        using var folder = new TemporaryFolder();
        for (int i = 0; i < 30; i++)
        {
            Picture(folder[$"pictures/fine/{i}.bmp"], i, stripes: true);
            Picture(folder[$"pictures/flat/{i}.bmp"], i, stripes: false);
        }
        var recipe = TinyRecipe.Ctkd with
        {
            Data = new() { Source = new FolderSource { Path = folder["pictures"], Size = 16 }, HeldOut = 10 },
            Expert = TinyRecipe.Ctkd.Expert! with { InputSize = 32 },
        };
        var ready = recipe.Run(folder, "undisturbed", Stop).OfType<ExpertReady>().Single();
        Assert.Equal(new ExpertImages(32, 32, 32, AreScaled: false), ready.Expert.Images);
        Directory.Delete(folder["experts"], recursive: true);
        // While the expert's pictures are loaded, while it is trained, and while it teaches.
        for (int events = 2; !new RunFolder(folder["run"]).IsFinished; events += 4)
            TinyRecipe.RunFor(folder, recipe, events);
        TinyRecipe.AssertSame(new(folder["undisturbed"]), new(folder["run"]));
    }

    [Fact]
    public void Cells_in_lock_step_share_the_views()
    {
        using TinyComparison together = new(), apart = new();
        foreach (var (comparison, most) in new[] { (together, int.MaxValue), (apart, 1) })
        {
            for (int i = 0; i < 60; i++)
                Picture(comparison[$"pictures/{(i % 2 == 0 ? "fine" : "flat")}/{i}.bmp"], i, stripes: i % 2 == 0);
            comparison.WriteRecipe(TinyRecipe.Ctkd with
            {
                Data = new() { Source = new FolderSource { Path = comparison["pictures"], Size = 16 }, HeldOut = 10 },
                Expert = TinyRecipe.Ctkd.Expert! with { InputSize = 32 },
            });
            comparison.Run(comparison.Plan("""["kd", "at"]""", "[3]"), Stop, most);
        }
        foreach (string cell in new[] { "alone", "kd", "at" })
        {
            var (one, other) = (apart.Cell($"tiny/{cell}/seed-3"), together.Cell($"tiny/{cell}/seed-3"));
            Assert.Equal(TinyRecipe.Weights(one.LastStudentFile("student")), TinyRecipe.Weights(other.LastStudentFile("student")));
        }
    }

    [Fact]
    public void A_set_that_is_stored_small_is_scaled_and_that_is_said()
    {
        using var folder = new TemporaryFolder();
        var recipe = TinyRecipe.Ctkd with { Expert = TinyRecipe.Ctkd.Expert! with { InputSize = 24 } };
        var ready = recipe.Run(folder, stop: Stop).OfType<ExpertReady>().Single();
        Assert.Equal(new ExpertImages(24, 24, 16, AreScaled: true), ready.Expert.Images);
    }

    [Fact]
    public void Contradicting_settings_are_refused()
    {
        var expert = TinyRecipe.Ctkd.Expert!;
        Refused("expert.inputSize: found a size beside file", expert with { File = "a.safetensors", InputSize = 32 });
        Refused("expert.crop: found a share", expert with { Crop = 0.875 });
        var cropped = TinyRecipe.Ctkd with
        {
            Data = TinyRecipe.Ctkd.Data with { Input = new() { Size = 8, Fit = InputFit.CentreCrop } },
            Expert = expert with { InputSize = 16 },
        };
        Assert.Contains("set data.input.fit to 'resize'", Assert.Throws<UserErrorException>(cropped.Check).Message);

        static void Refused(string said, ExpertOptions expert) =>
            Assert.StartsWith(said, Assert.Throws<UserErrorException>((TinyRecipe.Ctkd with { Expert = expert }).Check).Message);
    }

    private static void Picture(string path, int seed, bool stripes)
    {
        const int Side = 128;
        var random = new Random(seed);
        int grey = 120 + random.Next(16), phase = random.Next(4);
        byte[] pixels = [.. Enumerable.Range(0, Side * Side * 3).Select(at =>
            (byte)(stripes ? (at / 3 % Side + phase) / 2 % 2 == 0 ? grey + 80 : grey - 80 : grey))];
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, TinyPictures.Bmp(pixels, Side, Side));
    }
}
