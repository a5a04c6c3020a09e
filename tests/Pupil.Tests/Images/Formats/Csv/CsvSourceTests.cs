using Pupil.Images;
using Pupil.Images.Formats.Csv;
using Pupil.Tests.Images.Formats.Pictures;

namespace Pupil.Tests.Images.Formats.Csv;

public sealed class CsvSourceTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public CsvSourceTests()
    {
        Directory.CreateDirectory(_folder["lists"]);
        Directory.CreateDirectory(_folder["pictures"]);
        for (int i = 0; i < 6; i++)
            File.WriteAllBytes(_folder[$"pictures/{i}.bmp"], TinyPictures.Bmp(i, 16, 16));
    }

    [Fact]
    public void Lines_name_pictures_parts_and_boxes()
    {
        var splits = Load("path,label,split,left,top,right,bottom\n"
            + $"../pictures/0.bmp,dog,train,2,4,10,12\n{_folder["pictures/1.bmp"]},Cat,train,0,0,16,16\n"
            + "../pictures/2.bmp,dog,val,1,1,3,3\n../pictures/3.bmp,Cat,test,0,0,99,99\n");
        Assert.Equal(["Cat", "dog"], splits.Train.Classes);
        Assert.Equal([1, 0], splits.Train.Labels);
        Assert.Equal([1], splits.Validation!.Labels);
        Assert.Equal([0], splits.Test.Labels);
        Assert.Equal([new(1, 2, 5, 6), new(0, 0, 8, 8)], splits.Train.Boxes!);
        Assert.Equal([new(0, 0, 2, 2)], splits.Validation.Boxes!);
        Assert.Equal([new(0, 0, 8, 8)], splits.Test.Boxes!);
    }

    [Fact]
    public void Unknown_classes_of_a_list_are_in_no_part_and_their_pictures_can_be_read()
    {
        var lines = Enumerable.Range(0, 6).Select(i => $"../pictures/{i}.bmp,{"abc"[i % 3]},{(i < 3 ? "train" : "test")}\n");
        string table = string.Concat(lines);
        File.WriteAllText(_folder["lists/three.csv"], "path,label,split\n" + table);
        var source = new CsvSource { Path = _folder["lists/three.csv"], Size = 16, UnknownClasses = ["a"] };
        var splits = source.Load(new LoadContext { CacheFolder = _folder["cache"] });
        Assert.Equal(["b", "c"], splits.Test.Classes);
        Assert.Equal((2, 2), (splits.Train.Count, splits.Test.Count));
        Assert.Equal([TinyPictures.Noise(16, 16, 1), TinyPictures.Noise(16, 16, 2)],
            Enumerable.Range(0, 2).Select(i => splits.Train.Image(i).ToArray()));
        Assert.Equal([TinyPictures.Bmp(0, 16, 16), TinyPictures.Bmp(3, 16, 16)], source.UnknownPictures().Select(picture => picture.Bytes));
    }

    [Fact]
    public void A_validation_part_is_measured_where_there_is_no_test_part()
    {
        var splits = Load("path,label,split\n../pictures/0.bmp,a,train\n../pictures/1.bmp,b,train\n../pictures/2.bmp,a,val\n");
        Assert.Null(splits.Validation);
        Assert.Equal((2, 1), (splits.Train.Count, splits.Test.Count));
    }

    [Fact]
    public void Without_parts_every_class_gives_its_share()
    {
        var lines = Enumerable.Range(0, 6).Select(i => $"../pictures/{i}.bmp;{(i % 2 == 0 ? "a" : "b")}\n");
        var splits = Load("path;label\n" + string.Concat(lines));
        Assert.Equal((4, 2), (splits.Train.Count, splits.Test.Count));
        Assert.Equal([0, 1], splits.Test.Labels.Order());
    }

    [Fact]
    public void Two_ways_to_name_a_picture_do_not_put_it_on_both_sides()
    {
        string[] starts = ["", "./", "././"];
        var lines = Enumerable.Range(0, 6).SelectMany(i => starts.Select(start => $"{start}../pictures/{i}.bmp,{i % 2}\n"));
        var splits = Load("path,label\n" + string.Concat(lines));
        Assert.Equal(18, splits.Train.Count + splits.Test.Count);
        var test = Enumerable.Range(0, splits.Test.Count).Select(i => Convert.ToHexString(splits.Test.Image(i))).ToHashSet();
        Assert.DoesNotContain(Enumerable.Range(0, splits.Train.Count), i => test.Contains(Convert.ToHexString(splits.Train.Image(i))));
    }

    [Theory]
    [InlineData("path\na.bmp\n", "found no column 'label'")]
    [InlineData("path,label\na.bmp,\n", "found no label in line 2")]
    [InlineData("path,label\n", "found no class")]
    [InlineData("path,label\n../pictures/0.bmp,a\n", "one class ('a')")]
    [InlineData("path,label,split\n../pictures/0.bmp,a,test\n../pictures/1.bmp,b,test\n", "no picture for the train part")]
    [InlineData("path,label,split\n../pictures/0.bmp,a,train\n../pictures/1.bmp,b,test\n", "no training picture for class 'b'")]
    [InlineData("path,label\n../pictures/0.bmp,a\n../pictures/1.bmp,b\ngone.bmp,b\n../pictures/3.bmp,a\n",
        "gone.bmp is not there (no such file). Mend")]
    public void What_is_wrong_is_said_in_one_line(string text, string found)
    {
        var error = Assert.Throws<UserErrorException>(() => Load(text));
        Assert.Contains(found, error.Message);
        Assert.Contains("list.csv", error.Message);
        Assert.DoesNotContain(error.Message, char.IsControl);
    }

    [Fact]
    public void Labels_in_two_spellings_of_Unicode_are_one_class()
    {
        var splits = Load("path,label\n../pictures/0.bmp,\u00e9\n../pictures/1.bmp,e\u0301\n../pictures/2.bmp,a\n../pictures/3.bmp,a\n");
        Assert.Equal(["a", "\u00e9"], splits.Train.Classes);
    }

    [Theory]
    [InlineData("path,label\n../pictures/0.bmp,b\n../pictures/1.bmp,b\n", new[] { 1, 1 }, true)]
    [InlineData("path,label,split\n../pictures/0.bmp,a,train\n../pictures/1.bmp,b,test\n", new[] { 1 }, false)]
    [InlineData("path,label,split\n../pictures/0.bmp,a,val\n../pictures/1.bmp,b,train\n", new[] { 0 }, false)]
    public void Pictures_that_measure_a_network_are_its_test_part_or_all(string text, int[] labels, bool drawn)
    {
        var splits = Load(text, ["a", "b"]);
        Assert.Equal((drawn, labels.Length), (splits.IsTestDrawn, splits.Test.Count));
        Assert.Equal(labels, splits.Test.Labels);
        Assert.Contains("class 'b', which the network does not know", Assert.Throws<UserErrorException>(() =>
            Load("path,label\n../pictures/0.bmp,b\n", ["a", "c"])).Message);
    }

    [Fact]
    public void A_missing_list_and_a_folder_are_user_errors()
    {
        foreach (string name in (string[])["none.csv", "lists"])
        {
            var error = Assert.Throws<UserErrorException>(() => new CsvSource { Path = _folder[name] }.Load(Context));
            Assert.Contains("cannot be read", error.Message);
        }
    }

    public void Dispose() => _folder.Dispose();

    private LoadContext Context => new() { CacheFolder = _folder["cache"] };

    private DataSplits Load(string text, string[]? measured = null)
    {
        File.WriteAllText(_folder["lists/list.csv"], text);
        return new CsvSource { Path = _folder["lists/list.csv"], Size = 8 }.Load(Context with { MeasuredClasses = measured });
    }
}
