using Pupil.Images;
using Pupil.Images.Formats.Csv;
using Pupil.Images.Formats.Packed;
using Pupil.Tests.Images.Formats.Pictures;

namespace Pupil.Tests.Images.Formats.Csv;

/// <summary>CSV files with several labels a picture.</summary>
public sealed class LabelSetsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public LabelSetsTests()
    {
        for (int i = 0; i < 12; i++)
            File.WriteAllBytes(_folder[$"{i}.bmp"], TinyPictures.Bmp(i, 16, 16));
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_semicolon_separates_labels_and_an_empty_cell_has_none()
    {
        var splits = Load("path,label,split\n0.bmp, sunset ; beach,train\n1.bmp,,train\n2.bmp,city;,train\n3.bmp,beach;beach,test\n");
        Assert.Equal((Labelling.Several, Labelling.Several), (splits.Train.Labelling, splits.Test.Labelling));
        Assert.Equal(["beach", "city", "sunset"], splits.Train.Classes);
        Assert.Equal([[0, 2], [], [1]], Sets(splits.Train));
        Assert.Equal([[0]], Sets(splits.Test));
        Assert.Equal(["0.bmp", "1.bmp", "2.bmp"], splits.Train.Files!);
        // Once from the pictures, once from the cache.
        var again = Load("path,label,split\n0.bmp, sunset ; beach,train\n1.bmp,,train\n2.bmp,city;,train\n3.bmp,beach;beach,test\n");
        Assert.Equal(splits.Train.Fingerprint, again.Train.Fingerprint);
        Assert.NotEqual(splits.Train.Fingerprint,
            Load("path,label,split\n0.bmp,beach,train\n1.bmp,sunset,train\n2.bmp,city;,train\n3.bmp,beach,test\n").Train.Fingerprint);
    }

    [Fact]
    public void An_option_says_how_labels_are_read()
    {
        const string Named = "path,label,split\n0.bmp,a;b,train\n1.bmp,c,train\n2.bmp,c,test\n";
        var one = Load(Named, CsvLabels.One);
        Assert.Equal((Labelling.One, 2), (one.Train.Labelling, one.Train.Classes.Count));
        Assert.Contains("a;b", one.Train.Classes);
        const string Plain = "path,label,split\n0.bmp,a,train\n1.bmp,b,train\n2.bmp,,train\n3.bmp,a,test\n";
        Assert.Equal([[0], [1], []], Sets(Load(Plain, CsvLabels.Several).Train));
        var refused = Assert.Throws<UserErrorException>(() => Load(Plain));
        Assert.Contains("no label in line 4", refused.Message);
        Assert.Contains("data.source.labels", refused.Message);
        Assert.Contains("no column 'label'", Assert.Throws<UserErrorException>(() => Load("path\n0.bmp\n", CsvLabels.Several)).Message);
    }

    [Fact]
    public void A_measured_network_decides_how_labels_are_read()
    {
        const string Plain = "path,label\n0.bmp,b\n1.bmp,\n";
        var context = Context with { MeasuredClasses = ["a", "b"], MeasuredLabelling = Labelling.Several };
        File.WriteAllText(_folder["list.csv"], Plain);
        var measured = new CsvSource { Path = _folder["list.csv"], Size = 8 }.Load(context).Test;
        Assert.Equal([[1], []], Sets(measured));
        File.WriteAllText(_folder["list.csv"], "path,label\n0.bmp,a;b\n");
        var one = context with { MeasuredClasses = ["a;b", "c"], MeasuredLabelling = Labelling.One };
        Assert.Equal([0], new CsvSource { Path = _folder["list.csv"], Size = 8 }.Load(one).Test.Labels);
    }

    [Fact]
    public void A_drawn_test_part_leaves_every_class_in_train()
    {
        var lines = Enumerable.Range(0, 12).Select(i => $"{i}.bmp,{string.Join(';', Labels(i))}\n");
        var splits = Load("path,label\n" + string.Concat(lines));
        Assert.True(splits.IsTestDrawn);
        Assert.Equal(12, splits.Train.Count + splits.Test.Count);
        Assert.InRange(splits.Test.Count, 1, 4);
        Assert.DoesNotContain(0, splits.Train.AllLabels.CountsIn(Enumerable.Range(0, splits.Train.Count), 3));

        static IEnumerable<string> Labels(int i) =>
            new[] { "all", i % 2 == 0 ? "even" : "", i == 5 ? "rare" : "" }.Where(name => name != "");
    }

    [Fact]
    public void A_packed_file_keeps_the_sets()
    {
        // Of the pictures' own size, so that the file has no sizes behind the labels.
        var splits = Load("path,label,split\n0.bmp,a;b,train\n1.bmp,,train\n2.bmp,c,train\n3.bmp,b;c,test\n", size: 16);
        PackedFile.Write(_folder["packed.safetensors"], splits);
        var packed = PackedFile.Open(_folder["packed.safetensors"], Context);
        Assert.Equal(splits.Parts.Select(part => part.Images.Fingerprint), packed.Parts.Select(part => part.Images.Fingerprint));
        Assert.Equal(Sets(splits.Train), Sets(packed.Train));
        Assert.Equal([[1, 2]], Sets(packed.Test));
        // A label of 2 in place of 1: the last bytes of the file are the test part's sets.
        byte[] bytes = File.ReadAllBytes(_folder["packed.safetensors"]);
        Assert.Equal([0, 1, 1], bytes[^3..]);
        bytes[^1] = 2;
        File.WriteAllBytes(_folder["broken.safetensors"], bytes);
        Assert.Contains("a number above 1", Assert.Throws<UserErrorException>(
            () => PackedFile.Open(_folder["broken.safetensors"], Context)).Message);
        bytes[^1] = 0;
        File.WriteAllBytes(_folder["broken.safetensors"], bytes);
        Assert.Contains("fingerprint", Assert.Throws<UserErrorException>(
            () => PackedFile.Open(_folder["broken.safetensors"], Context)).Message);
    }

    private LoadContext Context => new() { CacheFolder = _folder["cache"] };

    private DataSplits Load(string list, CsvLabels labels = CsvLabels.Auto, int size = 8)
    {
        File.WriteAllText(_folder["list.csv"], list);
        return new CsvSource { Path = _folder["list.csv"], Size = size, Labels = labels }.Load(Context);
    }

    private static int[][] Sets(ImageSet images) => [.. Enumerable.Range(0, images.Count).Select(i => images.LabelsOf(i).ToArray())];
}
