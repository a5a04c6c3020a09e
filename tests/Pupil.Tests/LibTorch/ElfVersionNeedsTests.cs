using Pupil.LibTorch;

namespace Pupil.Tests.LibTorch;

public sealed class ElfVersionNeedsTests
{
    private const string Library = "libstdc++.so.6";
    private static readonly string[] NewVersion = [TinyLibrary.NewVersion];

    [Fact]
    public void The_real_bindings_are_patched_in_two_bytes_of_flags_only()
    {
        var original = RealBindings();
        var need = Assert.Single(ElfVersionNeeds.Needed(original), need => need.Version == "GLIBCXX_3.4.32");
        Assert.False(need.IsWeak);

        var patched = ElfVersionNeeds.Weaken(original, Library, ["GLIBCXX_3.4.32"]);

        var weakened = Assert.Single(ElfVersionNeeds.Needed(patched), need => need.IsWeak);
        Assert.Equal(need with { IsWeak = true }, weakened);
        Assert.Equal([2, 0], patched[need.FlagsOffset..(need.FlagsOffset + 2)]);
        patched.AsSpan(need.FlagsOffset, 2).Clear();
        Assert.True(patched.AsSpan().SequenceEqual(original));
    }

    [Theory]
    [InlineData("GLIBCXX_3.4.30")]
    [InlineData("GLIBCXX_3.4")]
    [InlineData("CXXABI_1.3")]
    public void A_version_that_the_real_bindings_use_is_not_weakened(string version) =>
        Assert.Contains("is used by", Refusal(RealBindings(), version), StringComparison.Ordinal);

    [Fact]
    public void Needed_and_offered_versions_are_read()
    {
        var tiny = TinyLibrary.Bytes(ElfVersionNeeds.StreamsMarker);
        Assert.Equal(
            [(Library, TinyLibrary.OldVersion, 2), (Library, TinyLibrary.NewVersion, 3)],
            ElfVersionNeeds.Needed(tiny).Select(need => (need.Library, need.Version, need.Index)));
        Assert.Equal(["TINY_1", "TINY_2"], ElfVersionNeeds.Offered(tiny));
    }

    [Fact]
    public void The_streams_marker_may_lose_its_version_if_no_relocation_refers_to_it()
    {
        var tiny = TinyLibrary.Bytes(ElfVersionNeeds.StreamsMarker);
        var before = (byte[])tiny.Clone();

        var patched = ElfVersionNeeds.Weaken(tiny, Library, NewVersion);

        Assert.Equal(before, tiny);
        Assert.Equal([TinyLibrary.FlagsOfNewVersion], Differences(tiny, patched));
        Assert.Equal(2, patched[TinyLibrary.FlagsOfNewVersion]);
        Assert.Equal(patched, ElfVersionNeeds.Weaken(patched, Library, NewVersion));
    }

    [Fact]
    public void Any_other_symbol_keeps_its_version() =>
        Assert.Contains("is used by _ZSt4cerr", Refusal(TinyLibrary.Bytes("_ZSt4cerr"), TinyLibrary.NewVersion), StringComparison.Ordinal);

    [Fact]
    public void A_relocated_marker_keeps_its_version() =>
        Assert.Contains("relocation", Refusal(TinyLibrary.Bytes(ElfVersionNeeds.StreamsMarker, relocated: 2), TinyLibrary.NewVersion),
            StringComparison.Ordinal);

    [Fact]
    public void A_version_that_is_not_needed_is_refused() =>
        Assert.Contains("0 times", Refusal(TinyLibrary.Bytes(ElfVersionNeeds.StreamsMarker), "GLIBCXX_3.4.99"), StringComparison.Ordinal);

    [Theory]
    [InlineData("")]
    [InlineData("MZ this is something else, and it is longer than the header of an ELF file, which is 64 bytes")]
    [InlineData("\u007fELF")]
    public void Bytes_that_are_no_ELF_file_are_refused(string text) =>
        Assert.Contains("not an ELF file", Refusal(System.Text.Encoding.Latin1.GetBytes(text), "any"), StringComparison.Ordinal);

    [Fact]
    public void Every_shortened_file_is_refused()
    {
        var tiny = TinyLibrary.Bytes(ElfVersionNeeds.StreamsMarker);
        for (var length = 0; length < tiny.Length; length++) Refusal(tiny[..length], TinyLibrary.NewVersion);
    }

    [Fact]
    public void Every_single_flipped_bit_is_refused_or_patched_in_one_place()
    {
        var tiny = TinyLibrary.Bytes(ElfVersionNeeds.StreamsMarker);
        for (var bit = 0; bit < tiny.Length * 8; bit++)
        {
            tiny[bit / 8] ^= (byte)(1 << (bit % 8));
            AssertHarmless(tiny);
            tiny[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Fact]
    public void Heavily_damaged_files_are_refused_or_patched_in_one_place()
    {
        var random = new Random(1);
        for (var round = 0; round < 5000; round++)
        {
            var tiny = TinyLibrary.Bytes(ElfVersionNeeds.StreamsMarker);
            for (var hits = random.Next(1, 40); hits > 0; hits--)
                tiny[random.Next(16, tiny.Length)] = (byte)(random.Next(3) == 0 ? 0xff : random.Next(256));
            AssertHarmless(tiny);
        }
    }

    [Fact]
    public void The_real_bindings_shortened_or_with_flipped_bits_are_refused_or_patched_in_one_place()
    {
        var original = RealBindings();
        var random = new Random(2);
        var needs = ElfVersionNeeds.Needed(original)[0].FlagsOffset;
        int[] places = [0, needs - 64, original.Length - 2048];
        for (var round = 0; round < 150; round++)
        {
            Refusal(original.AsSpan(0, random.Next(original.Length)).ToArray(), TinyLibrary.NewVersion);
            var at = places[round % places.Length] + random.Next(places[round % places.Length] == 0 ? 64 : 1024);
            var flipped = (byte)(1 << random.Next(8));
            original[at] ^= flipped;
            AssertHarmless(original);
            original[at] ^= flipped;
        }
    }

    private static void AssertHarmless(byte[] bytes)
    {
        _ = Record(() => ElfVersionNeeds.Needed(bytes));
        _ = Record(() => ElfVersionNeeds.Offered(bytes));
        if (Record(() => ElfVersionNeeds.Weaken(bytes, Library, NewVersion)) is { } patched)
        {
            // None if a flipped bit has already made it weak.
            var common = bytes.AsSpan().CommonPrefixLength(patched);
            Assert.Equal(bytes.Length, patched.Length);
            Assert.True(common == bytes.Length || bytes.AsSpan(common + 1).SequenceEqual(patched.AsSpan(common + 1)));
        }
    }

    private static T? Record<T>(Func<T> read) where T : class
    {
        try
        {
            return read();
        }
        catch (ElfFormatException)
        {
            return null;
        }
    }

    private static string Refusal(byte[] bytes, string version) =>
        Assert.Throws<ElfFormatException>(() => ElfVersionNeeds.Weaken(bytes, Library, [version])).Message;

    private static IEnumerable<int> Differences(byte[] left, byte[] right) =>
        Enumerable.Range(0, left.Length).Where(index => left[index] != right[index]);

    private static byte[] RealBindings()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The bindings of other systems are not ELF files.");
        var files = TorchFiles.OfThisProcess();
        return File.ReadAllBytes(files.Find(files.Bindings) ?? throw new FileNotFoundException(files.Bindings));
    }
}
