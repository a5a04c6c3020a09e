using System.Buffers.Binary;
using System.Text;
using Pupil.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace Pupil.Tests.Core;

public sealed class SafeTensorsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly DisposeScope _scope = NewDisposeScope();

    private string One => _folder["one.safetensors"];

    public static TheoryData<ScalarType> EveryType => [.. SafeTensorsEntry.Types.Select(type => type.Type)];

    public void Dispose()
    {
        _scope.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [MemberData(nameof(EveryType))]
    public void Every_type_comes_back_as_it_was(ScalarType type)
    {
        Tensor numbers = (Tensors.Wave(7, 3, 4, 5) * 50).to(type);
        var tensors = new Dictionary<string, Tensor>
        {
            ["numbers"] = numbers,
            ["scalar"] = numbers[0, 0, 0].clone(),
            ["empty"] = empty([0, 3], dtype: type),
            ["emptier"] = empty([0], dtype: type),
        };
        SafeTensors.Write(One, tensors);
        AssertEqual(tensors, SafeTensors.Read(One).Tensors);
    }

    [Fact]
    public void All_types_side_by_side_come_back_as_they_were()
    {
        var tensors = SafeTensorsEntry.Types.ToDictionary(type => type.Name, type => (arange(0, 7) % 2).to(type.Type));
        SafeTensors.Write(One, tensors);
        AssertEqual(tensors, SafeTensors.Read(One).Tensors);
    }

    [Fact]
    public void Special_values_keep_their_bits()
    {
        float[] values = [float.NaN, float.PositiveInfinity, float.NegativeInfinity, -0f, float.Epsilon, float.MaxValue];
        SafeTensors.Write(One, new Dictionary<string, Tensor> { ["x"] = tensor(values) });
        float[] found = SafeTensors.Read(One).Tensors["x"].data<float>().ToArray();
        Assert.Equal(values.Select(BitConverter.SingleToInt32Bits), found.Select(BitConverter.SingleToInt32Bits));
    }

    [Fact]
    public void Names_and_texts_of_any_kind_come_back()
    {
        string[] names = ["gewicht.größe", "重み", "🦉", "with \"quotes\" \\ and\nline", "", "a.b.c"];
        var tensors = names.ToDictionary(name => name, name => tensor((float)name.Length));
        var texts = names.ToDictionary(name => name, name => name + "!");
        SafeTensors.Write(One, tensors, texts);
        AssertEqual(tensors, SafeTensors.Read(One).Tensors);
        Assert.Equal(texts, SafeTensors.Read(One).Metadata);
        Assert.Equal(texts, SafeTensors.ReadMetadata(One));
    }

    [Fact]
    public void No_tensors_and_no_texts_make_a_file_too()
    {
        SafeTensors.Write(One, new Dictionary<string, Tensor>());
        Assert.Equal(Bytes("{}      "), File.ReadAllBytes(One));
        Assert.Empty(SafeTensors.Read(One).Tensors);
        Assert.Empty(SafeTensors.ReadMetadata(One));
    }

    [Fact]
    public void Equal_content_gives_equal_bytes_whatever_order_and_layout()
    {
        Tensor image = arange(2 * 3 * 4 * 5, dtype: ScalarType.Float32).reshape(2, 3, 4, 5);
        Tensor bias = arange(6, dtype: ScalarType.Float64);
        Tensor channelsLast = image.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2);
        Tensor everySecond = stack([bias, bias + 100], 1).select(1, 0);
        Assert.False(channelsLast.is_contiguous());
        Assert.False(everySecond.is_contiguous());

        var texts = new Dictionary<string, string> { ["p"] = "1", ["q"] = "2" };
        var turnedTexts = new Dictionary<string, string> { ["q"] = "2", ["p"] = "1" };
        SafeTensors.Write(One, new Dictionary<string, Tensor> { ["b"] = image, ["a"] = bias }, texts);
        SafeTensors.Write(_folder["two"], new Dictionary<string, Tensor> { ["a"] = everySecond, ["b"] = channelsLast }, turnedTexts);
        Assert.Equal(File.ReadAllBytes(One), File.ReadAllBytes(_folder["two"]));
        Assert.Equal(image.bytes.ToArray(), SafeTensors.Read(_folder["two"]).Tensors["b"].bytes.ToArray());
    }

    [Fact]
    public void A_trained_parameter_is_written_and_read_without_gradient()
    {
        var weight = new TorchSharp.Modules.Parameter(ones(2, 2));
        SafeTensors.Write(One, new Dictionary<string, Tensor> { ["weight"] = weight });
        Assert.True(weight.requires_grad);
        Assert.False(SafeTensors.Read(One).Tensors["weight"].requires_grad);
    }

    [Fact]
    public void The_bytes_are_the_format_s()
    {
        SafeTensors.Write(One, new Dictionary<string, Tensor> { ["t"] = tensor((byte[])[7, 8]), ["w"] = tensor(new[] { 1.5f, -2f }) },
            new Dictionary<string, string> { ["format"] = "pt" });
        const string Header = """{"__metadata__":{"format":"pt"},"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"""
            + "\"t\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[8,10]}}";
        string padded = Header.PadRight((Header.Length + 7) / 8 * 8);
        Assert.Equal(Bytes(padded, [0x00, 0x00, 0xC0, 0x3F, 0x00, 0x00, 0x00, 0xC0, 7, 8]), File.ReadAllBytes(One));
    }

    [Fact]
    public void A_file_made_by_hand_is_read()
    {
        // Another writer's order, spacing and escapes, an unpadded header, and values that are not aligned.
        const string Header = """{ "b" : {"shape":[1,3],"data_offsets":[1,13],"dtype":"F32"},"""
            + """ "__metadata__" : {"k\u00e4se":"\ud83e\udd89"},"""
            + """ "half": {"dtype":"F16","shape":[2],"data_offsets":[13,17]}, "brain":{"dtype":"BF16","shape":[],"data_offsets":[17,19]},"""
            + """ "c":{"dtype":"BOOL","shape":[1],"data_offsets":[0,1]}, "none":{"dtype":"I64","shape":[4,0],"data_offsets":[13,13]} }""";
        byte[] values = [1, .. Floats(0.5f, -3f, 1e-20f), 0x00, 0x3C, 0x00, 0xC0, 0xC0, 0x3F];
        File.WriteAllBytes(One, Bytes(Header, values));

        SafeTensorsFile file = SafeTensors.Read(One);
        Assert.Equal(["c", "b", "none", "half", "brain"], file.Tensors.Keys);
        Assert.True(file.Tensors["c"].item<bool>());
        Assert.Equal([1L, 3], file.Tensors["b"].shape);
        Assert.Equal([0.5f, -3f, 1e-20f], file.Tensors["b"].data<float>());
        Assert.Equal([4L, 0], file.Tensors["none"].shape);
        Assert.Equal([1f, -2f], file.Tensors["half"].to(ScalarType.Float32).data<float>());
        Assert.Equal(1.5f, file.Tensors["brain"].to(ScalarType.Float32).item<float>());
        Assert.Equal("🦉", file.Metadata["käse"]);
    }

    [Fact]
    public void A_tensor_larger_than_the_buffer_comes_back_as_it_was()
    {
        var tensors = new Dictionary<string, Tensor> { ["big"] = arange(100_003, dtype: ScalarType.Int32) };
        SafeTensors.Write(One, tensors);
        AssertEqual(tensors, SafeTensors.Read(One).Tensors);
    }

    [Fact]
    public void What_the_format_cannot_hold_is_refused_and_leaves_no_file()
    {
        void Refused(string name, Tensor tensor) =>
            Assert.ThrowsAny<ArgumentException>(() => SafeTensors.Write(One, new Dictionary<string, Tensor> { [name] = tensor }));
        Refused("__metadata__", ones(1));
        Refused("complex", zeros(1, dtype: ScalarType.ComplexFloat32));
        Refused("half a pair \ud83e", ones(1));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.FullPath));
    }

    [Fact]
    public void Writing_and_reading_leave_no_tensors_behind()
    {
        Tensor image = arange(120, dtype: ScalarType.Float32).reshape(2, 3, 4, 5);
        var tensors = new Dictionary<string, Tensor>
        {
            ["last"] = image.permute(0, 2, 3, 1),
            ["flags"] = image > 5,
            ["half"] = image.half(),
        };
        var statistics = DisposeScopeManager.Statistics.TensorStatistics;
        long live = statistics.ThreadTotalLiveCount;
        for (int round = 0; round < 50; round++)
        {
            SafeTensors.Write(One, tensors);
            using (SafeTensorsFile file = SafeTensors.Read(One)) Assert.Equal(live + 3, statistics.ThreadTotalLiveCount);
            SafeTensors.ReadMetadata(One);
            Assert.Equal(live, statistics.ThreadTotalLiveCount);
        }
    }

    [Fact]
    public void Read_tensors_belong_to_the_scope_around_the_call()
    {
        SafeTensors.Write(One, new Dictionary<string, Tensor> { ["x"] = ones(3) });
        Tensor inside;
        using (NewDisposeScope()) inside = SafeTensors.Read(One).Tensors["x"];
        Assert.True(inside.IsInvalid);
    }

    /// <summary>Returns a file of the format, made without the tested code: the header's length, the header, the values.</summary>
    internal static byte[] Bytes(string header, params byte[] values)
    {
        byte[] text = Encoding.UTF8.GetBytes(header);
        var length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, text.Length);
        return [.. length, .. text, .. values];
    }

    private static byte[] Floats(params float[] values)
    {
        var bytes = new byte[values.Length * 4];
        for (int index = 0; index < values.Length; index++)
            BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(index * 4), values[index]);
        return bytes;
    }

    private static void AssertEqual(Dictionary<string, Tensor> expected, IReadOnlyDictionary<string, Tensor> found)
    {
        Assert.Equal(expected.Keys.Order(StringComparer.Ordinal), found.Keys.Order(StringComparer.Ordinal));
        foreach (var (name, tensor) in expected)
        {
            Assert.Equal(tensor.dtype, found[name].dtype);
            Assert.Equal(tensor.shape, found[name].shape);
            Assert.Equal(tensor.bytes.ToArray(), found[name].bytes.ToArray());
        }
    }
}
