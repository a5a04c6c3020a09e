using Pupil.Core;
using Pupil.Experiments.Recipes;
using Pupil.Images;
using Pupil.Processes;

namespace Pupil.Experiments.Runs;

/// <summary>Lets the processes of a machine read the pixels of a loaded set through one memory map, in place of a copy for each.</summary>
internal static class SharedPixels
{
    /// <summary>
    /// Moves pixels that each process has to itself to a file that the first process of a machine writes and deletes again. To be called by
    /// all processes, with the same images. Where the file cannot be used, a process keeps its own pixels.
    /// </summary>
    /// <param name="group">The processes.</param>
    /// <param name="data">The images.</param>
    /// <param name="folder">The folder of the file; null for that of temporary files.</param>
    public static void Join(IProcessGroup group, PreparedData data, string? folder = null)
    {
        if (group.Size == 1)
            return;
        string here = Environment.MachineName;
        string[] machines = group.GatherTexts(here);
        int first = Array.IndexOf(machines, here);
        var pixels = SetsOf(data).Select(set => set.Pixels).Where(memory => memory.Own is not null).Distinct().ToList();
        bool isShared = pixels.Count > 0 && machines.Count(machine => machine == here) > 1;
        string file = group.GatherTexts(isShared && group.Rank == first ? Write(pixels, folder ?? Path.GetTempPath()) : "")[first];
        try
        {
            if (file.Length > 0)
                Map(file, pixels);
            group.Meet();
        }
        finally
        {
            if (file.Length > 0 && group.Rank == first)
                Remove(file);
        }
    }

    private static IEnumerable<ImageSet> SetsOf(PreparedData data)
    {
        ImageSet?[] sets = [data.Splits.Train, data.Splits.Test, data.Splits.Validation, data.Unlabelled?.Set];
        return sets.OfType<ImageSet>().SelectMany(set => set.OtherSizes.Prepend(set));
    }

    // Returns the file; empty if there is no room for it.
    private static string Write(IReadOnlyList<PixelMemory> pixels, string folder)
    {
        string file = Path.Combine(folder, $"pupil-{Guid.NewGuid():N}.pixels");
        try
        {
            var mode = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
                mode.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            using var stream = new FileStream(file, mode);
            foreach (var memory in pixels)
                stream.Write(memory.Own);
            return file;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Remove(file);
            return "";
        }
    }

    private static void Remove(string file)
    {
        try
        {
            File.Delete(file);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The folder is missing, or it lets no file go.
        }
    }

    private static void Map(string file, IReadOnlyList<PixelMemory> pixels)
    {
        try
        {
            // The maps keep the file open after its deletion.
            var stream = RegularFile.OpenRead(file, FileShare.Read | FileShare.Delete);
            if (stream.Length != pixels.Sum(memory => memory.Length))
            {
                stream.Dispose();
                return;
            }
            long start = 0;
            foreach (var memory in pixels)
            {
                memory.MoveTo(PixelMemory.Map(stream, start, memory.Length));
                start += memory.Length;
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or UserErrorException)
        {
            return;
        }
        // What was moved is free at once, not some minutes later.
        GC.Collect();
    }
}
