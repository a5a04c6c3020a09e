using System.IO.Compression;
using System.Text;
using Pupil.Interop.PyTorch;
using Pupil.Tests.References;
using static TorchSharp.torch;

namespace Pupil.Tests.Interop.PyTorch;

/// <summary>
/// Tests the reader of torch.save's files on files that PyTorch wrote (References/make_pytorch_files.py) and on broken and hostile ones.
/// </summary>
public sealed class PyTorchFileTests
{
    [Theory]
    [InlineData("zip.pt")]
    [InlineData("legacy.pt")]
    public void Tensors_of_every_type_and_layout_are_as_PyTorch_wrote_them(string file)
    {
        using var scope = NewDisposeScope();
        var weights = PyTorchFile.ReadWeights(PathOf(file)).Weights;
        string[] names =
            ["plain", "transposed", "part", "parameter", "half", "brain", "double", "long", "byte", "bool", "scalar", "empty"];
        Assert.Equal(names, weights.Keys.Select(name => name["module.".Length..]));
        var count = arange(24, dtype: ScalarType.Float32).reshape(4, 6);
        Same(count, weights["module.plain"]);
        Same(count.t(), weights["module.transposed"]);
        Same(tensor([6f, 8, 10, 12, 14, 16], [2, 3]), weights["module.part"]);
        Same(tensor([1.5f, -2]), weights["module.parameter"]);
        Same(tensor([0.5f, 65504]).to(ScalarType.Float16), weights["module.half"]);
        Same(tensor([1f, 3]).to(ScalarType.BFloat16), weights["module.brain"]);
        Same(tensor([1e-300]), weights["module.double"]);
        Same(tensor([-(1L << 62), 7L]), weights["module.long"]);
        Same(tensor(new byte[] { 0, 255 }), weights["module.byte"]);
        Same(tensor(new[] { true, false }), weights["module.bool"]);
        Same(tensor(42f), weights["module.scalar"]);
        Same(zeros(0, 3), weights["module.empty"]);
    }

    [Fact]
    public void Weights_are_found_without_a_key_and_by_one()
    {
        using var scope = NewDisposeScope();
        var state = PyTorchFile.ReadWeights(PathOf("state.pt")).Weights;
        Assert.Contains("0.weight", state.Keys);
        Assert.Equal(state.Keys, PyTorchFile.ReadWeights(PathOf("checkpoint.pt")).Weights.Keys);
        Assert.Equal(12, PyTorchFile.ReadWeights(PathOf("zip.pt"), "state_dict").Weights.Count);
        string error = Assert.Throws<UserErrorException>(() => PyTorchFile.ReadWeights(PathOf("zip.pt"), "model")).Message;
        Assert.Contains("no weights under 'model'; found 'state_dict', 'epoch'", error);
    }

    [Theory]
    [InlineData("attack.pt", "'weights' needs posix.system, which is refused")]
    [InlineData("attack-legacy.pt", "'weights' needs posix.system, which is refused")]
    [InlineData("own-class.pt", "'model' needs __main__.Own, which is refused")]
    [InlineData("sparse.pt", "the weight '0.weight' needs torch._utils._rebuild_sparse_tensor, which is refused")]
    [InlineData("numpy-weight.pt", "the weight '0.weight' needs numpy.core.multiarray._reconstruct, which is refused")]
    [InlineData("two.pt", "found weights under 'generator' (7), 'discriminator' (7), expected one set of them; name the entry")]
    [InlineData("plain.pkl", "none that torch.save wrote")]
    [InlineData("no-pickle.zip", "a zip without data.pkl")]
    [InlineData("missing.pt", "there is no such file")]
    public void Files_without_weights_are_refused_by_name_and_no_code_runs(string file, string said)
    {
        Assert.Contains(said, Assert.Throws<UserErrorException>(() => PyTorchFile.ReadWeights(PathOf(file))).Message);
        Assert.False(File.Exists("/tmp/pupil-was-attacked"));
    }

    [Theory]
    [InlineData("zip.pt")]
    [InlineData("legacy.pt")]
    public void A_file_cut_off_anywhere_is_refused(string file)
    {
        using var folder = new TemporaryFolder();
        byte[] whole = File.ReadAllBytes(PathOf(file));
        for (int length = 0; length < whole.Length; length += 37)
        {
            File.WriteAllBytes(folder["cut.pt"], whole[..length]);
            Assert.Throws<UserErrorException>(() => Dispose(PyTorchFile.ReadWeights(folder["cut.pt"]).Weights));
        }
    }

    [Fact]
    public void Broken_files_are_read_or_refused_in_time_and_memory()
    {
        using var folder = new TemporaryFolder();
        string[] files = ["zip.pt", "legacy.pt", "trainer.pt", "trainer-legacy.pt", "whole-model.pt", "script.pt"];
        var (read, refused) = Fuzz.Run(7, 3000, [.. files.Select(file => File.ReadAllBytes(PathOf(file)))], 64 << 20, bytes =>
        {
            File.WriteAllBytes(folder["broken.pt"], bytes);
            Dispose(PyTorchFile.ReadWeights(folder["broken.pt"]).Weights);
        });
        Assert.True(read > 0 && refused > read / 10, $"{read} read, {refused} refused");
    }

    [Theory]
    // A storage of 2 numbers, and a tensor that declares more of them or another offset.
    [InlineData(0, new long[] { 3 }, new long[] { 1 })]
    [InlineData(1, new long[] { 2 }, new long[] { 1 })]
    [InlineData(-1, new long[] { 2 }, new long[] { 1 })]
    [InlineData(0, new long[] { 2 }, new long[] { 2 })]
    [InlineData(0, new long[] { 2 }, new long[] { -1 })]
    [InlineData(0, new long[] { 1L << 40, 1L << 40 }, new long[] { 0, 0 })]
    [InlineData(0, new long[] { 2 }, new long[] { 1, 1 })]
    public void Tensors_beyond_their_storage_are_refused(long offset, long[] shape, long[] stride)
    {
        var storage = new PickledStorage("0", ScalarType.Float32, 2, 4);
        object?[] sizes = [.. shape.Cast<object?>()], strides = [.. stride.Cast<object?>()];
        object?[] arguments = [storage, offset, sizes, strides, false, new PickledDictionary()];
        var pickle = new PickleStream(new MemoryStream(), "evil.pt");
        string error = Assert.Throws<UserErrorException>(
            () => PickledTorch.Tensor(new PickledName("torch._utils", "_rebuild_tensor_v2"), arguments, pickle)).Message;
        Assert.Contains("a tensor whose parts do not fit together", error);
    }

    [Theory]
    // Nesting without end, recalls of nothing, half an entry, numbers of a gigabyte, calls of what is no name.
    [InlineData("(((((((((.")]
    [InlineData("h\x07.")]
    [InlineData("}(K\x01u.")]
    [InlineData("\x8b\xff\xff\xff\x7f.")]
    [InlineData("K\u0001b.")]
    [InlineData("K\u0001K\u0002\u0093.")]
    [InlineData("cbuiltins\neval\nK\x01R.")]
    [InlineData("(o.")]
    [InlineData("K\x01)R.")]
    [InlineData("X\xff\xff\xff\x7f.")]
    [InlineData("I12abc\n.")]
    public void Hostile_pickles_are_refused(string pickle)
    {
        byte[] bytes = [.. pickle.Select(letter => (byte)letter)];
        Assert.Throws<UserErrorException>(() => new Unpickler(new PickleStream(new MemoryStream(bytes), "evil.pt")).Read());
    }

    [Theory]
    [InlineData("cos\nsystem\n\x8c\u0004true\x85R.")]
    [InlineData("\x8c\x02os\x8c\x06system\x93\x8c\u0004true\x85R.")]
    [InlineData("(\x8c\u0004trueios\nsystem\n.")]
    [InlineData("(cos\nsystem\n\x8c\u0004trueo.")]
    [InlineData("cos\nsystem\n\x8c\u0004true\x85\x81}\u008c\u0001aK\u0001sb.")]
    [InlineData("cos\nsystem\n\x8c\u0004true\x85}\x92.")]
    public void A_call_stays_its_name_and_its_arguments(string pickle)
    {
        byte[] bytes = [.. pickle.Select(letter => (byte)letter)];
        var read = new Unpickler(new PickleStream(new MemoryStream(bytes), "evil.pt")).Read();
        var value = Assert.IsType<PickledObject>(read);
        Assert.Equal("os.system", value.Name.ToString());
        Assert.Equal<object?>(["true"], value.Arguments);
    }

    [Fact]
    public void A_pickle_of_more_values_than_its_bytes_explain_is_refused()
    {
        byte[] dictionaries = [0x80, 2, .. Enumerable.Repeat((byte)'}', 100_000), (byte)'.'];
        Assert.Contains("too many for", Refused(dictionaries));

        // 2,000 dictionaries of one list with 2,000 pairs: 14 kB that would become four million entries.
        var bytes = new List<byte>([0x80, 2, (byte)'(', (byte)']', (byte)'q', 0, (byte)'(']);
        for (int i = 0; i < 2_000; i++)
            bytes.AddRange([(byte)'M', (byte)i, (byte)(i >> 8), (byte)'N', 0x86]);
        bytes.Add((byte)'e');
        for (int i = 0; i < 2_000; i++)
            bytes.AddRange([.. "ccollections\nOrderedDict\n"u8, (byte)'h', 0, 0x85, (byte)'R']);
        Assert.Contains("too many for", Refused([.. bytes, (byte)'t', (byte)'.']));

        static string Refused(byte[] pickle) => Assert.Throws<UserErrorException>(
            () => new Unpickler(new PickleStream(new MemoryStream(pickle), "evil.pt")).Read()).Message;
    }

    [Fact]
    public void Modules_that_hold_themselves_are_refused_in_time()
    {
        using var folder = new TemporaryFolder();
        // {'a': M, 'b': M} are the modules of M itself, which has a tensor.
        var bytes = new List<byte>([0x80, 2, .. "ctorch.nn\nM\n"u8, (byte)')', 0x81, (byte)'q', 0, (byte)'}', (byte)'(']);
        foreach (string part in new[] { "_parameters", "_modules" })
        {
            bytes.AddRange([0x8c, (byte)part.Length, .. Encoding.ASCII.GetBytes(part), (byte)'}', (byte)'(']);
            foreach (string name in new[] { "a", "b" })
                bytes.AddRange([0x8c, 1, (byte)name[0], .. part == "_modules" ? "h\0"u8 : "N"u8]);
            bytes.Add((byte)'u');
        }
        bytes.AddRange([(byte)'u', (byte)'b', (byte)'.']);
        using (var zip = ZipFile.Open(folder["loop.pth"], ZipArchiveMode.Create))
        {
            using var pickle = zip.CreateEntry("archive/data.pkl", CompressionLevel.NoCompression).Open();
            pickle.Write([.. bytes]);
        }
        Assert.Contains("a module of over", Assert.Throws<UserErrorException>(() => PyTorchFile.ReadWeights(folder["loop.pth"])).Message);
    }

    [Fact]
    public void A_compressed_pickle_that_is_larger_than_its_file_is_refused_before_it_is_read()
    {
        using var folder = new TemporaryFolder();
        using (var zip = ZipFile.Open(folder["bomb.pth"], ZipArchiveMode.Create))
        {
            using var pickle = zip.CreateEntry("archive/data.pkl", CompressionLevel.Optimal).Open();
            pickle.Write([0x80, 2, .. Enumerable.Repeat((byte)'N', 1_000_000), (byte)'.']);
        }
        string error = Assert.Throws<UserErrorException>(() => PyTorchFile.ReadWeights(folder["bomb.pth"])).Message;
        Assert.Contains("found 1,000,003 bytes in archive/data.pkl, expected at most", error);
    }

    [Fact]
    public void Many_views_of_one_storage_are_refused()
    {
        const int Numbers = 10_000, Views = 1_000;
        using var folder = new TemporaryFolder();
        using (var zip = ZipFile.Open(folder["views.pth"], ZipArchiveMode.Create))
        {
            Store(zip, "archive/data/0", new byte[4 * Numbers]);
            Store(zip, "archive/data.pkl", Pickle());
        }
        string error = Assert.Throws<UserErrorException>(() => PyTorchFile.ReadWeights(folder["views.pth"])).Message;
        Assert.Contains("expected at most 8 times as many", error);

        static void Store(ZipArchive zip, string name, byte[] content)
        {
            using var entry = zip.CreateEntry(name, CompressionLevel.NoCompression).Open();
            entry.Write(content);
        }

        static byte[] Pickle()
        {
            byte[] count = [(byte)'M', Numbers & 255, Numbers >> 8];
            var bytes = new List<byte>([0x80, 2, (byte)'}', (byte)'(']);
            for (int i = 0; i < Views; i++)
            {
                byte[] name = Encoding.ASCII.GetBytes($"view{i:0000}");
                bytes.AddRange([0x8c, (byte)name.Length, .. name, .. "ctorch._utils\n_rebuild_tensor_v2\n(("u8, 0x8c, 7, .. "storage"u8,
                    .. "ctorch\nFloatStorage\n"u8, 0x8c, 1, (byte)'0', 0x8c, 3, .. "cpu"u8, .. count, .. "tQK\0"u8, .. count, 0x85,
                    .. "K\x01"u8, 0x85, 0x89, (byte)'}', .. "tR"u8]);
            }
            return [.. bytes, (byte)'u', (byte)'.'];
        }
    }

    private static string PathOf(string file) =>
        Path.Combine(Path.GetDirectoryName(ReferenceNumbers.Find("references.json"))!, "pytorch", file);

    private static void Same(Tensor expected, Tensor found)
    {
        Assert.Equal(expected.dtype, found.dtype);
        Assert.Equal(expected.shape, found.shape);
        Assert.True(expected.eq(found).all().item<bool>());
    }

    private static void Dispose(IReadOnlyDictionary<string, Tensor> tensors)
    {
        foreach (var found in tensors.Values)
            found.Dispose();
    }
}
