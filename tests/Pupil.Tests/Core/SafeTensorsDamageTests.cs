using Pupil.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace Pupil.Tests.Core;

public sealed class SafeTensorsDamageTests
{
    private static readonly byte[] FourBytes = [0, 0, 0, 0];

    /// <summary>A broken header, the number of bytes behind it, and a text that the error must contain.</summary>
    public static TheoryData<string, int, string> BrokenHeaders => new()
    {
        { "[]", 0, "does not begin with '{'" },
        { " {}", 0, "does not begin with '{'" },
        { "", 0, "does not begin with '{'" },
        { "{", 0, "no valid JSON" },
        { "{}}", 0, "no valid JSON" },
        { "{\"\\ud83e\":{}}", 0, "no valid JSON" },
        { "{}", 4, "4 bytes of values, expected 0" },
        { """{"a":{"dtype":"U8","shape":[],"data_offsets":[0,1]},"a":{}}""", 1, "distinct names" },
        { """{"a":{"dtype":"U8","shape":[],"data_offsets":[0,1]},"\u0061":{}}""", 1, "distinct names" },
        { """{"a":{"dtype":"F32","dtype":"F32","shape":[],"data_offsets":[0,4]}}""", 4, "distinct names" },
        { """{"__metadata__":{"k":"1","k":"2"}}""", 0, "distinct names" },
        { """{"__metadata__":{"k":1}}""", 0, "'k' of kind Number, expected a text" },
        { """{"__metadata__":"k"}""", 0, "__metadata__ of kind String" },
        { """{"a":4}""", 4, "tensor 'a' of kind Number" },
        { """{"a":{"dtype":"F32","shape":[]}}""", 4, "tensor 'a' with other fields" },
        { """{"a":{"dtype":"F32","shape":[],"data_offsets":[0,4],"more":1}}""", 4, "tensor 'a' with other fields" },
        { """{"a":{"dtype":"F31","shape":[],"data_offsets":[0,4]}}""", 4, "dtype \"F31\", expected BOOL, U8" },
        { """{"a":{"dtype":32,"shape":[],"data_offsets":[0,4]}}""", 4, "dtype 32" },
        { """{"a":{"dtype":"F32","shape":1,"data_offsets":[0,4]}}""", 4, "shape of kind Number" },
        { """{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}""", 4, "-1 in shape" },
        { """{"a":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}}""", 4, "1.0 in shape" },
        { """{"a":{"dtype":"F32","shape":["1"],"data_offsets":[0,4]}}""", 4, "\"1\" in shape" },
        { """{"a":{"dtype":"F32","shape":[9223372036854775808],"data_offsets":[0,4]}}""", 4, "9223372036854775808 in shape" },
        { """{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,4]}}""", 4, "[4294967296, 4294967296]" },
        { """{"a":{"dtype":"F32","shape":[0,4294967296,4294967296],"data_offsets":[0,0]}}""", 0, "[0, 4294967296, 4294967296]" },
        { """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""", 4, "4 bytes of values, expected 8" },
        { """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}}""", 4, "data_offsets [0]" },
        { """{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}""", 4, "data_offsets [4, 0]" },
        { """{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8, "at byte 4 of the values, expected 0" },
        { """{"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]},"b":{"dtype":"I32","shape":[],"data_offsets":[5,9]}}""", 9, "at byte 5" },
        { """{"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]},"b":{"dtype":"I32","shape":[],"data_offsets":[2,6]}}""", 6, "at byte 2" },
        { """{"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]},"b":{"dtype":"I32","shape":[],"data_offsets":[0,4]}}""", 4, "at byte 0" },
        { """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 3, "3 bytes of values, expected 4" },
        { """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 5, "5 bytes of values, expected 4" },
        { """{"line\nbreak":4}""", 4, "tensor 'line?break'" },
    };

    [Theory]
    [MemberData(nameof(BrokenHeaders))]
    public void A_broken_rule_is_named(string header, int values, string found)
    {
        UserErrorException error = ReadError(SafeTensorsTests.Bytes(header, new byte[values]));
        Assert.StartsWith("x.safetensors: found ", error.Message);
        Assert.Contains(found, error.Message);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void A_header_that_is_not_utf8_is_named() =>
        Assert.Contains("UTF-8", ReadError([3, 0, 0, 0, 0, 0, 0, 0, (byte)'{', 0xFF, (byte)'}']).Message);

    [Fact]
    public void A_header_longer_than_the_file_or_the_format_allows_is_named()
    {
        Assert.Contains("length of 3 bytes, expected at most 2", ReadError([3, 0, 0, 0, 0, 0, 0, 0, (byte)'{', (byte)'}']).Message);
        Assert.Contains("length of 18446744073709551615", ReadError([.. BitConverter.GetBytes(ulong.MaxValue), 0]).Message);
        using var sparse = new LongStream(BitConverter.GetBytes(100_000_001L), 200_000_000);
        Assert.Contains("at most 100000000", Assert.Throws<UserErrorException>(() => SafeTensors.Read(sparse, "x")).Message);
    }

    [Fact]
    public void Bytes_that_are_neither_0_nor_1_are_no_booleans()
    {
        byte[] file = SafeTensorsTests.Bytes("""{"a":{"dtype":"BOOL","shape":[2],"data_offsets":[0,2]}}""", 1, 2);
        Assert.Contains("found other bytes in the BOOL tensor 'a', expected only 0 and 1", ReadError(file).Message);
    }

    [Fact]
    public void Too_many_dimensions_are_refused()
    {
        string Ones(int count) => string.Join(',', Enumerable.Repeat(1, count));
        string Header(int count) => """{"a":{"dtype":"F32","shape":[ONES],"data_offsets":[0,4]}}""".Replace("ONES", Ones(count));
        Assert.Contains("at most 64 sizes", ReadError(SafeTensorsTests.Bytes(Header(65), FourBytes)).Message);
        using SafeTensorsFile file = SafeTensors.Read(new MemoryStream(SafeTensorsTests.Bytes(Header(64), FourBytes)), "x");
        Assert.Equal(64, file.Tensors["a"].dim());
    }

    [Fact]
    public void A_missing_file_a_folder_and_an_empty_file_are_named()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder["empty"], []);
        File.WriteAllBytes(folder["short"], [1, 2, 3]);
        Assert.Contains("found no such file", PathError(folder["missing"]));
        Assert.Contains("found no such file", PathError(folder["missing/below"]));
        Assert.Contains("found a folder", PathError(folder.FullPath));
        Assert.Contains("found an empty file", PathError(folder["empty"]));
        Assert.Contains("found 3 bytes", PathError(folder["short"]));
    }

    [Fact]
    public void A_failed_read_leaves_no_tensors_behind()
    {
        var statistics = DisposeScopeManager.Statistics.TensorStatistics;
        long live = statistics.ThreadTotalLiveCount;
        // The first tensor is valid; the invalid boolean behind it is found after the first was read.
        const string Two = """{"a":{"dtype":"I8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"BOOL","shape":[],"data_offsets":[1,2]}}""";
        ReadError(SafeTensorsTests.Bytes(Two, 0, 9));
        Assert.Equal(live, statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void Damaged_files_are_read_whole_or_refused_with_an_explanation()
    {
        byte[] good = GoodFile();
        var random = new Random(20_260_101);
        int read = 0, refused = 0;
        for (int round = 0; round < 5_000; round++)
        {
            using var stream = new MemoryStream(Damage(good, random, round));
            try
            {
                using SafeTensorsFile file = SafeTensors.Read(stream, "x.safetensors");
                Assert.Equal(stream.Length, stream.Position);
                read++;
            }
            catch (UserErrorException error)
            {
                Assert.StartsWith("x.safetensors: found ", error.Message);
                Assert.DoesNotContain('\n', error.Message);
                refused++;
            }
        }
        Assert.InRange(read, 100, 4_900); // flips among the values go unnoticed, those in the header do not
        Assert.Equal(5_000, read + refused);
    }

    private static byte[] Damage(byte[] good, Random random, int round)
    {
        if (round % 5 == 0) return good[..random.Next(good.Length)];
        byte[] bytes = [.. good];
        if (round % 5 == 1) Array.Resize(ref bytes, good.Length + random.Next(1, 20));
        // Half of the rounds aim at the header, and one in five writes characters that mean something in JSON.
        int reach = round % 2 == 0 ? bytes.Length : 8 + BitConverter.ToInt32(good);
        for (int flips = random.Next(1, 4); flips > 0; flips--)
            if (round % 5 == 2) bytes[random.Next(8, reach)] = (byte)"0129-.,:[]{}\"\\eu "[random.Next(17)];
            else bytes[random.Next(reach)] ^= (byte)(1 << random.Next(8));
        return bytes;
    }

    private static byte[] GoodFile()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        string path = folder["good"];
        var tensors = SafeTensorsEntry.Types.ToDictionary(type => $"layer.{type.Name}", type => ones([2, 3], dtype: type.Type));
        tensors["values"] = ones([512]);
        tensors["größe"] = tensor(1);
        tensors["none"] = empty([0, 2]);
        SafeTensors.Write(path, tensors, new Dictionary<string, string> { ["network"] = "resnet20", ["classes"] = "[\"a\"]" });
        return File.ReadAllBytes(path);
    }

    private static UserErrorException ReadError(byte[] bytes) =>
        Assert.Throws<UserErrorException>(() => SafeTensors.Read(new MemoryStream(bytes), "x.safetensors"));

    private static string PathError(string path)
    {
        string message = Assert.Throws<UserErrorException>(() => SafeTensors.Read(path)).Message;
        Assert.StartsWith(path + ": found ", message);
        Assert.Equal(message, Assert.Throws<UserErrorException>(() => SafeTensors.ReadMetadata(path)).Message);
        return message;
    }

    /// <summary>A stream that declares a greater length than it has.</summary>
    private sealed class LongStream(byte[] start, long length) : MemoryStream(start)
    {
        public override long Length => length;
    }
}
