using System.Collections.Concurrent;
using Pupil.Images.Formats.Packed;
using Pupil.Images.Formats.Trees;
using Pupil.Inference.Pictures;

namespace Pupil.Images.Formats.Pictures;

/// <summary>Decodes a list of pictures into a packed file, on all cores.</summary>
internal sealed class PicturePacking(FileTree tree, PictureList list, PictureOptions options, LoadContext context)
{
    private readonly ConcurrentDictionary<long, LeftOutFile> _broken = new();
    private readonly PictureSize[] _sizes = new PictureSize[list.Parts.Sum(part => part.Pictures.Count)];
    private long _done;

    /// <summary>Writes the packed file without the broken pictures; the reader decides whether they may be missing.</summary>
    /// <exception cref="UserErrorException">Too few pictures are left, or the file cannot be written.</exception>
    public void Write(string path) => Write(PackedTarget.File(path), isRefused: false);

    /// <summary>Writes a packed data set; broken pictures are refused unless they are skipped.</summary>
    /// <exception cref="UserErrorException">A picture is broken, too few are left, or a file cannot be written.</exception>
    public void WriteWhole(PackedTarget target) => Write(target, isRefused: !options.SkipBroken);

    private void Write(PackedTarget target, bool isRefused) =>
        target.Write((options.Size, options.Size, options.Channels), list.Classes, _sizes.Length, writer =>
        {
            DecodeAll(writer);
            var parts = Remaining();
            LeftOutFile[] leftOut = [.. _broken.Values.OrderBy(file => file.File, StringComparer.Ordinal)];
            CheckRest([.. parts.Select(part => part.List)], leftOut);
            if (isRefused && leftOut.Length > 0)
                throw BrokenPictures.Refuse(tree.Path, leftOut.Length, _sizes.Length, leftOut);
            writer.Finish(list.Name, list.Classes, [.. parts.Select(part => part.Packed)], leftOut, context: context);
        });

    private void CheckRest(IReadOnlyList<PicturePart> parts, LeftOutFile[] leftOut)
    {
        try
        {
            (list with { Parts = parts }).Check(tree.Path);
        }
        catch (UserErrorException error) when (leftOut.Length > 0)
        {
            // The broken pictures explain why too few are left.
            throw options.SkipBroken
                ? new UserErrorException($"{error.Message} Left out as broken: {BrokenPictures.Shown(leftOut.Length, leftOut)}.", error)
                : BrokenPictures.Refuse(tree.Path, leftOut.Length, _sizes.Length, leftOut);
        }
    }

    private void DecodeAll(PackedWriter writer)
    {
        var slots = new Dictionary<string, List<long>>(StringComparer.Ordinal);
        long slot = 0;
        foreach (var picture in list.Parts.SelectMany(part => part.Pictures))
        {
            // A list may name a picture twice, but the files are enumerated only once.
            if (!slots.TryGetValue(picture.File, out var places))
                slots.Add(picture.File, places = new List<long>(1));
            places.Add(slot++);
        }
        var files = tree.Files(slots.ContainsKey).Where(file => slots.ContainsKey(file.Name));
        int squareBytes = options.Size * options.Size * options.Channels;
        TreeWork.ForEach(files,
            () => (Decoder: new PictureDecoder(options.Size, options.Fit, options.Channels), Pixels: new byte[squareBytes]),
            (file, worker) => Decode(file, slots[file.Name], worker.Decoder, worker.Pixels, writer), context.Stop);
        foreach (var (name, places) in slots)
        {
            // A listed file that the enumeration did not return has been removed meanwhile.
            if (_sizes[places[0]] == default && !_broken.ContainsKey(places[0]))
                LeaveOut(name, places, "is gone: it was there a moment ago");
        }
    }

    private void Decode(TreeFile file, List<long> places, PictureDecoder decoder, byte[] pixels, PackedWriter writer)
    {
        try
        {
            var size = decoder.Decode(file.Read(), pixels);
            foreach (long slot in places)
            {
                _sizes[slot] = size;
                writer.WriteImage(slot, pixels);
            }
        }
        catch (Exception error) when (error is BrokenPictureException or UserErrorException)
        {
            // The part of the message before the reason repeats the file's name.
            string reason = error is BrokenPictureException
                ? error.Message
                : error.Message[(error.Message.IndexOf(": ", StringComparison.Ordinal) + 2)..].TrimEnd('.');
            LeaveOut(file.Name, places, reason);
        }
        long done = Interlocked.Add(ref _done, places.Count);
        if (done / 64 != (done - places.Count) / 64 || done == _sizes.Length)
            context.Progress?.Report(new LoadProgress("decoding pictures", done, _sizes.Length));
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
                ? kept.Select((i, at) => MapBox(pictures[i].Box!.Value, sizes[at])).ToArray()
                : null;
            bool resized = sizes.Any(size => size != new PictureSize(options.Size, options.Size));
            long[] slots = [.. kept.Select(i => start + i)];
            var labels = ImageLabels.Of(list.Labelling, kept.Select(i => pictures[i].Labels));
            parts.Add((new PicturePart(part, [.. kept.Select(i => pictures[i])]),
                new PackedPart(part, $"{list.Name}/{part}", slots, labels, boxes, resized ? sizes : null)));
            first += pictures.Count;
        }
        return parts;

        BoundingBox MapBox(BoundingBox box, PictureSize size) =>
            PictureLayout.FromFit(options.Fit, size.Height, size.Width, options.Size).Map(box);
    }
}
