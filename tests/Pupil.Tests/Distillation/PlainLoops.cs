using Pupil.Distillation.Equations;

namespace Pupil.Tests.Distillation;

/// <summary>The design's equations in plain loops over doubles, the reference for the tensor versions.</summary>
internal static class PlainLoops
{
    /// <summary>H(y, z): −log softmax(z)[y], mean over images.</summary>
    public static double CrossEntropy(double[] logits, long[] labels)
    {
        int classes = logits.Length / labels.Length;
        double sum = 0;
        for (int n = 0; n < labels.Length; n++)
            sum -= LogSoftmax(logits, n, classes, 1)[labels[n]];
        return sum / labels.Length;
    }

    /// <summary>Σ_N Σ_K (z_student − z_scratch)² / divisor.</summary>
    public static double Path(double[] student, double[] scratchTeacher, int divisor)
    {
        double sum = 0;
        for (int i = 0; i < student.Length; i++)
            sum += (student[i] - scratchTeacher[i]) * (student[i] - scratchTeacher[i]);
        return sum / divisor;
    }

    /// <summary>KL(softmax(z_teacher/T) ‖ softmax(z_student/T)), summed over images and classes.</summary>
    public static double Divergence(double[] student, double[] teacher, int images, double temperature)
    {
        int classes = student.Length / images;
        double sum = 0;
        for (int n = 0; n < images; n++)
        {
            double[] found = LogSoftmax(student, n, classes, temperature), expected = LogSoftmax(teacher, n, classes, temperature);
            for (int k = 0; k < classes; k++)
                sum += Math.Exp(expected[k]) * (expected[k] - found[k]);
        }
        return sum;
    }

    /// <summary>The distance of two stages' maps; shapes are N, C, H, W.</summary>
    public static double Attention(
        double[] found, long[] foundShape, double[] expected, long[] expectedShape, double exponent, AttentionDistance distance)
    {
        (long height, long width) = (Math.Min(foundShape[2], expectedShape[2]), Math.Min(foundShape[3], expectedShape[3]));
        double sum = 0;
        for (long n = 0; n < foundShape[0]; n++)
        {
            var one = Map(found, foundShape, n, height, width, exponent);
            var other = Map(expected, expectedShape, n, height, width, exponent);
            double squares = one.Zip(other, (a, b) => (a - b) * (a - b)).Sum();
            sum += distance == AttentionDistance.Squared ? squares / one.Length : Math.Sqrt(squares);
        }
        return sum / foundShape[0];
    }

    /// <summary>The probabilities of the logits of a number of images.</summary>
    public static double[] Softmax(double[] logits, int images) =>
        [.. Enumerable.Range(0, images).SelectMany(image => LogSoftmax(logits, image, logits.Length / images, 1)).Select(Math.Exp)];

    private static double[] LogSoftmax(double[] logits, int image, int classes, double temperature)
    {
        double[] scaled = [.. logits.Skip(image * classes).Take(classes).Select(value => value / temperature)];
        double most = scaled.Max();
        double log = most + Math.Log(scaled.Sum(value => Math.Exp(value - most)));
        return [.. scaled.Select(value => value - log)];
    }

    // Q: pooled to the size, channel mean of |A|^p, flattened, divided by its length.
    private static double[] Map(double[] values, long[] shape, long image, long height, long width, double exponent)
    {
        var map = new double[height * width];
        for (long channel = 0; channel < shape[1]; channel++)
        {
            for (long y = 0; y < height; y++)
            {
                for (long x = 0; x < width; x++)
                {
                    double pooled = Pooled(values, shape, image, channel, y, x, height, width);
                    map[y * width + x] += Math.Pow(Math.Abs(pooled), exponent) / shape[1];
                }
            }
        }
        double length = Math.Max(1e-12, Math.Sqrt(map.Sum(value => value * value)));
        return [.. map.Select(value => value / length)];
    }

    // The mean of the pixels from ⌊y·H/h⌋ to ⌈(y+1)·H/h⌉, likewise for x.
    private static double Pooled(double[] values, long[] shape, long image, long channel, long y, long x, long height, long width)
    {
        (long top, long bottom) = (y * shape[2] / height, ((y + 1) * shape[2] + height - 1) / height);
        (long left, long right) = (x * shape[3] / width, ((x + 1) * shape[3] + width - 1) / width);
        double sum = 0;
        for (long row = top; row < bottom; row++)
        {
            for (long column = left; column < right; column++)
                sum += values[((image * shape[1] + channel) * shape[2] + row) * shape[3] + column];
        }
        return sum / ((bottom - top) * (right - left));
    }

    /// <summary>The gradient by central differences.</summary>
    public static double[] Gradient(Func<double[], double> function, double[] at, double step = 1e-5)
    {
        var gradient = new double[at.Length];
        for (int i = 0; i < at.Length; i++)
        {
            double[] higher = [.. at], lower = [.. at];
            higher[i] += step;
            lower[i] -= step;
            gradient[i] = (function(higher) - function(lower)) / (2 * step);
        }
        return gradient;
    }
}
