namespace Pupil.Tests.Images.Formats.Pictures;

/// <summary>Pictures that each show some of four forms, and a CSV file with their labels: <c>cross;disc</c>, or nothing.</summary>
internal static class FormPictures
{
    /// <summary>The names of the forms, in ordinal order.</summary>
    public static readonly string[] Names = ["bar", "cross", "disc", "frame"];

    /// <summary>Writes pictures, and <c>list.csv</c>.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="count">The number of pictures.</param>
    /// <param name="side">Their height and width, in pixels.</param>
    /// <returns>The path of the CSV file.</returns>
    public static string Write(TemporaryFolder folder, int count, int side = 16)
    {
        var lines = new List<string> { "path,label" };
        for (int i = 0; i < count; i++)
        {
            var random = new Random(i);
            int[] shown = [.. Enumerable.Range(0, Names.Length).Where(form => random.NextDouble() < 0.6 - (0.1 * form))];
            File.WriteAllBytes(folder[$"{i}.bmp"], TinyPictures.Bmp(Pixels(shown, side, random), side, side));
            lines.Add($"{i}.bmp,{string.Join(';', shown.Select(form => Names[form]))}");
        }
        File.WriteAllLines(folder["list.csv"], lines);
        return folder["list.csv"];
    }

    // Each form in a quarter of its own, in a light colour on dark noise.
    private static byte[] Pixels(int[] shown, int side, Random random)
    {
        byte[] pixels = [.. Enumerable.Range(0, side * side * 3).Select(_ => (byte)random.Next(80))];
        int[] quarters = [0, 1, 2, 3];
        random.Shuffle(quarters);
        foreach (var (at, form) in shown.Index())
        {
            byte[] colour = [(byte)random.Next(140, 256), (byte)random.Next(140, 256), (byte)random.Next(140, 256)];
            double half = side / 4.0, row = half + (half * 2 * (quarters[at] / 2)), column = half + (half * 2 * (quarters[at] % 2));
            for (int y = 0; y < side; y++)
            {
                for (int x = 0; x < side; x++)
                {
                    if (IsOn(form, (y + 0.5 - row) / half, (x + 0.5 - column) / half))
                        colour.CopyTo(pixels.AsSpan(3 * (y * side + x)));
                }
            }
        }
        return pixels;
    }

    private static bool IsOn(int form, double y, double x) => Math.Max(Math.Abs(x), Math.Abs(y)) < 0.9 && form switch
    {
        0 => Math.Abs(y) < 0.3,
        1 => Math.Abs(Math.Abs(x) - Math.Abs(y)) < 0.3,
        2 => (x * x) + (y * y) < 0.7,
        _ => Math.Max(Math.Abs(x), Math.Abs(y)) > 0.55,
    };
}
