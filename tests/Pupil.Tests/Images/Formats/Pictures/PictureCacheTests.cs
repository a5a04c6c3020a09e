using System.Collections.Concurrent;
using Pupil.Images;
using Pupil.Images.Formats.Folder;
using Pupil.Images.Formats.Pictures;
using Pupil.Images.Formats.Trees;
using Pupil.Inference.Pictures;
using Pupil.Tests.Images.Formats.Trees;

namespace Pupil.Tests.Images.Formats.Pictures;

public sealed class PictureCacheTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Log _log = new();

    public PictureCacheTests()
    {
        for (int i = 0; i < 6; i++)
            Write($"{(i % 2 == 0 ? "cat" : "dog")}/{i}.bmp", TinyPictures.Bmp(i));
    }

    private string Pictures => _folder["pictures"];

    private string Cache => _folder["cache"];

    private FolderSource Source => new() { Path = Pictures, Size = 8 };

    private LoadContext Context => new() { CacheFolder = Cache, Progress = _log };

    [Fact]
    public void The_second_opening_reads_no_picture()
    {
        var first = Load();
        Assert.True(_log.Decoded);
        foreach (string file in Directory.EnumerateFiles(Pictures, "*", SearchOption.AllDirectories))
        {
            var time = File.GetLastWriteTimeUtc(file);
            File.WriteAllBytes(file, new byte[new FileInfo(file).Length]); // a read would find this content
            File.SetLastWriteTimeUtc(file, time);
        }
        _log.Clear();
        AssertSame(first, Load());
        Assert.Empty(_log.Reports);
    }

    [Fact]
    public void A_picture_with_another_time_is_hashed_but_not_decoded()
    {
        var first = Load();
        string packed = Assert.Single(Packed());
        var written = File.GetLastWriteTimeUtc(packed);
        File.SetLastWriteTimeUtc(Path.Combine(Pictures, "cat/0.bmp"), DateTime.UtcNow.AddDays(-3));
        _log.Clear();
        AssertSame(first, Load());
        Assert.False(_log.Decoded);
        Assert.Equal((packed, written), (Assert.Single(Packed()), File.GetLastWriteTimeUtc(packed)));
    }

    [Fact]
    public void Whatever_changes_the_images_makes_another_file()
    {
        var first = Load();
        string[] fingerprints =
        [
            first.Train.Fingerprint,
            Changed(() => Write("cat/0.bmp", TinyPictures.Bmp(77))),
            Changed(() => Write("cat/9.bmp", TinyPictures.Bmp(9))),
            Changed(() => File.Delete(Path.Combine(Pictures, "dog/1.bmp"))),
            Load(Source with { Size = 9 }).Train.Fingerprint,
            Load(Source with { Size = 9, Grey = true }).Train.Fingerprint,
        ];
        Assert.Equal(fingerprints.Length, fingerprints.Distinct().Count());
        Assert.Equal(fingerprints.Length, Packed().Length);
        Write("cat/wide.bmp", TinyPictures.Bmp(1, 8, 20));
        string[] fits = [.. Enum.GetValues<PictureFit>().Select(fit => Load(Source with { Fit = fit }))
            .Select(splits => splits.Train.Fingerprint + splits.Test.Fingerprint)];
        Assert.Equal(3, fits.Distinct().Count());

        string Changed(Action change)
        {
            change();
            return Load().Train.Fingerprint;
        }
    }

    [Fact]
    public void Equal_pictures_elsewhere_are_not_decoded_again()
    {
        var first = Load();
        Directory.Move(Pictures, _folder["moved"]);
        _log.Clear();
        AssertSame(first, Load(Source with { Path = _folder["moved"] }));
        Assert.False(_log.Decoded);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    [InlineData(200_000)]
    [InlineData(-1)]
    public void A_damaged_file_is_made_anew(int length)
    {
        var first = Load();
        string fingerprint = first.Train.Fingerprint;
        using (var file = new FileStream(Assert.Single(Packed()), FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
            file.SetLength(length >= 0 ? length : file.Length - 1);
        _log.Clear();
        Assert.Equal(fingerprint, Load().Train.Fingerprint);
        Assert.True(_log.Decoded);
        _log.Clear();
        Assert.Equal(fingerprint, Load().Train.Fingerprint);
        Assert.False(_log.Decoded);
    }

    [Theory]
    [InlineData("")]
    [InlineData("nothing.safetensors")]
    [InlineData("../../../etc/passwd")]
    [InlineData("\0")]
    public void A_damaged_stamp_is_made_anew(string text)
    {
        var first = Load();
        File.WriteAllText(Assert.Single(Directory.GetFiles(Cache, "*.stamp")), text);
        _log.Clear();
        AssertSame(first, Load());
        Assert.False(_log.Decoded);
    }

    [Fact]
    public void Many_at_once_come_to_the_same()
    {
        var all = new DataSplits[6];
        var failures = new ConcurrentBag<Exception>();
        Thread[] threads = [.. Enumerable.Range(0, all.Length).Select(i => new Thread(() =>
        {
            try { all[i] = Load(); }
            catch (Exception error) { failures.Add(error); }
        }))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        Assert.Empty(failures);
        Assert.All(all, splits => AssertSame(all[0], splits));
        AssertNothingHalfWritten(packed: 1);
    }

    [Fact]
    public void Stopping_leaves_nothing_behind()
    {
        using var stop = new CancellationTokenSource();
        for (int i = 0; i < 300; i++)
            Write($"cat/more{i}.bmp", TinyPictures.Bmp(i));
        var context = Context with { Stop = stop.Token, Progress = new Log(report => report.Activity == "decoding pictures", stop.Cancel) };
        Assert.ThrowsAny<OperationCanceledException>(() => Source.Load(context));
        AssertNothingHalfWritten(packed: 0);
        Assert.Equal(306, Load() is var splits ? splits.Train.Count + splits.Test.Count : 0);
    }

    [Fact]
    public void All_broken_pictures_are_counted_and_the_first_are_named()
    {
        for (int i = 0; i < 7; i++)
            Write($"cat/bad{i}.jpg", [.. "This is a text."u8]);
        Write("cat/bad0.png", []);
        var error = Assert.Throws<UserErrorException>(() => Load());
        Assert.Contains("found 8 of 14 pictures that cannot be used", error.Message);
        Assert.Contains("cat/bad0.png is empty", error.Message);
        Assert.Contains("cat/bad0.jpg is no picture", error.Message);
        Assert.Contains("and 3 more", error.Message);
        Assert.Contains("set data.source.skipBroken to true", error.Message);
        Assert.IsType<BrokenPicturesFound>(error.Cause);
        Assert.DoesNotContain(error.Message, char.IsControl);
        // The decoded pictures stay in the cache, so that leaving the broken ones out does not decode again.
        AssertNothingHalfWritten(packed: 1);
        Assert.Equal(8, Load(Source with { SkipBroken = true }).LeftOutCount);
        AssertNothingHalfWritten(packed: 1);
        Assert.Throws<UserErrorException>(() => Load());
    }

    [Fact]
    public void Broken_pictures_are_left_out_where_that_is_asked_for()
    {
        var plain = Load(Source with { TestShare = 0.5 });
        Write("cat/2-bad.jpg", [.. "This is a text."u8]);
        var splits = Load(Source with { SkipBroken = true, TestShare = 0.5 });
        var left = Assert.Single(splits.LeftOut);
        Assert.Equal((1, "cat/2-bad.jpg"), (splits.LeftOutCount, left.File));
        Assert.StartsWith("is no picture (expected JPEG, PNG, WebP, BMP or GIF)", left.Reason);
        Assert.Equal(6, splits.Train.Count + splits.Test.Count);
        byte[][] expected = [.. Images(plain).OrderBy(Convert.ToHexString)];
        Assert.Equal(expected, Images(splits).OrderBy(Convert.ToHexString));
        for (int i = 0; i < splits.Train.Count; i++)
        {
            int picture = Enumerable.Range(0, 6).Single(seed => splits.Train.Image(i).SequenceEqual(TinyPictures.Noise(8, 8, seed)));
            Assert.Equal(picture % 2, splits.Train.Labels[i]);
        }
        Assert.Single(Load(Source with { SkipBroken = true, TestShare = 0.5 }).LeftOut);
    }

    [Fact]
    public void However_many_are_left_out_they_are_counted()
    {
        for (int i = 0; i < 230; i++)
            Write($"cat/bad {new string('é', 90)}\"{i}.jpg", [1, 2, 3]);
        var splits = Load(Source with { SkipBroken = true });
        Assert.Equal((230, 200), (splits.LeftOutCount, splits.LeftOut.Count));
        Assert.Equal(230, Load(Source with { SkipBroken = true }).LeftOutCount);
    }

    [Fact]
    public void A_class_without_a_whole_picture_is_an_error()
    {
        foreach (int i in (int[])[1, 3, 5])
            Write($"dog/{i}.bmp", []);
        var error = Assert.Throws<UserErrorException>(() => Load(Source with { SkipBroken = true }));
        Assert.Contains("'dog'", error.Message);
        Assert.Contains("Left out as broken: dog/1.bmp is empty", error.Message);
        AssertNothingHalfWritten(packed: 0);
    }

    [Fact]
    public void A_picture_that_vanishes_while_others_are_decoded_is_reported()
    {
        for (int i = 0; i < 100; i++)
            Write($"cat/more{i}.bmp", TinyPictures.Bmp(i));
        // Listed, but gone when the pictures are decoded.
        PicturePart[] parts =
        [
            new("train", [new("cat/0.bmp", 0), new("dog/1.bmp", 1), new("dog/gone.bmp", 1)]),
            new("test", [new("cat/2.bmp", 0)]),
        ];
        var list = new PictureList("folder", ["a", "b"], parts);
        var options = new PictureOptions(8, PictureFit.Crop, 3, SkipBroken: false);
        using var tree = FileTree.Open(Pictures);
        var error = Assert.Throws<UserErrorException>(() => PictureCache.Load(tree, list, options, Context));
        Assert.Contains("found 1 of 4 pictures that cannot be used: dog/gone.bmp is gone", error.Message);
        // The picture may be back next time with the same state of the others: no stamp is written.
        Assert.Equal(Assert.Single(Packed()), Assert.Single(Directory.GetFiles(Cache)));
    }

    [Fact]
    public void A_full_disk_is_a_user_error_and_leaves_nothing()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Needs Linux's small file systems in memory.");
        Directory.CreateDirectory(Cache);
        string[] arguments = ["-t", "tmpfs", "-o", "size=64k", "tmpfs", Cache];
        var start = new System.Diagnostics.ProcessStartInfo("mount", arguments) { RedirectStandardError = true };
        using var mount = System.Diagnostics.Process.Start(start)!;
        mount.WaitForExit();
        Assert.SkipUnless(mount.ExitCode == 0, "May not mount a small file system here, so that no disk can be filled.");
        try
        {
            var error = Assert.Throws<UserErrorException>(() => Load(Source with { Size = 64 }));
            Assert.Contains("the disk is full", error.Message);
            AssertNothingHalfWritten(packed: 0);
        }
        finally
        {
            using var unmount = System.Diagnostics.Process.Start("umount", [Cache]);
            unmount.WaitForExit();
        }
    }

    [Fact]
    public void A_file_in_the_folder_s_place_is_a_user_error()
    {
        File.WriteAllText(Cache, "");
        string message = Assert.Throws<UserErrorException>(() => Load()).Message;
        Assert.Contains("the cache folder of decoded pictures cannot be created", message);
    }

    [Fact]
    public void An_archive_is_found_by_its_own_content()
    {
        (string, byte[])[] files =
            [.. Enumerable.Range(0, 6).Select(i => ($"{(i % 2 == 0 ? "cat" : "dog")}/{i}.bmp", TinyPictures.Bmp(i)))];
        File.WriteAllBytes(_folder["pictures.zip"], TinyArchives.Zip(files));
        var source = Source with { Path = _folder["pictures.zip"] };
        var first = Load(source);
        AssertSame(Load(), first);
        File.SetLastWriteTimeUtc(source.Path, DateTime.UtcNow.AddDays(-1));
        _log.Clear();
        AssertSame(first, Load(source));
        Assert.False(_log.Decoded);
    }

    [Fact]
    public void The_folder_follows_the_variables()
    {
        var none = new LoadContext();
        Assert.Equal("/given", (none with { CacheFolder = "/given" }).FolderOfCache(_ => "/other"));
        Assert.Equal(Path.GetFullPath("/chosen"), none.FolderOfCache(name => name == "PUPIL_CACHE" ? "/chosen" : "/xdg"));
        Assert.Equal(Path.Combine("/xdg", "pupil", "images"), none.FolderOfCache(name => name == "XDG_CACHE_HOME" ? "/xdg" : null));
        string folder = none.FolderOfCache(name => name == "XDG_CACHE_HOME" ? "relative" : null);
        Assert.EndsWith(Path.Combine(".cache", "pupil", "images"), folder);
    }

    public void Dispose() => _folder.Dispose();

    private DataSplits Load(FolderSource? source = null) => (source ?? Source).Load(Context);

    private void Write(string name, byte[] bytes)
    {
        string path = Path.Combine(Pictures, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, bytes);
    }

    private string[] Packed() => Directory.GetFiles(Cache, "*.safetensors");

    private void AssertNothingHalfWritten(int packed)
    {
        string[] files = Directory.Exists(Cache) ? Directory.GetFiles(Cache) : [];
        Assert.Equal(packed, files.Count(file => file.EndsWith(".safetensors", StringComparison.Ordinal)));
        Assert.Equal(packed, files.Count(file => file.EndsWith(".stamp", StringComparison.Ordinal)));
        Assert.Equal(2 * packed, files.Length);
    }

    private static IEnumerable<byte[]> Images(DataSplits splits) =>
        splits.Parts.SelectMany(part => Enumerable.Range(0, part.Images.Count).Select(i => part.Images.Image(i).ToArray()));

    private static void AssertSame(DataSplits expected, DataSplits actual)
    {
        Assert.Equal(expected.Train.Fingerprint, actual.Train.Fingerprint);
        Assert.Equal(expected.Test.Fingerprint, actual.Test.Fingerprint);
        Assert.Equal(Images(expected), Images(actual));
        Assert.Equal(expected.Train.Labels, actual.Train.Labels);
    }

    /// <summary>Records progress reports, and runs an action on some of them.</summary>
    private sealed class Log(Func<LoadProgress, bool>? when = null, Action? then = null) : IProgress<LoadProgress>
    {
        private readonly ConcurrentQueue<LoadProgress> _reports = new();

        public IEnumerable<LoadProgress> Reports => _reports;

        public bool Decoded => _reports.Any(report => report.Activity == "decoding pictures");

        public void Clear() => _reports.Clear();

        public void Report(LoadProgress value)
        {
            _reports.Enqueue(value);
            if (when?.Invoke(value) == true)
                then!();
        }
    }
}
