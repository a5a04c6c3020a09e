using System.Globalization;
using Pupil.Core;
using Pupil.Images;
using static TorchSharp.torch;

namespace Pupil.Experiments.Exhibits;

/// <summary>
/// The way that the networks of a run take through the space of functions: what they answer about a few fixed images, asked at steps that lie denser
/// at the start, where they move fastest. One small file a point, written as it is passed; a resumed run writes the same once more.
/// </summary>
/// <param name="folder">The run's folder for it.</param>
/// <param name="steps">Steps of the whole training.</param>
internal sealed class ProbePath(string folder, long steps)
{
    /// <summary>At most so many points, the start and the end among them.</summary>
    public const int Points = 33;

    /// <summary>At most so many images are asked about.</summary>
    public const int Images = 64;

    private const string Mark = "step-";

    // A resumed run may have others than it would have without: its steps may be more now.
    private const int MostFiles = 8 * Points;

    /// <summary>Which of some images are asked about: the first of every class, then the second, and so on.</summary>
    public static ImageSubset Probe(ImageSubset images)
    {
        var byClass = images.Indices.GroupBy(index => images.Set.Labels[index]).OrderBy(members => members.Key)
            .Select(members => members.ToArray()).ToArray();
        var rounds = Enumerable.Range(0, images.Count).SelectMany(round => byClass.Where(members => round < members.Length).Select(members => members[round]));
        return images with { Indices = [.. rounds.Take(Images).Order()] };
    }

    /// <summary>Whether a point is taken after so many steps: t = steps·(i/(points − 1))², rounded.</summary>
    public bool IsPoint(long step)
    {
        double at = Math.Sqrt((double)step / steps) * (Points - 1);
        return Near(Math.Floor(at)) || Near(Math.Ceiling(at));

        bool Near(double i) => (long)Math.Round(steps * (i / (Points - 1)) * (i / (Points - 1))) == step;
    }

    /// <summary>Notes where the networks are.</summary>
    /// <param name="step">Steps done.</param>
    /// <param name="probe">The images, as one batch.</param>
    /// <param name="networks">Whom to ask.</param>
    public void Note(long step, Batch probe, IEnumerable<ShownNetwork> networks)
    {
        using var scope = NewDisposeScope();
        using var inference = inference_mode();
        Directory.CreateDirectory(folder);
        SafeTensors.Write(Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{Mark}{step:000000000}.safetensors")),
            networks.Where(network => network.HasLogits).ToDictionary(network => network.Name, network => network.Ask(probe.Images).Logits.to_type(ScalarType.Float32)));
    }

    /// <summary>The points that a run has passed so far.</summary>
    /// <param name="folder">The run's folder for them.</param>
    /// <returns>Steps done, and each network's logits, images × classes in rows.</returns>
    /// <exception cref="UserErrorException">A file is damaged.</exception>
    public static IReadOnlyList<PathPoint> Read(string folder)
    {
        if (!Directory.Exists(folder))
            return [];
        string[] files = [.. Directory.EnumerateFiles(folder, $"{Mark}*.safetensors").Take(MostFiles + 1).Order(StringComparer.Ordinal)];
        return files.Length <= MostFiles ? [.. files.Select(Point)]
            : throw new UserErrorException($"{folder}: has more than {MostFiles} points, expected at most {Points} of a run; take away those of others.");

        static PathPoint Point(string file)
        {
            using var content = SafeTensors.Read(file);
            if (content.Tensors.Count == 0 || content.Tensors.Values.Any(logits => logits.dim() != 2 || logits.dtype != ScalarType.Float32
                || logits.shape[1] < 1 || logits.shape[1] != content.Tensors.Values.First().shape[1]))
                throw new UserErrorException($"{file}: holds no logits of networks (images × classes, F32); the file is damaged, take it away.");
            var numbers = content.Tensors.ToDictionary(tensor => tensor.Key, tensor => tensor.Value.data<float>().ToArray());
            if (numbers.Values.Any(logits => logits.Any(logit => !float.IsFinite(logit))))
                throw new UserErrorException($"{file}: holds logits that are not finite; the file is damaged, take it away.");
            string digits = Path.GetFileNameWithoutExtension(file)[Mark.Length..];
            return new(long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out long step) ? step
                : throw new UserErrorException($"{file}: its name says no step; expected {Mark}NUMBER.safetensors; take it away."),
                (int)content.Tensors.Values.First().shape[^1], numbers);
        }
    }
}

/// <summary>Where the networks of a run were.</summary>
/// <param name="Step">After how many steps.</param>
/// <param name="Classes">K.</param>
/// <param name="Logits">What each answered about the probe's images: N·K numbers, image by image.</param>
public sealed record PathPoint(long Step, int Classes, IReadOnlyDictionary<string, float[]> Logits);
