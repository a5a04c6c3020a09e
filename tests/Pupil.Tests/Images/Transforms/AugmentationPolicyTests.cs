using Pupil.Core;
using Pupil.Experiments.Recipes;
using Pupil.Images.Transforms;
using Pupil.Tests.Images.Transforms.PixelOperations;
using Pupil.Tests.References;

namespace Pupil.Tests.Images.Transforms;

public sealed class AugmentationPolicyTests
{
    private const int Draws = 14_000;

    // From torchvision 0.15's tables: torch.linspace(0, most, 31)[step], and 8 − round(step / (30 / fewer)).
    [Theory]
    [InlineData("ShearX", 9, 0.09)]
    [InlineData("ShearY", 30, 0.3)]
    [InlineData("TranslateX", 9, 8.70090634441)]   // 150/331 of 64 columns
    [InlineData("TranslateY", 9, 4.35045317221)]   // and of 32 rows
    [InlineData("Rotate", 9, 9)]
    [InlineData("Brightness", 15, 0.45)]
    [InlineData("Color", 9, 0.27)]
    [InlineData("Contrast", 9, 0.27)]
    [InlineData("Sharpness", 0, 0)]
    [InlineData("Posterize", 0, 8)]
    [InlineData("Posterize", 9, 7)]
    [InlineData("Posterize", 12, 6)]
    [InlineData("Posterize", 30, 4)]
    [InlineData("Solarize", 9, 178.5)]
    [InlineData("Solarize", 30, 0)]
    [InlineData("Equalize", 9, 0)]
    public void Strengths_of_RandAugment_are_those_of_torchvision(string operation, int step, double expected) =>
        Assert.Equal(expected, RandAugment.Strength(Enum.Parse<PolicyOperation>(operation), step, 32, 64), 1e-9);

    [Theory]
    [InlineData("ShearX", 10, 0.33)]
    [InlineData("TranslateX", 15, 16)]
    [InlineData("TranslateY", 30, 32)]
    [InlineData("Rotate", 10, 45)]
    [InlineData("Sharpness", 30, 0.99)]
    [InlineData("Posterize", 2, 8)]
    [InlineData("Posterize", 3, 7)]
    [InlineData("Posterize", 30, 2)]
    [InlineData("Solarize", 10, 170)]
    [InlineData("AutoContrast", 10, 0)]
    [InlineData("Identity", 10, 0)]
    public void Strengths_of_TrivialAugment_are_those_of_torchvision(string operation, int step, double expected) =>
        Assert.Equal(expected, TrivialAugment.Strength(Enum.Parse<PolicyOperation>(operation), step), 1e-9);

    [Fact]
    public void RandAugment_draws_every_operation_and_direction_evenly()
    {
        var policy = new RandAugment { Operations = 3 };
        var drawn = Enumerable.Range(0, Draws / 3).SelectMany(index => Draw(policy, index)).ToList();
        Assert.Equal(Draws / 3 * 3, drawn.Count);
        foreach (var operation in PolicyOperations.All)
        {
            var mine = drawn.Where(entry => entry.Operation == operation).ToList();
            Assert.InRange(mine.Count, 850, 1150); // 1000 ± 5 deviations
            double strength = RandAugment.Strength(operation, 9, 32, 32);
            Assert.All(mine, entry => Assert.Equal(strength, Math.Abs(entry.Magnitude)));
            var (least, most) = PolicyOperations.IsSigned(operation) ? (400, 600) : (0, 0);
            Assert.InRange(mine.Count(entry => entry.Magnitude < 0), least, most);
        }
    }

    [Fact]
    public void TrivialAugment_draws_one_operation_of_any_strength()
    {
        var drawn = Enumerable.Range(0, Draws).Select(index => Assert.Single(Draw(new TrivialAugment(), index))).ToList();
        Assert.All(PolicyOperations.All, operation => Assert.InRange(drawn.Count(entry => entry.Operation == operation), 850, 1150));
        var angles = drawn.Where(entry => entry.Operation == PolicyOperation.Rotate).Select(entry => entry.Magnitude).ToList();
        Assert.Equal(61, angles.Distinct().Count()); // 0 and thirty strengths either way
        Assert.InRange(angles.Average(Math.Abs), 63, 72); // 67.5 ± 4 deviations
        Assert.Equal(14, PolicyOperations.All.Count);
    }

    // The meaning of each operation's strength, by Pillow's numbers.
    [Theory]
    [InlineData("ShearX", "shear-x", 0)]
    [InlineData("ShearY", "shear-y", 0)]
    [InlineData("TranslateX", "translate-x", 0)]
    [InlineData("TranslateY", "translate-y", 0)]
    [InlineData("Rotate", "rotate", 0)]
    [InlineData("Brightness", "brightness", -1)]
    [InlineData("Color", "color", -1)]
    [InlineData("Contrast", "contrast", -1)]
    [InlineData("Sharpness", "sharpness", -1)]
    [InlineData("Posterize", "posterize", 0)]
    [InlineData("Solarize", "solarize", 0)]
    [InlineData("AutoContrast", "auto-contrast", 0)]
    [InlineData("Equalize", "equalize", 0)]
    public void Operations_do_what_their_names_say(string operation, string reference, double offset)
    {
        var parsed = Enum.Parse<PolicyOperation>(operation);
        Changed.AssertLikePillow(reference, (image, argument) => PolicyOperations.Apply(image, parsed, argument + offset));
    }

    [Fact]
    public void The_identity_changes_nothing()
    {
        var image = PixelReferences.Image("noise-3");
        Assert.Equal(image.Bytes, Changed.By(image, (pixels, _) => PolicyOperations.Apply(pixels, PolicyOperation.Identity, 1), 0));
    }

    [Fact]
    public void Draws_follow_from_seed_epoch_and_index()
    {
        var image = PixelReferences.Image("square-3");
        byte[] Apply(long seed, int epoch, int index) =>
            Changed.By(image, (pixels, _) =>
                new RandAugment { Operations = 4 }.Apply(pixels, seed, epoch, index, (pixels.Height, pixels.Width)), 0);
        Assert.Equal(Apply(1, 2, 3), Apply(1, 2, 3));
        foreach (var (seed, epoch, index) in new[] { (2, 2, 3), (1, 3, 3), (1, 2, 4) })
            Assert.NotEqual(Apply(1, 2, 3), Apply(seed, epoch, index));
    }

    [Fact]
    public void A_recipe_names_a_policy_in_a_word_or_with_its_settings()
    {
        Assert.Equal(new TrivialAugment(), Read("\"trivial-augment\""));
        Assert.Equal(new RandAugment(), Read("\"rand-augment\""));
        Assert.Equal(new RandAugment { Operations = 3, Magnitude = 15 },
            Read("""{ "name": "rand-augment", "operations": 3, "magnitude": 15 }"""));
        Assert.Null(Read("null"));
        Assert.Contains("one of: rand-augment, trivial-augment", Assert.Throws<UserErrorException>(() => Read("\"auto-augment\"")).Message);
        Assert.Contains("operations: found 5, expected a whole number from 1 to 4",
            Assert.Throws<UserErrorException>(() => Read("""{ "name": "rand-augment", "operations": 5 }""")).Message);

        static AugmentationPolicy? Read(string policy)
        {
            string recipe = $$"""{ "method": { "name": "supervised" }, "data": { "augmentation": { "policy": {{policy}} } } }""";
            return RecipeBook.Parse(recipe, "here").Data.Augmentation.Policy;
        }
    }

    private static IReadOnlyList<(PolicyOperation Operation, double Magnitude)> Draw(AugmentationPolicy policy, int index) =>
        policy.Draw(RandomStream.FromKey(RandomStream.Purpose.Policy, 3, 1, index), 32, 32);
}
