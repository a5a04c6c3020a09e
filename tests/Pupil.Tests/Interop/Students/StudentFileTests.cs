using Pupil.Core;
using Pupil.Interop.Students;
using Pupil.Networks;
using Pupil.Networks.Families;
using static TorchSharp.torch;

namespace Pupil.Tests.Interop.Students;

public sealed class StudentFileTests
{
    private static readonly NetworkSpec Spec = new() { Architecture = "resnet-8", Dropout = 0.2 };

    private static readonly StudentCard Card = new()
    {
        Network = Spec,
        Input = new(1, 12, 10),
        Classes = ["cat", "dög", "\"bird\""],
        Normalization = new() { Mean = [0.1], Deviation = [0.3] },
        Name = "student",
        Epoch = 7,
        TestTop1 = 0.123456789012345678,
        RecipeHash = "abc",
        Calibration = new(1.5, 0.2, 0.1, 30),
        Images = "def",
    };

    [Fact]
    public void A_network_is_read_as_it_was_written()
    {
        using var folder = new TemporaryFolder();
        using var network = Write(folder["student"], Card);
        var (found, card) = StudentFile.Read(folder["student"], CPU);
        using (found)
        {
            Assert.Equal(Spec, found.Spec);
            Assert.False(found.training);
            Assert.All(network.State().Zip(found.State()), pair =>
            {
                Assert.Equal(pair.First.Key, pair.Second.Key);
                Assert.Equal(pair.First.Value.contiguous().data<float>().ToArray(), pair.Second.Value.contiguous().data<float>().ToArray());
            });
        }
        Assert.Equal(Card.Classes, card.Classes);
        Assert.Equal(Card.Normalization.Mean, card.Normalization.Mean);
        Assert.Equal(Card.Normalization.Deviation, card.Normalization.Deviation);
        Assert.Equal(Card with { Classes = card.Classes, Normalization = card.Normalization }, card);
        Assert.Equal("pt", SafeTensors.ReadMetadata(folder["student"])["format"]);
    }

    [Fact]
    public void Equal_networks_make_equal_files()
    {
        using var folder = new TemporaryFolder();
        Write(folder["one"], Card).Dispose();
        Write(folder["two"], Card).Dispose();
        Assert.Equal(File.ReadAllBytes(folder["one"]), File.ReadAllBytes(folder["two"]));
    }

    public static TheoryData<string, string> Damages => new()
    {
        { "no card", "expected a student file" },
        { "other version", "version '2'" },
        { "no version", "version ''" },
        { "broken card", "cannot be read" },
        { "empty card", "cannot be read" },
        { "null card", "cannot be read" },
        { "no classes", "cannot be read" },
        { "other network", "tensor" },
        { "unknown network", "there is no such network" },
        { "more classes", "shape" },
        { "null class", "cannot be read" },
        { "deep network", "expected at least" },
        { "wide network", "expected at least" },
        { "many positions", "expected at least 206,635,008" },
        { "deeper than any", "there is no such network" },
        { "many channels", "expected 1 or 3 channels" },
        { "huge pictures", "sides of at most" },
        { "a tensor missing", "is missing" },
        { "a tensor too many", "found tensor 'extra'" },
    };

    [Theory]
    [MemberData(nameof(Damages))]
    public void A_file_that_is_no_student_file_is_refused_by_name(string damage, string message)
    {
        using var folder = new TemporaryFolder();
        Write(folder["whole"], Card).Dispose();
        using (var whole = SafeTensors.Read(folder["whole"]))
        {
            var tensors = whole.Tensors.ToDictionary();
            var texts = whole.Metadata.ToDictionary();
            string card = texts["pupil.student"];
            switch (damage)
            {
                case "no card": texts.Remove("pupil.student"); break;
                case "other version": texts["pupil.version"] = "2"; break;
                case "no version": texts.Remove("pupil.version"); break;
                case "broken card": texts["pupil.student"] = card[..^2]; break;
                case "empty card": texts["pupil.student"] = ""; break;
                case "null card": texts["pupil.student"] = "null"; break;
                case "no classes": texts["pupil.student"] = card.Replace("\"classes\"", "\"klasses\""); break;
                case "other network": texts["pupil.student"] = card.Replace("resnet-8", "wrn-10-1"); break;
                case "unknown network": texts["pupil.student"] = card.Replace("resnet-8", "resnet-9"); break;
                case "more classes": texts["pupil.student"] = card.Replace("\"cat\"", "\"cat\", \"cow\""); break;
                case "null class": texts["pupil.student"] = card.Replace("\"cat\"", "null"); break;
                case "deep network": texts["pupil.student"] = card.Replace("resnet-8", "resnet-1202"); break;
                case "wide network": texts["pupil.student"] = card.Replace("resnet-8", "wrn-1198-20"); break;
                case "many positions":
                    string large = Replaced(Replaced(card, "\"width\": *10", "\"width\":4096"), "\"height\": *\\d+", "\"height\":4096");
                    texts["pupil.student"] = Replaced(large, "\"dropout\": *0\\.2", "\"dropout\":0").Replace("resnet-8", "vit-tiny-4");
                    break;
                case "deeper than any": texts["pupil.student"] = card.Replace("resnet-8", "wrn-9994-20"); break;
                case "many channels": texts["pupil.student"] = Replaced(card, "\"channels\": *1", "\"channels\":1000000000"); break;
                case "huge pictures": texts["pupil.student"] = Replaced(card, "\"width\": *10", "\"width\":100000"); break;
                case "a tensor missing": tensors.Remove("stem.weight"); break;
                case "a tensor too many": tensors["extra"] = whole.Tensors["stem.weight"]; break;
            }
            SafeTensors.Write(folder["damaged"], tensors, texts);
        }
        var error = Assert.Throws<UserErrorException>(() => StudentFile.Read(folder["damaged"], CPU));
        Assert.Contains(message, error.Message);
        if (damage is not ("unknown network" or "deeper than any"))
            Assert.StartsWith($"{folder["damaged"]}: ", error.Message);
    }

    private static string Replaced(string card, string pattern, string value)
    {
        string changed = System.Text.RegularExpressions.Regex.Replace(card, pattern, value);
        Assert.NotEqual(card, changed);
        return changed;
    }

    private static Network Write(string path, StudentCard card)
    {
        var network = NetworkCatalogue.Build(Spec, card.Input, card.Classes.Count, seed: 2);
        StudentFile.Write(path, network, card);
        return network;
    }
}
