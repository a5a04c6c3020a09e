using Pupil.Distillation.Methods;
using Pupil.Experiments.Recipes;
using Pupil.Images;
using Pupil.Images.Formats.Cifar;
using Pupil.Images.Formats.Synthetic;
using Pupil.Images.Formats.TinyImageNet;
using Pupil.Networks;
using Pupil.Networks.Families;
using Pupil.Reporting.Descriptions;

namespace Pupil.Tests.Reporting.Descriptions;

/// <summary>Tests that the traced terms join the networks as in the papers' figures.</summary>
public sealed class TeachingDescriptionTests
{
    [Fact]
    public void Collaborative_teaching_joins_the_networks_as_in_the_paper()
    {
        var teaching = Describe("ctkd");
        Assert.Equal(["scratch-teacher/cross-entropy", "student/cross-entropy", "student/path", "student/attention", "alone/cross-entropy"],
            teaching.Terms.Select(term => term.Name.ToString()));
        Assert.Equal(["logits ← labels"], Links(teaching, "student/cross-entropy"));
        Assert.Equal(["logits ← scratch-teacher logits"], Links(teaching, "student/path"));
        Assert.Equal(["stage1 ← expert stage1", "stage2 ← expert stage2", "stage3 ← expert stage3"],
            Links(teaching, "student/attention"));
        Assert.Equal("stops at scratch-teacher", DescriptionText.Gradient(Term(teaching, "student/path")));
        Assert.Equal("stops at expert", DescriptionText.Gradient(Term(teaching, "student/attention")));
        Assert.Equal([1, 1, 0.03, 1000, 1], teaching.Terms.Select(term => term.Weight));
        Assert.Equal(["expert", "student", "scratch-teacher", "alone"], teaching.Networks.Select(network => network.Name));
        Assert.Null(teaching.Shared);
    }

    [Fact]
    public void Options_change_the_gradient_of_the_path_and_the_owner_of_the_attention_term()
    {
        var teaching = Describe("""
            {
              "name": "ctkd", "scratchTeacher": "wrn-16-1", "gradientBlock": false, "attentionOn": "scratch-teacher",
              "shareFirstConvolution": true
            }
            """);
        Assert.Equal("moves scratch-teacher too", DescriptionText.Gradient(Term(teaching, "student/path")));
        Assert.Equal(["stage1 ← expert stage1", "stage2 ← expert stage2", "stage3 ← expert stage3"],
            Links(teaching, "scratch-teacher/attention"));
        Assert.DoesNotContain(teaching.Terms, term => term.Name.ToString() == "student/attention");
        Assert.Equal(("scratch-teacher", LayerSharing.FirstConvolution), teaching.Shared);
        Assert.Contains("student uses the first convolution of scratch-teacher", string.Join(' ', DescriptionText.Notes(teaching)));
    }

    [Theory]
    [InlineData("kd", "student/softened", "logits ← expert logits")]
    [InlineData("dkd", "student/target-class", "logits ← expert logits, labels")]
    [InlineData("fitnets", "student/hint", "stage2 ← expert stage2")]
    [InlineData("sp", "student/similarity", "stage3 ← expert stage3")]
    [InlineData("rkd", "student/angles", "embedding ← expert embedding")]
    [InlineData("crd", "student/contrast", "embedding ← expert embedding")]
    [InlineData("ofd", "student/features", "stage1 before its ReLU ← expert stage1 before its ReLU")]
    [InlineData("ft", "paraphraser/reconstruction", "paraphraser ← expert stage3")]
    [InlineData("rocket", "student/hint", "logits ← booster logits")]
    [InlineData("combination", "student/ctkd/path", "logits ← scratch-teacher logits")]
    public void Each_method_joins_its_documented_outputs(string method, string term, string first) =>
        Assert.Equal(first, Links(Describe(method), term)[0]);

    [Fact]
    public void Peers_are_joined_with_the_student_and_with_each_other()
    {
        var teaching = Describe("{ \"name\": \"dml\", \"peers\": [\"wrn-10-1\", \"wrn-10-2\"] }");
        Assert.Equal(["logits ← peer-1 logits, peer-2 logits"], Links(teaching, "student/mutual"));
        Assert.Equal(["logits ← peer-2 logits, student logits"], Links(teaching, "peer-1/mutual"));
    }

    [Fact]
    public void Every_term_of_every_method_is_found_and_no_gradient_enters_an_expert()
    {
        foreach (string method in MethodCatalogue.Names)
        {
            var teaching = Describe(method);
            Assert.NotEmpty(teaching.Terms);
            foreach (var term in teaching.Terms)
            {
                Assert.True(term.Links.Count > 0, $"{method}: {term.Name} joins nothing.");
                Assert.DoesNotContain(term.Links, link => link.MovesTeacher && link.Teacher!.Network == "expert");
                Assert.All(term.Links, link => Assert.Equal(term.Name.Owner, link.Learner.Network));
            }
            bool hasPhase = method is "ab" or "fitnets" or "ft" && teaching.Recipe.Method.EpochsBefore > 0;
            Assert.Equal(hasPhase, teaching.Terms.Any(term => term.IsPreliminary));
        }
    }

    [Fact]
    public void Networks_of_different_families_are_paired_by_resolution()
    {
        var recipe = RecipeBook.Read("cifar10/quick", ["method=at", "expert.network=mobilenet-v2-0.5"]);
        var teaching = TeachingDescription.OfRecipe(recipe, new DataForm(32, 32, 3, 10));
        Assert.Equal(["stage2 ← expert stage1", "stage3 ← expert stage2"], Links(teaching, "student/attention"));
    }

    [Fact]
    public void The_known_form_of_a_source_is_that_of_its_files()
    {
        DataSource[] sources =
        [
            new ShapesOptions { Size = 20, Train = 20, Test = 10 },
            new Cifar10Source { Path = RealData.Cifar10() },
            new Cifar100Source { Path = RealData.Cifar100(), Labels = Cifar100Labels.Coarse, AllowPartial = true },
            new TinyImageNetSource { Path = RealData.TinyImageNet(), Size = 32 },
        ];
        foreach (var source in sources)
        {
            var images = source.Load().Train;
            Assert.Equal(new DataForm(images.Height, images.Width, images.Channels, images.Classes.Count), source.KnownForm);
        }
    }

    [Fact]
    public void The_drawing_has_every_network_and_line_and_shows_names_as_text()
    {
        using var folder = new TemporaryFolder();
        var teaching = Describe("ctkd");
        teaching = teaching with { Recipe = teaching.Recipe with { Name = "<script>\"&" } };
        string file = folder["ctkd.svg"];
        Description.WriteSvg(teaching, file);
        string text = File.ReadAllText(file);
        Assert.DoesNotContain("<script", text);
        var svg = System.Xml.Linq.XDocument.Parse(text).Root!;
        var texts = svg.Elements().Where(element => element.Name.LocalName == "text").Select(element => element.Value).ToList();
        Assert.Contains(texts, line => line.StartsWith("<script>\"&: ctkd", StringComparison.Ordinal));
        Assert.All(teaching.Networks, network =>
            Assert.Contains(texts, line => line.StartsWith($"{network.Name} · wrn-", StringComparison.Ordinal)));
        Assert.All(teaching.Terms, term => Assert.Contains($"{term.Name}, weight {term.Weight}", texts));
        // Three stages, the path, and the labels of three networks.
        Assert.Equal(7, svg.Elements().Count(element => (string?)element.Attribute("class") == "term"));
        Assert.Equal(4, svg.Elements().Count(element => (string?)element.Attribute("class") == "stop"));
    }

    [Fact]
    public void The_drawing_in_the_docs_is_that_of_this_version()
    {
        Assert.SkipWhen(RealData.RepositoryFolder is null, "The docs folder was not found.");
        using var folder = new TemporaryFolder();
        Description.WriteSvg(Describe("{ \"name\": \"ctkd\", \"scratchTeacher\": \"wrn-16-1\" }"), folder["ctkd.svg"]);
        string expected = File.ReadAllText(Path.Combine(RealData.RepositoryFolder!, "docs", "ctkd.svg"));
        NumbersInText.AssertNear(expected, File.ReadAllText(folder["ctkd.svg"]));
    }

    [Theory]
    [InlineData("wrn-16-1")]
    [InlineData("resnet-20")]
    [InlineData("resnet-8x4")]
    [InlineData("vgg-8")]
    [InlineData("mobilenet-v2-0.5")]
    [InlineData("shufflenet-v2-1")]
    [InlineData("imagenet-resnet-50")]
    public void The_parts_of_a_network_are_its_stages_and_sum_to_its_weights(string name)
    {
        using var network = NetworkCatalogue.Build(new NetworkSpec { Architecture = name }, new ImageShape(3, 64, 64), 10);
        var outline = NetworkOutline.OfNetwork(network);
        Assert.Equal(network.parameters().Sum(parameter => parameter.numel()), outline.Cost.Parameters);
        Assert.Equal("stem", outline.Parts[0].Name);
        Assert.Equal(["embedding", "classifier"], outline.Parts.TakeLast(2).Select(part => part.Name));
        Assert.Equal(network.StageShapes.Select(stage => (stage.Name, new MapShape(stage.Channels, stage.Height, stage.Width))),
            outline.Parts.Where(part => part.Name.StartsWith("stage", StringComparison.Ordinal)).Select(part => (part.Name, part.Output!)));
        var stages = outline.Parts.Where(part => part.Name.StartsWith("stage", StringComparison.Ordinal));
        Assert.All(stages, part => Assert.True(part.Cost.MultiplyAdds > 0));
    }

    private static TeachingDescription Describe(string method)
    {
        string[] more = method switch
        {
            "rco" => ["expert.training.snapshots=4"],
            _ when method.Contains("dml") => ["students=[{\"name\":\"student\",\"network\":\"wrn-10-1\"}]"],
            _ => [],
        };
        var recipe = RecipeBook.Read("smoke", [$"method={method}", .. more]);
        return TeachingDescription.OfRecipe(recipe, recipe.Data.Source.KnownForm!);
    }

    private static TermDescription Term(TeachingDescription teaching, string name) =>
        Assert.Single(teaching.Terms, term => term.Name.ToString() == name);

    private static string[] Links(TeachingDescription teaching, string term) => [.. DescriptionText.Links(Term(teaching, term))];
}
