using System.Collections.Concurrent;
using Pupil.Core;
using Pupil.Images.Formats.Packed;
using Pupil.Images.Formats.Trees;
using Pupil.Inference.Pictures;

namespace Pupil.Images.Formats.Pictures;

/// <summary>Decodes a list of pictures on all cores into a packed file.</summary>
internal sealed class PicturePacking(FileTree tree, PictureList list, PictureOptions options, LoadContext setting)
{
    private readonly ConcurrentDictionary<long, LeftOutFile> _broken = new();
    private readonly PictureSize[] _sizes = new PictureSize[list.Parts.Sum(part => part.Pictures.Count)];
    private PackedWriter? _writer;
    private long _done;

    /// <summary>Writes the packed file, without the pictures that cannot be used: whether that will do is for its reader to say.</summary>
    /// <exception cref="UserErrorException">Too few pictures are left, or the file cannot be written.</exception>
    public void Write(string path) => AtomicFile.Write(path, file =>
    {
        _writer = new PackedWriter(file, (options.Size, options.Size, options.Channels), list.Classes);
        DecodeAll();
        var parts = Remaining();
        LeftOutFile[] leftOut = [.. _broken.Values.OrderBy(file => file.File, StringComparer.Ordinal)];
        CheckRest([.. parts.Select(part => part.List)], leftOut);
        _writer.Finish(list.Name, list.Classes, [.. parts.Select(part => part.Packed)], leftOut);
    });

    private void CheckRest(IReadOnlyList<PicturePart> parts, LeftOutFile[] leftOut)
    {
        try
        {
            (list with { Parts = parts }).Check(tree.Path);
        }
        catch (UserErrorException error) when (leftOut.Length > 0)
        {
            // Why there are too few is what a person wants to know.
            throw options.SkipBroken
                ? new UserErrorException($"{error.Message} Left out as broken: {BrokenPictures.Shown(leftOut.Length, leftOut)}.", error)
                : BrokenPictures.Refuse(tree.Path, leftOut.Length, _sizes.Length, leftOut);
        }
    }

    private void DecodeAll()
    {
        var slots = new Dictionary<string, List<long>>(StringComparer.Ordinal);
        long slot = 0;
        foreach (var picture in list.Parts.SelectMany(part => part.Pictures))
        {
            // A list may name a picture twice, an archive is walked through but once.
            if (!slots.TryGetValue(picture.File, out var places))
                slots.Add(picture.File, places = new List<long>(1));
            places.Add(slot++);
        }
        var files = tree.Files(slots.ContainsKey).Where(file => slots.ContainsKey(file.Name));
        TreeWork.ForEach(files,
            () => (Decoder: new PictureDecoder(options.Size, options.Fit, options.Channels), Pixels: new byte[options.Size * options.Size * options.Channels]),
            (file, worker) => Decode(file, slots[file.Name], worker.Decoder, worker.Pixels), setting.Stop);
        foreach (var (name, places) in slots)
        {
            // Never looked at, since it was listed but is there no more.
            if (_sizes[places[0]] == default && !_broken.ContainsKey(places[0]))
                LeaveOut(name, places, "is gone: it was there a moment ago");
        }
    }

    private void Decode(TreeFile file, List<long> places, PictureDecoder decoder, byte[] pixels)
    {
        try
        {
            var size = decoder.Decode(file.Read(), pixels);
            foreach (long slot in places)
            {
                _sizes[slot] = size;
                _writer!.WriteImage(slot, pixels);
            }
        }
        catch (Exception error) when (error is BrokenPictureException or UserErrorException)
        {
            // A message that names the file again would say it twice.
            string reason = error is BrokenPictureException
                ? error.Message
                : error.Message[(error.Message.IndexOf(": ", StringComparison.Ordinal) + 2)..].TrimEnd('.');
            LeaveOut(file.Name, places, reason);
        }
        long done = Interlocked.Add(ref _done, places.Count);
        if (done / 64 != (done - places.Count) / 64 || done == _sizes.Length)
            setting.Progress?.Report(new LoadProgress("decoding pictures", done, _sizes.Length));
    }

    private void LeaveOut(string file, List<long> places, string reason)
    {
        foreach (long slot in places)
            _broken[slot] = new LeftOutFile(file, reason);
    }

    private List<(PicturePart List, PackedPart Packed)> Remaining()
    {
        var parts = new List<(PicturePart, PackedPart)>();
        long first = 0;
        foreach (var (part, pictures) in list.Parts)
        {
            int[] kept = [.. Enumerable.Range(0, pictures.Count).Where(i => !_broken.ContainsKey(first + i))];
            long start = first;
            PictureSize[] sizes = [.. kept.Select(i => _sizes[start + i])];
            var boxes = pictures.Count > 0 && pictures[0].Box is not null
                ? kept.Select((i, at) => PictureLayout.FromFit(options.Fit, sizes[at].Height, sizes[at].Width, options.Size).Map(pictures[i].Box!.Value)).ToArray()
                : null;
            bool resized = sizes.Any(size => size != new PictureSize(options.Size, options.Size));
            parts.Add((new PicturePart(part, [.. kept.Select(i => pictures[i])]), new PackedPart(
                part, $"{list.Name}/{part}", [.. kept.Select(i => start + i)], [.. kept.Select(i => pictures[i].Label)], boxes, resized ? sizes : null)));
            first += pictures.Count;
        }
        return parts;
    }
}
