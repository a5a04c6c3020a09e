namespace Pupil.Kills;

/// <summary>A job of the tool that is killed and gone on with.</summary>
/// <param name="Name">The command.</param>
/// <param name="Arguments">The command line that starts the job in a folder, or goes on with it.</param>
/// <param name="IsDone">Whether a killed job has nothing left to do, so that going on with it is refused.</param>
internal sealed record Job(string Name, Func<string, Random, string[]> Arguments, Predicate<string> IsDone)
{
    private static readonly string Recipe = Path.Combine(AppContext.BaseDirectory, "tiny.jsonc");

    /// <summary>The folder of the pictures that all jobs share.</summary>
    public static string Pictures { get; private set; } = "";

    /// <summary>A training with an expert that it trains first, a comparison, and a folder of pictures as one file and as shards.</summary>
    public static IReadOnlyList<Job> All { get; } =
    [
        new("distill", Distill, folder => File.Exists(Path.Combine(folder, "run", "run.json"))),
        new("compare", (_, _) =>
        [
            "compare", Recipe, "--methods", "kd", "--seeds", "0", "--set", "training.epochs=1", "--out", "compared",
            "--experts", "experts", "--threads", "1", "--quiet",
        ], _ => false),
        new("data convert", (_, _) =>
            ["data", "convert", Pictures, "--set", "data.source.size=8", "--out", "packed.safetensors"], _ => false),
        // Of pictures that fill two shards.
        new("data convert --shards", (_, _) =>
            ["data", "convert", Pictures, "--set", "data.source.size=128", "--out", "packed", "--shards", "1"],
            folder => File.Exists(Path.Combine(folder, "packed", "images.safetensors"))),
    ];

    /// <summary>Writes the pictures: two classes of noise.</summary>
    public static void WritePictures(string folder)
    {
        Pictures = folder;
        var random = new Random(0);
        foreach (string name in new[] { "dark", "light" })
        {
            Directory.CreateDirectory(Path.Combine(folder, name));
            for (int i = 0; i < 12; i++)
                File.WriteAllBytes(Path.Combine(folder, name, $"{i}.bmp"), Noise(random, side: 8));
        }
    }

    // The command takes a folder in which nothing was trained; otherwise the folder resumes.
    private static string[] Distill(string folder, Random random)
    {
        string run = Path.Combine(folder, "run"), epochs = Path.Combine(run, "epochs.jsonl"), students = Path.Combine(run, "students");
        bool isUntrained = !File.Exists(Path.Combine(run, "checkpoint.safetensors"))
            && (!File.Exists(epochs) || new FileInfo(epochs).Length == 0)
            && (!Directory.Exists(students) || !Directory.EnumerateFileSystemEntries(students).Any());
        string[] what = !File.Exists(Path.Combine(run, "recipe.json")) || (isUntrained && random.Next(2) == 0)
            ? [Recipe, "--out", "run"] : ["--resume", "run"];
        return ["distill", .. what, "--experts", "experts", "--threads", "1", "--quiet"];
    }

    // A BMP of 24 bits.
    private static byte[] Noise(Random random, int side)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        int bytes = 3 * side * side;
        writer.Write("BM"u8);
        foreach (int number in new[] { 54 + bytes, 0, 54, 40, side, side, 1 | 24 << 16, 0, bytes, 0, 0, 0, 0 })
            writer.Write(number);
        byte[] pixels = new byte[bytes];
        random.NextBytes(pixels);
        writer.Write(pixels);
        return stream.ToArray();
    }
}
