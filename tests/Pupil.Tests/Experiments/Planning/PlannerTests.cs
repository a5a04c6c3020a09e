using Pupil.Distillation.Methods;
using Pupil.Experiments.Planning;
using Pupil.Experiments.Recipes;
using Pupil.Images.Formats.Folder;
using Pupil.Images.Formats.Synthetic;
using Pupil.Images.Loading;
using Pupil.Images.Transforms;
using Pupil.Interop.Students;
using Pupil.Networks;
using Pupil.Networks.Families;
using Pupil.Settings;
using Pupil.Tests.Images.Formats.Pictures;
using Pupil.Training;
using SkiaSharp;
using TorchSharp;

namespace Pupil.Tests.Experiments.Planning;

public sealed class PlannerTests : IDisposable
{
    private static readonly ShapesOptions Shapes = new() { Size = 16, Train = 64, Test = 16 };

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void A_complete_recipe_is_chosen_and_every_choice_has_a_reason()
    {
        var options = new PlanOptions { Source = Shapes, Name = "mine", Budget = TimeSpan.FromSeconds(4), Quality = Quality.Quick };
        var (plan, events) = Run(options);
        var recipe = plan.Recipe;
        recipe.Check();
        Assert.Equal("mine", recipe.Name);
        Assert.Equal(["student", "alone"], recipe.Students.Select(student => student.Name));
        Assert.Equal(recipe.Students[0].Network, recipe.Students[1].Network);
        Assert.IsType<CombinationOptions>(recipe.Method);
        Assert.Equal(Shapes, recipe.Data.Source);
        Assert.All(plan.Choices, choice => Assert.NotEqual("", choice.Reason));
        Assert.Equal(plan.Choices, events.OfType<ChoiceMade>().Select(made => made.Choice));
        string[] titles = [.. plan.Choices.Select(choice => choice.Title)];
        Assert.Equal(["held out", "batch", "input", "cropping", "mirroring", "student", "method", "expert", "epochs"], titles);
        Assert.True(plan.ExpectedSeconds > 0);
        // The text beside the run is the whole recipe.
        Assert.Equal(SettingsWriter.Write(recipe), SettingsWriter.Write(RecipeBook.Parse(SettingsWriter.Write(recipe), "again")));
    }

    [Fact]
    public void Given_values_win_and_are_called_so()
    {
        string[] given =
        [
            "training.epochs=3", "expert.training.epochs=2", "data.augmentation.flip=false", "data.augmentation.pad=2",
            "data.input.size=12", "data.heldOut=8",
            "students[0].network=wrn-10-2", "method=kd", "seed=5",
        ];
        var (plan, events) = Run(new PlanOptions { Source = Shapes, Budget = TimeSpan.FromSeconds(2), Overrides = given });
        var recipe = plan.Recipe;
        Assert.Equal((3, 2, 5), (recipe.Training.Epochs, recipe.Expert!.Training.Epochs, recipe.Seed));
        Assert.Equal((12, 8, false), (recipe.Data.Input!.Size, recipe.Data.HeldOut, recipe.Data.Augmentation.Flip));
        Assert.Equal("wrn-10-2", recipe.Students[0].Network.Architecture);
        Assert.IsType<KdOptions>(recipe.Method);
        string[] byUser = [.. plan.Choices.Where(choice => choice.Reason == "given").Select(choice => choice.Title)];
        Assert.Equal(["held out", "input", "mirroring", "student", "method", "epochs"], byUser);
        // Nothing is left for a trial to decide.
        Assert.DoesNotContain(events, step => step is TrialStarted);
    }

    [Fact]
    public void Uneven_classes_are_sampled_and_judged_more_evenly()
    {
        foreach (var (name, count) in new[] { ("many", 24), ("few", 4) })
        {
            Directory.CreateDirectory(_folder[$"uneven/{name}"]);
            for (int i = 0; i < count; i++)
                File.WriteAllBytes(_folder[$"uneven/{name}/{i}.bmp"], TinyPictures.Bmp(i, 20, 20));
        }
        var options = new PlanOptions { Source = new FolderSource { Path = _folder["uneven"] }, Budget = TimeSpan.FromSeconds(2) };
        string[] given = ["data.augmentation.flip=false", "data.augmentation.pad=2", "data.input.size=16", "data.heldOut=6"];
        var (plan, _) = Run(options with { Overrides = given });
        var training = plan.Recipe.Training;
        Assert.Equal((Sampling.SquareRoot, SelectionScore.BalancedAccuracy), (training.Sampling, training.SelectBy));
        Assert.NotNull(training.EarlyStopping);
        // Pictures of 20 pixels are decoded to the smallest input.
        Assert.Equal(32, Assert.IsType<FolderSource>(plan.Recipe.Data.Source).Size);
        Assert.Contains("the largest class has", plan.Choices.Single(choice => choice.Title == "sampling").Reason);
        // Without held-out images nothing is selected, and no training stops early.
        var (without, _) = Run(options with { Overrides = [.. given[..3], "training.sampling=all"] });
        Assert.Equal((Sampling.All, SelectionScore.Accuracy), (without.Recipe.Training.Sampling, without.Recipe.Training.SelectBy));
        Assert.Null(without.Recipe.Training.EarlyStopping);
    }

    [Fact]
    public void Without_teachers_the_recipe_has_one_student_and_no_expert()
    {
        var options = new PlanOptions { Source = Shapes, Budget = TimeSpan.FromSeconds(2), Teaches = false };
        var (plan, _) = Run(options with { Overrides = ["data.augmentation.flip=false"] });
        Assert.IsType<SupervisedOptions>(plan.Recipe.Method);
        Assert.Single(plan.Recipe.Students);
        Assert.Empty(plan.Recipe.ExpertsRead);
    }

    [Fact]
    public void Given_weights_determine_the_networks_the_method_and_the_normalisation()
    {
        var normalization = new Normalization { Mean = [0.1, 0.2, 0.3], Deviation = [0.5, 0.6, 0.7] };
        string file = WriteStudent("wrn-10-1", normalization), larger = WriteStudent("resnet-8", normalization);
        var options = new PlanOptions { Source = Shapes, Budget = TimeSpan.FromSeconds(2) };
        string[] given = ["data.augmentation.flip=false", "data.augmentation.pad=2", $"students[0].weights.file={file}"];
        var (plan, _) = Run(options with { Overrides = given });
        var recipe = plan.Recipe;
        recipe.Check();
        Assert.All(recipe.Students, student => Assert.Equal(("wrn-10-1", file), (student.Network.Architecture, student.Weights!.File)));
        Assert.Equal(2, recipe.Students.Count);
        // Without weights of its own, the expert starts from the student's.
        Assert.Equal(("wrn-10-1", file), (recipe.Expert!.Network.Architecture, recipe.Expert.Weights!.File));
        Assert.IsType<KdOptions>(recipe.Method);
        Assert.Equal(normalization.Mean, recipe.Data.Normalization!.Mean);
        Assert.Equal(("wrn-10-1.safetensors", "given"), plan.Choices.Single(choice => choice.Title == "student's weights") is var chosen
            ? (chosen.Value, chosen.Reason) : default);

        (plan, _) = Run(options with { Overrides = [.. given, $"expert.weights.file={larger}"] });
        Assert.Equal(("resnet-8", larger), (plan.Recipe.Expert!.Network.Architecture, plan.Recipe.Expert.Weights!.File));

        (plan, _) = Run(options with { Teaches = false, Overrides = given });
        Assert.Equal(file, Assert.Single(plan.Recipe.Students).Weights!.File);
        Assert.IsType<SupervisedOptions>(plan.Recipe.Method);
    }

    [Fact]
    public void A_trial_starts_from_the_given_weights()
    {
        string file = WriteStudent("wrn-10-1", new Normalization { Mean = [0, 0, 0], Deviation = [1, 1, 1] });
        var options = new PlanOptions { Source = Shapes, Budget = TimeSpan.FromSeconds(2), Teaches = false };
        File.WriteAllBytes(file, [.. File.ReadAllBytes(file).SkipLast(4), 0, 0, 0xc0, 0x7f]);
        var error = Assert.Throws<UserErrorException>(() => Run(options with { Overrides = [$"students[0].weights={file}"] }));
        Assert.Contains("found NaN or infinite numbers", error.Message);
    }

    [Fact]
    public void A_wrong_value_is_refused_before_a_trial()
    {
        var options = new PlanOptions { Source = Shapes, Overrides = ["training.epochs=none"] };
        var error = Assert.Throws<UserErrorException>(() => Run(options));
        Assert.Contains("training.epochs", error.Message);
    }

    [Fact]
    public void A_stop_ends_the_choosing()
    {
        using var stop = new CancellationTokenSource();
        var planner = new Planner(new PlanOptions { Source = Shapes, Budget = TimeSpan.FromMinutes(5) }, torch.CPU);
        var events = new List<object>();
        foreach (var step in planner.Run(stop.Token))
        {
            events.Add(step);
            if (step is TrialStarted)
                stop.Cancel();
        }
        Assert.IsType<PlanStopped>(events[^1]);
        Assert.Null(planner.Result);
    }

    // Arrows to the left and to the right: mirrored, one is the other. Rings and crosses: mirrored, they stay what they are.
    [Theory(Explicit = true)]
    [InlineData(true)]
    [InlineData(false)]
    public void Images_are_mirrored_unless_a_trial_shows_a_direction(bool directed)
    {
        Draw(directed ? "arrow-left" : "ring", (canvas, at, paint) => Mark(canvas, at, paint, directed, first: true));
        Draw(directed ? "arrow-right" : "cross", (canvas, at, paint) => Mark(canvas, at, paint, directed, first: false));
        var (plan, _) = Run(new PlanOptions { Source = new FolderSource { Path = _folder["pictures"] }, Budget = TimeSpan.FromMinutes(4) });
        Assert.Equal(!directed, plan.Recipe.Data.Augmentation.Flip);
        var choice = plan.Choices.Single(choice => choice.Title == "mirroring");
        if (directed)
            Assert.Matches("'arrow-(left|right)' is taken for 'arrow-(left|right)'", choice.Reason);
    }

    public void Dispose() => _folder.Dispose();

    private static (Plan Plan, List<object> Events) Run(PlanOptions options)
    {
        var planner = new Planner(options, torch.CPU);
        List<object> events = [.. planner.Run(TestContext.Current.CancellationToken)];
        return (planner.Result!, events);
    }

    private string WriteStudent(string architecture, Normalization normalization)
    {
        var spec = new NetworkSpec { Architecture = architecture };
        using var network = NetworkCatalogue.Build(spec, new(3, 16, 16), 7, seed: 3);
        string file = _folder[$"{architecture}.safetensors"];
        StudentFile.Write(file, network, new()
        {
            Network = spec,
            Input = new(3, 16, 16),
            Classes = [.. Enumerable.Range(0, 7).Select(i => $"class {i}")],
            Normalization = normalization,
        });
        return file;
    }

    private static void Mark(SKCanvas canvas, SKPoint at, SKPaint paint, bool directed, bool first)
    {
        int way = first ? -1 : 1;
        if (directed)
        {
            canvas.DrawLine(at.X - 8, at.Y, at.X + 8, at.Y, paint);
            canvas.DrawLine(at.X + 8 * way, at.Y, at.X + 2 * way, at.Y - 6, paint);
            canvas.DrawLine(at.X + 8 * way, at.Y, at.X + 2 * way, at.Y + 6, paint);
        }
        else if (first)
        {
            canvas.DrawCircle(at, 8, paint);
        }
        else
        {
            canvas.DrawLine(at.X - 8, at.Y, at.X + 8, at.Y, paint);
            canvas.DrawLine(at.X, at.Y - 8, at.X, at.Y + 8, paint);
        }
    }

    private void Draw(string name, Action<SKCanvas, SKPoint, SKPaint> mark)
    {
        var random = new Random(name.Length);
        Directory.CreateDirectory(_folder[$"pictures/{name}"]);
        for (int i = 0; i < 120; i++)
        {
            using var bitmap = new SKBitmap(32, 32);
            using var canvas = new SKCanvas(bitmap);
            canvas.Clear(new SKColor((byte)random.Next(120), (byte)random.Next(120), (byte)random.Next(120)));
            using var paint = new SKPaint { Color = SKColors.White, StrokeWidth = 3, IsStroke = true };
            mark(canvas, new SKPoint(16 + random.Next(-4, 5), 16 + random.Next(-4, 5)), paint);
            canvas.Flush();
            using var png = bitmap.Encode(SKEncodedImageFormat.Png, 100);
            File.WriteAllBytes(_folder[$"pictures/{name}/{i}.png"], png.ToArray());
        }
    }
}
