using System.Text.Json.Nodes;
using Pupil.Distillation.Methods;
using Pupil.Experiments.Recipes;
using Pupil.Settings;
using Pupil.Training;

namespace Pupil.Tests.Experiments.Recipes;

/// <summary>Recipes with several methods, and with several experts.</summary>
public sealed class SeveralTeachersTests
{
    private static readonly PartOptions Kd = new(), At = new() { Method = new AtOptions() };
    private static readonly PartOptions Fit = new() { Method = new FitNetsOptions { PreliminaryEpochs = 1 } };
    private static readonly ExpertOptions Other = new() { Name = "other" };

    private static readonly Dictionary<string, (Recipe Recipe, string Message)> WrongOnes = new()
    {
        ["nested"] = (Of(Kd, new() { Method = new CombinationOptions { Parts = [Kd, At] } }),
            "method: parts[1].method: found a combination within a combination; list its parts here."),
        ["supervised"] = (Of(Kd, new() { Method = new SupervisedOptions() }),
            "method: parts[1].method: found 'supervised', which has no terms"),
        ["one title"] = (Of(Kd, At, Kd), "method: parts[2]: found a second part 'kd'; give it another name"),
        ["a title that is another's name"] = (Of(Kd, At with { Name = "kd" }), "method: parts[1]: found a second part 'kd'"),
        ["two that train networks"] = (Of(new() { Method = new DmlOptions() }, new() { Method = new CtkdOptions() }),
            "method: parts: found several that train networks beside the students"),
        ["labels of a part"] = (Of(Kd with { Method = new KdOptions { LabelWeight = 0.1 } }, At),
            "method: parts[0].method.labelWeight: found a value, but a combination adds the labels' term once"),
        ["two phases before"] =
            (Of(Fit, Fit with { Name = "again" }), "method: parts: found several with a phase before the main training"),
        ["a wrong part"] = (Of(Kd, new() { Method = new DmlOptions { Peers = [new() { Architecture = "vgg" }] } }),
            "method: parts[1].method: "),
        ["an unknown expert"] =
            (Of(Kd, At with { Expert = "nobody" }), "otherExperts: found no expert 'nobody', which a part of the method reads"),
        ["an expert for nothing"] = (Of(Kd, new() { Method = new DmlOptions(), Expert = "other" }) with { OtherExperts = [Other] },
            "method: parts[1].expert: found 'other', but method 'dml' uses no expert"),
        ["an unused expert"] =
            (Of(Kd, At) with { OtherExperts = [Other] }, "otherExperts[0].name: found 'other', which no part of the method reads"),
        ["two experts of one name"] =
            (Of(Kd, At with { Expert = "expert" }) with { OtherExperts = [new()] }, "otherExperts[0].name: found 'expert' for two experts"),
        ["no expert of its own"] = (Of(Kd, At with { Expert = "other" }) with { Expert = null, OtherExperts = [Other] },
            "expert: is missing, but the method needs an expert"),
        ["an assistant without a teacher"] = (Taught(new() { Method = new KdOptions() }),
            "expert.expert: is missing, but the expert's method needs an expert"),
        ["an assistant of several"] =
            (Taught(new() { Method = new CombinationOptions { Parts = [Kd, At with { Expert = "other" }] }, Expert = new() }),
            "expert.method: needs several experts, but one expert teaches an expert"),
        ["an assistant's wrong teacher"] =
            (Taught(new() { Method = new KdOptions(), Expert = new() { Network = new() { Architecture = "vgg" } } }),
            "expert.expert.network: "),
        ["too few snapshots"] = (Taught(new() { Training = new() { Snapshots = 3 } }) with { Method = new RcoOptions() },
            "expert.training.snapshots: the 200 epochs leave 3 snapshots, but the method needs 4; set snapshots and epochs to 4 or more"),
        ["too few epochs for the snapshots"] =
            (Taught(new() { Training = new() { Snapshots = 9, Epochs = 3, Schedule = new CosineSchedule() } }) with
            {
                Method = new RcoOptions(),
            },
            "expert.training.snapshots: the 3 epochs leave 3 snapshots, but the method needs 4"),
        ["mixing under an assistant"] = (Taught(new() { Method = new DkdOptions(), Expert = new() }) with
        {
            Data = new() { Augmentation = new() { Mixing = new() { MixUp = 0.2 } } },
        }, "expert.method: needs one label for each image"),
        ["a student called like a peer"] = (new Recipe { Method = new DmlOptions(), Students = [new() { Name = "peer-1" }] },
            "students[0].name: found 'peer-1', which is a teacher's name"),
    };

    public static TheoryData<string> Wrong => [.. WrongOnes.Keys];

    [Theory]
    [MemberData(nameof(Wrong))]
    public void Contradicting_settings_are_refused_on_reading_and_on_building(string what)
    {
        var (recipe, message) = WrongOnes[what];
        Assert.StartsWith(message, Assert.Throws<UserErrorException>(recipe.Check).Message);

        string read = Assert.Throws<UserErrorException>(() => RecipeBook.Parse(SettingsWriter.Write(recipe), "test")).Message;
        Assert.All(message.Split(": ", 2), part => Assert.Contains(part, read));
    }

    [Fact]
    public void Other_settings_are_allowed()
    {
        (Of(Kd, At with { Expert = "other" }, new() { Method = new DmlOptions() }, Fit) with { OtherExperts = [Other] }).Check();
        // No part reads the recipe's own expert.
        (Of(Kd with { Expert = "other" }, At with { Expert = "other" }) with { Expert = null, OtherExperts = [Other] }).Check();
        Taught(new() { Method = new KdOptions(), Expert = new() { Method = new AtOptions(), Expert = new() } }).Check();
        // Only the expert that the part reads needs snapshots.
        var withSnapshots = Other with { Training = new() { Snapshots = 4 } };
        (Of(new() { Method = new RcoOptions(), Expert = "other" }, Kd) with { OtherExperts = [withSnapshots] }).Check();
        // The snapshots beside a file are found when it is read.
        (Taught(new() { File = "teacher.safetensors" }) with { Method = new RcoOptions() }).Check();
    }

    [Fact]
    public void A_name_stands_for_a_method_wherever_one_is_asked_for()
    {
        var recipe = RecipeBook.Parse("""
            { "expert": { "method": "kd", "expert": {} },
              "method": { "name": "combination", "parts": [ { "method": "kd" }, { "method": "at" } ] } }
            """, "test");
        Assert.IsType<KdOptions>(recipe.Expert!.Method);
        Assert.Equal(["kd", "at"], Assert.IsType<CombinationOptions>(recipe.Method).Parts.Select(part => part.Method.MethodName));
        Assert.IsType<KdOptions>(RecipeBook.Parse("""{ "expert": {}, "method": "kd" }""", "test").Method);
        string message = Assert.Throws<UserErrorException>(() => RecipeBook.Parse("""{ "expert": {}, "method": "kdd" }""", "test")).Message;
        Assert.Contains("method.name: found \"kdd\"", message);
    }

    [Fact]
    public void The_schema_has_all_method_names_and_no_dead_reference()
    {
        var schema = SettingsSchema.JsonFor<Recipe>();
        var definitions = schema["$defs"]!.AsObject();
        var choice = definitions["methodOptions"]!["anyOf"]!.AsArray();
        Assert.Equal(MethodCatalogue.Names.Order(), choice[0]!["enum"]!.AsArray().Select(name => (string)name!).Order());
        Assert.Equal(MethodCatalogue.Names.Count + 1, choice.Count);
        Assert.All(References(schema), reference =>
            Assert.True(reference == "#" || definitions.ContainsKey(reference["#/$defs/".Length..]), reference));
    }

    private static Recipe Of(params PartOptions[] parts) => new() { Expert = new(), Method = new CombinationOptions { Parts = parts } };

    private static Recipe Taught(ExpertOptions expert) => new() { Expert = expert, Method = new KdOptions() };

    private static IEnumerable<string> References(JsonNode? node) => node switch
    {
        JsonObject members => members.SelectMany(member => member.Key == "$ref" ? [(string)member.Value!] : References(member.Value)),
        JsonArray items => items.SelectMany(References),
        _ => [],
    };
}
