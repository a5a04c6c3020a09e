using Pupil.Images;
using Pupil.Images.Formats.Mnist;

namespace Pupil.Tests.Images.Formats.Mnist;

public sealed class IdxFileTests
{
    public static TheoryData<bool> Compression => [false, true];

    [Theory]
    [MemberData(nameof(Compression))]
    public void Sizes_and_bytes_are_those_written(bool isPacked)
    {
        byte[] bytes = [.. Enumerable.Range(0, 24).Select(i => (byte)(10 * i))];
        byte[] written = IdxWriter.Write(bytes, 2, 3, 4);
        using var file = new IdxFile(new MemoryStream(isPacked ? IdxWriter.Pack(written) : written), "a", 3);
        Assert.Equal([2, 3, 4], file.Dimensions);
        var read = new byte[24];
        file.Read(read.AsSpan(0, 5));
        file.Read(read.AsSpan(5));
        file.Finish();
        Assert.Equal(bytes, read);
    }

    [Theory]
    [MemberData(nameof(Compression))]
    public void A_file_cut_off_anywhere_or_too_long_is_refused(bool isPacked)
    {
        byte[] images = Pack(isPacked, IdxWriter.Images(2, 8, 8)), labels = Pack(isPacked, IdxWriter.Labels(2));
        Read(images, labels);
        for (int length = 0; length < images.Length; length++)
            AssertRefused(images[..length], labels);
        for (int length = 0; length < labels.Length; length++)
            AssertRefused(images, labels[..length]);
        AssertRefused([.. images, 0], labels);
        AssertRefused([.. images, .. images], labels);
        AssertRefused(images, [.. labels, .. labels]);
        AssertRefused(Pack(isPacked, [.. IdxWriter.Images(2, 8, 8), 0]), labels);
    }

    [Theory]
    [MemberData(nameof(Compression))]
    public void Other_types_and_dimensions_are_refused(bool isPacked)
    {
        byte[] labels = Pack(isPacked, IdxWriter.Labels(1));
        AssertRefused(labels, labels, "the first bytes 00000801", "00000803 (an IDX file of images)");
        byte[] images = Pack(isPacked, IdxWriter.Images(1, 2, 2));
        AssertRefused(images, images, "the first bytes 00000803", "00000801 (an IDX file of labels)");
        AssertRefused(Pack(isPacked, IdxWriter.Write(13, new byte[16], 1, 2, 2)), labels, "the first bytes 00000d03");
        AssertRefused(Pack(isPacked, "<!DOCTYPE html><html></html>"u8.ToArray()), labels, "the first bytes 3c21444f");
        AssertRefused(Pack(isPacked, IdxWriter.Write([], 0, 2, 2)), labels, "the size 0 as number 1 of 3");
        AssertRefused(Pack(isPacked, IdxWriter.Write([], 1, 2, 0)), labels, "the size 0 as number 3 of 3");
        AssertRefused(Pack(isPacked, IdxWriter.Write([], uint.MaxValue, 1, 1)), labels, "the size 4,294,967,295 as number 1 of 3");
        AssertRefused(Pack(isPacked, IdxWriter.Write([], 65_536, 65_536, 1)), labels, "the size 65,536 as number 2 of 3");
        AssertRefused(Pack(isPacked, IdxWriter.Write([], 2_000_000, 28, 28)), labels, "bytes", "1,568,000,016");
    }

    [Fact]
    public void A_short_file_that_claims_much_takes_little_memory()
    {
        byte[] labels = IdxWriter.Labels(1);
        byte[] claim = IdxWriter.Pack(IdxWriter.Write(new byte[100_000], 2_000_000, 28, 28));
        BitConverter.TryWriteBytes(claim.AsSpan(claim.Length - 4), 1_568_000_016); // gzip's own note agrees
        AssertCheap(claim, labels, "1,568,000,016");
        // Long enough for its declared sizes, as far as is known before it is inflated.
        byte[] start = IdxWriter.Pack(IdxWriter.Write(new byte[100_000], 60_000, 28, 28));
        byte[] longer = [.. start[..^8], .. new byte[100_000], .. BitConverter.GetBytes(47_040_016)];
        AssertCheap(longer, IdxWriter.Pack(IdxWriter.Write(new byte[60_000], 60_000)), "");
    }

    [Fact]
    public void A_bomb_is_inflated_no_further_than_its_sizes_tell()
    {
        byte[] bomb = IdxWriter.Pack(IdxWriter.Write(new byte[10_000_000], 1, 2, 2));
        AssertCheap(bomb, IdxWriter.Labels(1), "10,000,016");
        BitConverter.TryWriteBytes(bomb.AsSpan(bomb.Length - 4), 20); // a false note
        AssertCheap(bomb, IdxWriter.Labels(1), "more bytes than its sizes declare");
    }

    [Fact]
    public void Whatever_is_broken_only_errors_of_the_user_come_out()
    {
        byte[] images = IdxWriter.Images(3, 6, 5), labels = IdxWriter.Labels(3);
        byte[][] files = [images, IdxWriter.Pack(images)], labelFiles = [labels, IdxWriter.Pack(labels)];
        var (read, refused) = Fuzz.Run(seed: 28, cases: 5000, files, 1 << 20, bytes => Read(bytes, labels));
        Assert.True(read > 300 && refused > 2000, $"{read} read, {refused} refused");
        (read, refused) = Fuzz.Run(seed: 29, cases: 5000, labelFiles, 1 << 20, bytes => Read(images, bytes));
        Assert.True(read > 30 && refused > 2000, $"{read} read, {refused} refused");
    }

    private static void Read(byte[] imageFile, byte[] labelFile)
    {
        using var images = new IdxFile(new MemoryStream(imageFile), "a", 3);
        using var labels = new IdxFile(new MemoryStream(labelFile), "b", 1);
        bool isSmall = images.Dimensions[1] < 8 && images.Dimensions[2] < 8;
        ImageSet set = new MnistSource { Size = isSmall ? 8 : null }.Read("m", images, labels, null);
        Assert.Equal(images.Dimensions[0], set.Count);
        Assert.All(set.Labels, label => Assert.InRange(label, 0, 9));
    }

    private static byte[] Pack(bool isPacked, byte[] bytes) => isPacked ? IdxWriter.Pack(bytes) : bytes;

    private static void AssertCheap(byte[] images, byte[] labels, params string[] parts)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        AssertRefused(images, labels, parts);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_500_000);
    }

    private static void AssertRefused(byte[] images, byte[] labels, params string[] parts)
    {
        var error = Assert.Throws<UserErrorException>(() => Read(images, labels));
        Assert.Matches("^(a|b): found ", error.Message);
        Assert.DoesNotContain(error.Message, char.IsControl);
        Assert.All(parts, part => Assert.Contains(part, error.Message));
    }
}
