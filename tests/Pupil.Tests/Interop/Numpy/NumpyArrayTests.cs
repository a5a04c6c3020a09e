using Pupil.Interop.Numpy;
using Pupil.Tests.References;
using static TorchSharp.torch;

namespace Pupil.Tests.Interop.Numpy;

/// <summary>Tests the reader of NumPy's arrays on files that NumPy wrote (References/make_pytorch_files.py), and on broken ones.</summary>
public sealed class NumpyArrayTests
{
    [Fact]
    public void Arrays_have_NumPys_shapes_types_and_numbers()
    {
        using var scope = NewDisposeScope();
        Same(tensor([0f, 1, 2, 3, 4, 5], [2, 3]), NumpyArray.Read(PathOf("float32.npy")));
        Same(tensor(1.5), NumpyArray.Read(PathOf("float64.npy")));
        Same(tensor([0.5f]).to(ScalarType.Float16), NumpyArray.Read(PathOf("float16.npy")));
        Same(tensor([-1L, 1L << 40], [2, 1]), NumpyArray.Read(PathOf("int64.npy")));
        Same(zeros([0, 3], ScalarType.Byte), NumpyArray.Read(PathOf("uint8.npy")));
    }

    [Theory]
    [InlineData("fortran.npy", "an array in Fortran's order")]
    [InlineData("objects.npy", "numbers of type '|O'")]
    [InlineData("big-endian.npy", "numbers of type '>f8'")]
    [InlineData("plain.pkl", "other bytes at its start")]
    [InlineData("missing.npy", "cannot be read")]
    public void Other_files_are_refused(string file, string said) =>
        Assert.Contains(said, Assert.Throws<UserErrorException>(() => NumpyArray.Read(PathOf(file))).Message);

    [Fact]
    public void Damaged_files_are_read_or_refused_in_time_and_memory()
    {
        using var folder = new TemporaryFolder();
        byte[][] valid = [File.ReadAllBytes(PathOf("float32.npy")), File.ReadAllBytes(PathOf("int64.npy"))];
        var (read, refused) = Fuzz.Run(8, 1500, valid, 1 << 20, bytes =>
        {
            File.WriteAllBytes(folder["broken.npy"], bytes);
            NumpyArray.Read(folder["broken.npy"]).Dispose();
        });
        Assert.True(read > 0 && refused > read / 10, $"{read} read, {refused} refused");
    }

    private static string PathOf(string file) =>
        Path.Combine(Path.GetDirectoryName(ReferenceNumbers.Find("references.json"))!, "pytorch", file);

    private static void Same(Tensor expected, Tensor found)
    {
        Assert.Equal(expected.dtype, found.dtype);
        Assert.Equal(expected.shape, found.shape);
        Assert.True(expected.eq(found).all().item<bool>());
    }
}
