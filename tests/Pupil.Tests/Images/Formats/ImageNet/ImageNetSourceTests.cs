using System.Text;
using Pupil.Images;
using Pupil.Images.Formats.ImageNet;
using Pupil.Images.Formats.Matlab;
using Pupil.Images.Recognition;
using Pupil.Tests.Images.Formats.Pictures;

namespace Pupil.Tests.Images.Formats.ImageNet;

/// <summary>Tests on made-up files in the layouts of ImageNet's archives, devkit and annotations, and of Kaggle's archive.</summary>
public sealed class ImageNetSourceTests : IDisposable
{
    private const string Fox = "n02119789", Bird = "n02012849", Machine = "n03126707";
    private const string Devkit = "ILSVRC2012_devkit_t12/data/";

    private readonly TemporaryFolder _folder = new();

    private LoadContext Context => new() { CacheFolder = _folder["cache"] };

    [Theory]
    [InlineData("meta.mat")]
    [InlineData("meta-compressed.mat")]
    public void The_devkit_gives_classes_and_names_of_validation_pictures(string meta)
    {
        Published(meta);
        var splits = Load();
        // In the order of the WordNet numbers; two classes have the same first name.
        Assert.Equal(["crane (n02012849)", "kit fox", "crane (n03126707)"], splits.Train.Classes);
        Assert.Equal(["0", "1", "1", "2"], splits.Train.Labels.Select(label => $"{label}"));
        Assert.Equal([2, 1, 0], splits.Test.Labels);
        Assert.Equal(("imagenet", 16), (splits.Name, splits.Train.Height));
        Assert.Equal(TinyPictures.Noise(16, 16, 11), splits.Test.Image(0).ToArray());
        Assert.Null(splits.Train.Boxes);
        Assert.Null(splits.Test.Boxes);
    }

    [Fact]
    public void Boxes_are_the_largest_of_the_picture_s_class()
    {
        Published("meta.mat");
        string folder = "ILSVRC2012_bbox_val_v3/val/ILSVRC2012_val_";
        Put($"{folder}00000001.xml", Annotation((Fox, 0, 0, 15, 15), (Machine, 1, 2, 5, 6), (Machine, 1, 2, 6, 9)));
        Put($"{folder}00000002.xml", Annotation((Fox, 3, 4, 3, 4)));
        Assert.Null(Load().Test.Boxes); // the third has none
        Put($"{folder}00000003.xml", Annotation((Machine, 2, 2, 9, 9), (Fox, 2, 2, 4, 4)));
        Assert.Equal([new(1, 2, 7, 10), new(3, 4, 4, 5), new(2, 2, 10, 10)], Load().Test.Boxes!);
    }

    [Fact]
    public void Kaggle_s_layout_is_read()
    {
        Pictures("ILSVRC/Data/CLS-LOC/train", "ILSVRC/Data/CLS-LOC/val");
        Put("LOC_synset_mapping.txt", $"{Bird} crane\n{Fox} kit fox, Vulpes macrotis\n{Machine} crane\n");
        Put("LOC_val_solution.csv", $"ImageId,PredictionString\nILSVRC2012_val_00000002,{Bird} 1 2 3 4 {Bird} 5 6 7 8\n"
            + $"ILSVRC2012_val_00000001,{Fox} 1 2 3 4\nILSVRC2012_val_00000003,{Fox} 1 2 3 4\n");
        Put("ILSVRC/Annotations/CLS-LOC/train/n02119789/n02119789_1.xml", "<not read");
        var splits = Load();
        Assert.Equal(["crane (n02012849)", "kit fox", "crane (n03126707)"], splits.Train.Classes);
        Assert.Equal([1, 0, 1], splits.Test.Labels);
        Assert.IsType<ImageNetSource>(DataRecognition.SourceOf(_folder["set"]));
    }

    [Fact]
    public void Validation_pictures_may_lie_in_folders_of_their_classes_and_classes_may_be_left_out()
    {
        Pictures("train", null);
        foreach (var (id, name) in new[] { (Fox, "a"), (Machine, "b"), ("n09999999", "c") })
            Put($"val/{id}/{name}.JPEG", TinyPictures.Bmp(5, 16, 16));
        var splits = Load();
        Assert.Equal([Bird, Fox, Machine], splits.Train.Classes);
        Assert.Equal([1, 2], splits.Test.Labels);
    }

    [Theory]
    [InlineData("ILSVRC2012_validation_ground_truth.txt", "3\n1\n", "found 2 lines, expected one for")]
    [InlineData("ILSVRC2012_validation_ground_truth.txt", "3\n1\n7\n", "'7' in line 3, expected a number of a class in meta.mat")]
    [InlineData("ILSVRC2012_validation_ground_truth.txt", null, "neither the devkit")]
    [InlineData("meta.mat", null, "neither the devkit")]
    [InlineData("meta.mat", "no MATLAB file", "meta.mat: found")]
    public void What_is_wrong_is_said_in_one_line(string file, string? text, string found)
    {
        Published("meta.mat");
        File.Delete(_folder[$"set/{Devkit}{file}"]);
        if (text is not null)
            Put($"{Devkit}{file}", text);
        var error = Assert.Throws<UserErrorException>(Load);
        Assert.Contains(found, error.Message);
        Assert.DoesNotContain(error.Message, char.IsControl);
    }

    [Theory]
    [InlineData("<annotation><object><name>x</name><bndbox><xmin>1</xmin></bndbox></object></annotation>", "'' for ymin")]
    [InlineData("<annotation><object><name>x</name></object></annotation>", "an object without a box")]
    [InlineData("<annotation></annotation>", "no object")]
    [InlineData("<annotation>", "no XML")]
    [InlineData("<!DOCTYPE a [<!ENTITY b \"c\">]><annotation>&b;</annotation>", "no XML")]
    public void A_wrong_annotation_is_named(string xml, string found)
    {
        Published("meta.mat");
        for (int i = 1; i <= 3; i++)
            Put($"bbox/ILSVRC2012_val_0000000{i}.xml", xml);
        var error = Assert.Throws<UserErrorException>(Load);
        Assert.Contains($"bbox/ILSVRC2012_val_00000001.xml: found {found}", error.Message);
        Assert.DoesNotContain(error.Message, char.IsControl);
    }

    [Fact]
    public void Copies_missing_classes_and_hidden_files_do_not_pass_without_a_word()
    {
        Published("meta.mat");
        Put($"ILSVRC2012_img_train/{Fox}/._{Fox}_1.JPEG", "not a picture");
        Put("__MACOSX/val/ILSVRC2012_val_00000001.JPEG", "not a picture");
        Assert.Equal(4, Load().Train.Count);
        Put("val/n02119789/ILSVRC2012_val_00000002.JPEG", TinyPictures.Bmp(1, 16, 16));
        Assert.Contains("expected each picture once", Assert.Throws<UserErrorException>(Load).Message);
        Directory.Delete(_folder["set/val"], recursive: true);
        string mapping = string.Concat(Enumerable.Range(0, 8).Select(i => $"n0000000{i} x\n"));
        for (int i = 0; i < 7; i++)
            Put($"train/n0000000{i}/{i}.JPEG", TinyPictures.Bmp(i, 16, 16));
        Put("LOC_synset_mapping.txt", $"{mapping}{Bird} crane\n{Fox} fox\n{Machine} crane\n");
        Assert.Contains("training pictures of 10 of 11 classes", Assert.Throws<UserErrorException>(Load).Message);
        Assert.Contains("get those of n00000007", Assert.Throws<UserErrorException>(Load).Message);
    }

    [Theory]
    [InlineData("ILSVRC2012_img_train/n02119789")]
    [InlineData("ILSVRC2012_devkit_t12/data")]
    public void A_folder_is_recognised_by_its_published_names(string folder)
    {
        Directory.CreateDirectory(_folder[$"data/{folder}"]);
        Assert.IsType<ImageNetSource>(DataRecognition.SourceOf(_folder["data"]));
    }

    [Fact]
    public void A_folder_without_pictures_says_what_is_expected()
    {
        Put("notes.txt", "");
        Assert.Contains("found no training picture", Assert.Throws<UserErrorException>(Load).Message);
        Pictures("train", null);
        Assert.Contains("found no validation picture", Assert.Throws<UserErrorException>(Load).Message);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_list_of_synsets_cut_anywhere_is_a_user_error(bool isCompressed)
    {
        byte[] whole = Meta(isCompressed ? "meta-compressed.mat" : "meta.mat");
        Assert.Equal(4, Read(whole).Count);
        Assert.Equal("kit fox, Vulpes macrotis", Read(whole)[0]["words"]);
        Assert.Equal(("4", "2", "19"), (Read(whole)[3]["ILSVRC2012_ID"], Read(whole)[3]["num_children"], Read(whole)[3]["wordnet_height"]));
        Assert.DoesNotContain("children", Read(whole)[3].Keys);
        for (int length = 0; length < whole.Length; length += 7)
            Assert.Throws<UserErrorException>(() => Read(whole[..length]));
    }

    [Fact]
    public void A_changed_list_of_synsets_is_read_or_a_user_error()
    {
        var (read, refused) = Fuzz.Run(seed: 3, cases: 4000, [Meta("meta.mat"), Meta("meta-compressed.mat")], mostAllocated: 4 << 20,
            bytes => Read(bytes));
        Assert.True(read > 40 && refused > 400, $"{read} read, {refused} refused");
    }

    private static IReadOnlyList<IReadOnlyDictionary<string, string>> Read(byte[] file)
    {
        using var stream = new MemoryStream(file);
        return MatStructs.Read(MatFile.Read(stream, "meta.mat")["synsets"]);
    }

    private static byte[] Meta(string name) =>
        File.ReadAllBytes(Path.Combine(RealData.RepositoryFolder!, "tests", "Pupil.Tests", "Images", "Formats", "ImageNet", name));

    private DataSplits Load() => new ImageNetSource { Path = _folder["set"], Size = 16 }.Load(Context);

    private void Published(string meta)
    {
        Pictures("ILSVRC2012_img_train", "ILSVRC2012_img_val");
        Put($"{Devkit}meta.mat", Meta(meta));
        Put($"{Devkit}ILSVRC2012_validation_ground_truth.txt", "3\n1\n2\n");
    }

    private void Pictures(string train, string? val)
    {
        foreach (var (id, name) in new[] { (Fox, "1"), (Fox, "2"), (Bird, "3"), (Machine, "4") })
            Put($"{train}/{id}/{id}_{name}.JPEG", TinyPictures.Bmp(int.Parse(name), 16, 16));
        for (int i = 1; i <= 3 && val is not null; i++)
            Put($"{val}/ILSVRC2012_val_0000000{i}.JPEG", TinyPictures.Bmp(10 + i, 16, 16));
    }

    private static string Annotation(params (string Id, int Left, int Top, int Right, int Bottom)[] objects) =>
        $"<annotation><size><width>16</width></size>{string.Concat(objects.Select(found =>
            $"<object><name>{found.Id}</name><bndbox><xmin>{found.Left}</xmin><ymin>{found.Top}</ymin>"
            + $"<xmax>{found.Right}</xmax><ymax>{found.Bottom}</ymax></bndbox></object>"))}</annotation>";

    private void Put(string name, string text) => Put(name, Encoding.UTF8.GetBytes(text));

    private void Put(string name, byte[] bytes)
    {
        string path = _folder[$"set/{name}"];
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, bytes);
    }

    public void Dispose() => _folder.Dispose();
}
