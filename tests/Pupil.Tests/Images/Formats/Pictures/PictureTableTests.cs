using System.Text;
using Pupil.Images;
using Pupil.Images.Formats.Pictures;

namespace Pupil.Tests.Images.Formats.Pictures;

public sealed class PictureTableTests
{
    [Theory]
    [InlineData("path,label,split,left,top,right,bottom\na/b.jpg,cat,val,1,2,3,4\n")]
    [InlineData("path;label;split;left;top;right;bottom\r\na/b.jpg;cat;validation;1;2;3;4\r\n")]
    [InlineData("\uFEFFPath\tLabel\tSplit\tLeft\tTop\tRight\tBottom\na/b.jpg\tcat\tVALID\t1\t2\t3\t4")]
    [InlineData("bottom,right,top,left,more,split,label,path\n4,3,2,1,?,val,cat,a\\b.jpg\n")]
    [InlineData("path , label , split,left,top,right,bottom\n \"a/b.jpg\" , \"cat\" , val , 1 , 2 , 3 , 4 \n")]
    [InlineData("path,label,split,left,top,right,bottom\n././a/b.jpg,cat,val,1,2,3,4\n")]
    public void Columns_are_found_by_their_names(string text)
    {
        var line = Assert.Single(PictureTable.Read(text, "t.csv"));
        Assert.Equal(new PictureLine(2, "a/b.jpg", "cat", "validation", new BoundingBox(1, 2, 3, 4)), line);
    }

    [Fact]
    public void Quotes_hold_commas_and_columns_may_lack()
    {
        var lines = PictureTable.Read("path,label\n\"a, b.jpg\",\"say \"\"x\"\"\"\nc.jpg,d\n", "t.csv");
        Assert.Equal([new PictureLine(2, "a, b.jpg", "say \"x\"", null, null), new PictureLine(3, "c.jpg", "d", null, null)], lines);
    }

    [Theory]
    [InlineData("", "t.csv")]
    [InlineData("\n\n", "t.csv")]
    [InlineData("file,label\na,b\n", "found the columns file, label, expected 'path'")]
    [InlineData("path,left,top\na,1,2\n", "has only 2 of the columns")]
    [InlineData("path,label\n,b\n", "found no path in line 2")]
    [InlineData("path,label\na\n", "as many columns in every line")]
    [InlineData("path,label\na,b,c\n", "as many columns in every line")]
    [InlineData("path,path\na,b\n", "t.csv")]
    [InlineData("path,split\na,b\nc,later\n", "line 2 has the split 'b', expected train, validation or test")]
    [InlineData("path,left,top,right,bottom\na,1,2,3,x\n", "line 2 has 'x' for bottom, expected a whole number")]
    [InlineData("path,left,top,right,bottom\na,1,2,3,4.5\n", "'4.5' for bottom")]
    [InlineData("path,left,top,right,bottom\na,-1,2,3,4\n", "'-1' for left")]
    [InlineData("path,left,top,right,bottom\na,1,2,99999999999999,4\n", "for right")]
    [InlineData("path,left,top,right,bottom\na,3,2,3,4\n", "line 2 has an empty box (3, 2, 3, 4)")]
    [InlineData("path,label\na\0b.jpg,c\n", "line 2 has 'a?b.jpg' and 'c', expected names without control characters")]
    [InlineData("path,label\n\"a.jpg,b\nc.jpg,d\n", "t.csv")]
    public void A_wrong_table_is_refused_in_one_line(string text, string found)
    {
        var error = Assert.Throws<UserErrorException>(() => PictureTable.Read(text, "t.csv"));
        Assert.Contains(found, error.Message);
        Assert.DoesNotContain(error.Message, char.IsControl);
    }

    [Fact]
    public void A_line_without_end_is_refused() =>
        Assert.Throws<UserErrorException>(() => PictureTable.Read($"path,label\n{new string('a', 20_000_000)},b\n", "t.csv"));

    [Fact]
    public void Broken_tables_are_read_or_refused()
    {
        byte[][] valid =
        [
            [
                .. "path,label,split,left,top,right,bottom\na/b.jpg,cat,val,1,2,3,4\n"u8,
                .. "\"c, d.jpg\",\"dog\",train,0,0,10,10\ne.png,cat,test,5,5,6,7\n"u8,
            ],
            [.. "label;path\r\ncat;a.jpg\r\ndog;b.jpg\r\n"u8],
        ];
        var (read, refused) = Fuzz.Run(seed: 17, cases: 10_000, valid, mostAllocated: 4 << 20, bytes =>
        {
            foreach (var line in PictureTable.Read(Encoding.UTF8.GetString(bytes), "t.csv"))
                Assert.True(line.Path.Length > 0 && line.Box is null or { Left: >= 0 } && !line.Path.Any(char.IsControl));
        });
        Assert.True(read > 500 && refused > 500, $"{read} read, {refused} refused");
    }
}
