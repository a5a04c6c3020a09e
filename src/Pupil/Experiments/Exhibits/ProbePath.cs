using System.Globalization;
using Pupil.Core;
using Pupil.Images;
using static TorchSharp.torch;

namespace Pupil.Experiments.Exhibits;

/// <summary>
/// The path of a run's networks through the space of functions: their logits for a few fixed images at chosen steps. The steps are denser
/// at the start, where the logits change fastest. Each point is one small file; a resumed run writes the same file again.
/// </summary>
/// <param name="folder">The folder of the points in the run folder.</param>
/// <param name="steps">The number of steps of the whole training.</param>
internal sealed class ProbePath(string folder, long steps)
{
    /// <summary>The largest number of points, start and end included.</summary>
    public const int Points = 33;

    /// <summary>The largest number of images.</summary>
    public const int Images = 64;

    private const string Mark = "step-";

    // A resumed run may have other points than one without a stop, since its number of steps may differ.
    private const int MostFiles = 8 * Points;

    /// <summary>Selects the images: the first of every class (of several labels, the rarest), then the second, and so on.</summary>
    public static ImageSubset Probe(ImageSubset images)
    {
        var byClass = images.Indices.Zip(images.Set.AllLabels.Strata(images.Indices))
            .GroupBy(entry => entry.Second, entry => entry.First).OrderBy(members => members.Key)
            .Select(members => members.ToArray()).ToArray();
        var rounds = Enumerable.Range(0, images.Count)
            .SelectMany(round => byClass.Where(members => round < members.Length).Select(members => members[round]));
        return images with { Indices = [.. rounds.Take(Images).Order()] };
    }

    /// <summary>Whether a step has a point: t = steps·(i/(points − 1))², rounded.</summary>
    public bool IsPoint(long step)
    {
        double at = Math.Sqrt((double)step / steps) * (Points - 1);
        return Near(Math.Floor(at)) || Near(Math.Ceiling(at));

        bool Near(double i) => (long)Math.Round(steps * (i / (Points - 1)) * (i / (Points - 1))) == step;
    }

    /// <summary>Writes the point of a step.</summary>
    /// <param name="step">The number of steps done.</param>
    /// <param name="probe">The images, as one batch.</param>
    /// <param name="networks">The networks; those without logits are skipped.</param>
    public void Note(long step, Batch probe, IEnumerable<ShownNetwork> networks)
    {
        using var scope = NewDisposeScope();
        using var inference = inference_mode();
        Directory.CreateDirectory(folder);
        string file = string.Create(CultureInfo.InvariantCulture, $"{Mark}{step:000000000}.safetensors");
        var logits = networks.Where(network => network.HasLogits)
            .ToDictionary(network => network.Name, network => network.Forward(probe).Logits.to_type(ScalarType.Float32));
        SafeTensors.Write(Path.Combine(folder, file), logits);
    }

    /// <summary>Reads the points that a run has written so far.</summary>
    /// <param name="folder">The folder of the points in the run folder.</param>
    /// <returns>The points in the order of steps.</returns>
    /// <exception cref="UserErrorException">A file is damaged.</exception>
    public static IReadOnlyList<PathPoint> Read(string folder)
    {
        if (!Directory.Exists(folder))
            return [];
        string[] files = [.. Directory.EnumerateFiles(folder, $"{Mark}*.safetensors").Take(MostFiles + 1).Order(StringComparer.Ordinal)];
        return files.Length <= MostFiles ? [.. files.Select(Point)]
            : throw new UserErrorException($"{folder}: has more than {MostFiles} points, expected at most {Points} of a run; "
                + "delete those of other runs.");

        static PathPoint Point(string file)
        {
            using var content = SafeTensors.Read(file);
            if (content.Tensors.Count == 0 || content.Tensors.Values.Any(logits => logits.dim() != 2 || logits.dtype != ScalarType.Float32
                || logits.shape[1] < 1 || logits.shape[1] != content.Tensors.Values.First().shape[1]))
            {
                throw new UserErrorException($"{file}: expected logits (images × classes, F32); the file is damaged, delete it.");
            }
            var numbers = content.Tensors.ToDictionary(tensor => tensor.Key, tensor => tensor.Value.data<float>().ToArray());
            if (numbers.Values.Any(logits => logits.Any(logit => !float.IsFinite(logit))))
                throw new UserErrorException($"{file}: holds logits that are not finite; the file is damaged, delete it.");
            string digits = Path.GetFileNameWithoutExtension(file)[Mark.Length..];
            return new(long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out long step) ? step
                : throw new UserErrorException($"{file}: found no step in the name, expected {Mark}NUMBER.safetensors; delete the file."),
                (int)content.Tensors.Values.First().shape[^1], numbers);
        }
    }
}

/// <summary>The logits of a run's networks after a step.</summary>
/// <param name="Step">The number of steps done.</param>
/// <param name="Classes">K, the number of classes.</param>
/// <param name="Logits">The logits for the images, by network: N·K numbers, image by image.</param>
internal sealed record PathPoint(long Step, int Classes, IReadOnlyDictionary<string, float[]> Logits);
