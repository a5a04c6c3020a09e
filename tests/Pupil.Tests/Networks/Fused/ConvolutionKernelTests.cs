using Pupil.Networks.Fused.Arithmetic;

namespace Pupil.Tests.Networks.Fused;

/// <summary>The kernels beside plain double loops.</summary>
public sealed unsafe class ConvolutionKernelTests
{
    public ConvolutionKernelTests() => Assert.SkipUnless(WindowSums.IsSupported, "The processor has no AVX2.");

    public static TheoryData<int, int, int, int, int, int, int> Forms => new()
    {
        // C, C', H, W, k, stride, padding
        { 16, 16, 4, 4, 3, 1, 1 },
        { 16, 32, 7, 5, 3, 1, 1 },
        { 32, 16, 1, 1, 3, 1, 1 },
        { 16, 16, 2, 33, 3, 1, 1 },
        { 32, 48, 9, 13, 3, 1, 1 },
        { 16, 32, 7, 5, 3, 2, 1 },
        { 16, 16, 8, 10, 3, 2, 1 },
        { 32, 16, 5, 6, 1, 2, 0 },
        { 16, 48, 3, 7, 1, 1, 0 },
        { 16, 16, 9, 6, 5, 1, 2 },
        { 16, 16, 9, 11, 5, 2, 2 },
        { 16, 16, 6, 6, 3, 1, 0 },
        { 3, 16, 9, 7, 3, 1, 1 },
        { 1, 16, 6, 6, 3, 1, 1 },
        { 3, 32, 15, 17, 7, 2, 3 },
        { 4, 16, 8, 8, 4, 2, 1 },
    };

    [Theory]
    [MemberData(nameof(Forms))]
    public void Output_is_the_definition(int from, int to, int height, int width, int size, int stride, int padding)
    {
        var convolution = new PlainLoops(from, to, height, width, size, stride, padding);
        foreach (var kernel in convolution.Kernels())
        {
            foreach (bool starts in new[] { false, true })
            {
                using NativeNumbers output = new(convolution.Start.Length), start = Copy(convolution.Start);
                using var input = Padded(kernel.Input, convolution.Input);
                using var weights = new NativeNumbers(kernel.WeightNumbers);
                using var given = Copy(convolution.Weights);
                using var work = new NativeNumbers(kernel.WorkNumbers);
                kernel.Prepare(given.First, weights.First);
                kernel.Forward(1, input.First, weights.First, starts ? start.First : null, output.First, work.First);

                AssertClose(convolution.Output(starts), output);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void Gradients_are_those_of_the_definition(int from, int to, int height, int width, int size, int stride, int padding)
    {
        var convolution = new PlainLoops(from, to, height, width, size, stride, padding);
        foreach (var kernel in convolution.Kernels())
        {
            using NativeNumbers input = Padded(kernel.Input, convolution.Input), given = Copy(convolution.Weights);
            using NativeNumbers weights = new(kernel.WeightNumbers), sums = new NativeNumbers(2 * kernel.WeightNumbers).Fill(0);
            using NativeNumbers work = new(kernel.WorkNumbers), ofWeights = new(convolution.Weights.Length);
            using var direct = Copy(convolution.OutputGradient);
            using var gradient = new NativeNumbers(kernel.OutputGradient.Numbers);
            new MapGradient(direct.First, null, null, null).Fill(kernel.OutputGradient, gradient.First, stores: false);
            // Two groups of one image each.
            kernel.AddWeightGradient(1, input.First, gradient.First, sums.First, work.First);
            kernel.AddWeightGradient(1, input.First, gradient.First, sums.First + kernel.WeightNumbers, work.First);
            for (int block = 0; block < to / WindowSums.Lanes; block++)
                kernel.Reduce(sums.First, 2, block, ofWeights.First);
            AssertClose([.. convolution.WeightGradient().Select(number => 2 * number)], ofWeights);
            if (!convolution.HasInputGradient)
                continue;
            kernel.PrepareTransposed(given.First, weights.First);
            using var ofInput = new NativeNumbers(convolution.Input.Length).Fill(float.NaN);
            kernel.AddInputGradient(1, gradient.First, weights.First, ofInput.First, isFirst: true, work.First);
            double[] expected = convolution.InputGradient();
            AssertClose(expected, ofInput);
            kernel.AddInputGradient(1, gradient.First, weights.First, ofInput.First, isFirst: false, work.First);
            AssertClose([.. expected.Select(number => 2 * number)], ofInput);
        }
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void Images_at_once_have_the_results_of_each_alone(int from, int to, int height, int width, int size, int stride, int padding)
    {
        const int Images = 5;
        var image = new PlainLoops(from, to, height, width, size, stride, padding);
        foreach (var kernel in image.Kernels())
        {
            using NativeNumbers given = Copy(image.Weights), weights = new(kernel.WeightNumbers), work = new(kernel.WorkNumbers);
            using NativeNumbers inputs = new(Images * kernel.Input.Numbers), gradients = new(Images * kernel.OutputGradient.Numbers);
            using NativeNumbers starts = new(Images * image.Start.Length), ofInput = new(Images * image.Input.Length);
            int outputs = image.Start.Length;
            for (int i = 0; i < Images; i++)
            {
                // Other numbers for each image.
                using var input = Padded(kernel.Input, [.. image.Input.Select(number => number * (i + 1) - i)]);
                using var direct = Copy([.. image.OutputGradient.Select(number => number * (i - 2) + 1)]);
                new Span<float>(input.First, (int)input.Count).CopyTo(new(inputs.First + i * input.Count, (int)input.Count));
                new MapGradient(direct.First, null, null, null).Fill(
                    kernel.OutputGradient, gradients.First + i * kernel.OutputGradient.Numbers, stores: false);
                for (int j = 0; j < outputs; j++)
                    starts.First[i * outputs + j] = image.Start[j] - i;
            }

            kernel.Prepare(given.First, weights.First);
            AssertEqual(starts.Count, (found, first, count) => kernel.Forward(count, inputs.First + first * kernel.Input.Numbers,
                weights.First, starts.First + first * outputs, found + first * outputs, work.First));
            AssertEqual(kernel.WeightNumbers, (found, first, count) => kernel.AddWeightGradient(count,
                inputs.First + first * kernel.Input.Numbers, gradients.First + first * kernel.OutputGradient.Numbers, found, work.First));
            if (!image.HasInputGradient)
                continue;
            kernel.PrepareTransposed(given.First, weights.First);
            foreach (bool isFirst in new[] { true, false })
            {
                AssertEqual(ofInput.Count, (found, first, count) => kernel.AddInputGradient(count,
                    gradients.First + first * kernel.OutputGradient.Numbers, weights.First, found + first * image.Input.Length, isFirst,
                    work.First));
            }
        }

        // What a computation of images gives, all at once and one by one, to the bit.
        static void AssertEqual(long numbers, Computation compute)
        {
            using NativeNumbers together = new NativeNumbers(numbers).Fill(1), apart = new NativeNumbers(numbers).Fill(1);
            compute(together.First, 0, Images);
            for (int i = 0; i < Images; i++)
                compute(apart.First, i, 1);
            Assert.True(new Span<float>(together.First, (int)numbers).SequenceEqual(new(apart.First, (int)numbers)));
        }
    }

    private delegate void Computation(float* found, int first, int images);

    [Fact]
    public void Small_maps_are_computed_with_those_of_other_images()
    {
        Assert.Equal(1, new WinogradKernel(new(16, 8, 8), new(16, 8, 8)).ImagesAtOnce);
        Assert.Equal(4, new WinogradKernel(new(16, 4, 4), new(16, 4, 4)).ImagesAtOnce);
        Assert.Equal(5, new WinogradKernel(new(16, 5, 5), new(16, 5, 5)).ImagesAtOnce);
        Assert.Equal(16, new WinogradKernel(new(16, 2, 2), new(16, 2, 2)).ImagesAtOnce);
        Assert.Equal(1, new DirectKernel(new(16, 16, 16), new(16, 8, 8), 3, 2, 1, hasInputGradient: true).ImagesAtOnce);
        Assert.Equal(8, new DirectKernel(new(16, 4, 4), new(16, 2, 2), 3, 2, 1, hasInputGradient: true).ImagesAtOnce);
    }

    private static NativeNumbers Copy(float[] numbers)
    {
        var copy = new NativeNumbers(numbers.Length);
        numbers.CopyTo(new Span<float>(copy.First, numbers.Length));
        return copy;
    }

    private static NativeNumbers Padded(PaddedMap form, float[] map)
    {
        using var given = Copy(map);
        using NativeNumbers ones = new NativeNumbers(form.Channels).Fill(1), zeros = new NativeNumbers(form.Channels).Fill(0);
        var padded = new NativeNumbers(form.Numbers);
        form.Fill(given.First, new MapLine(ones.First, zeros.First, float.NegativeInfinity), padded.First);
        return padded;
    }

    private static void AssertClose(double[] expected, NativeNumbers found)
    {
        double scale = expected.Max(Math.Abs);
        Assert.Equal(expected.Length, found.Count);
        for (int i = 0; i < expected.Length; i++)
            Assert.True(Math.Abs(expected[i] - found.First[i]) < 2e-6 * scale, $"[{i}]: found {found.First[i]}, expected {expected[i]}");
    }

    private sealed class PlainLoops
    {
        private readonly MapSize _from, _to;
        private readonly int _size, _stride, _padding;

        public PlainLoops(int from, int to, int height, int width, int size, int stride, int padding)
        {
            (_size, _stride, _padding) = (size, stride, padding);
            _from = new MapSize(from, height, width);
            _to = new MapSize(to, (height + 2 * padding - size) / stride + 1, (width + 2 * padding - size) / stride + 1);
            var random = new Random(1);
            Input = Numbers(_from.Numbers);
            Weights = Numbers((long)to * size * size * from);
            (Start, OutputGradient) = (Numbers(_to.Numbers), Numbers(_to.Numbers));

            float[] Numbers(long count) => [.. Enumerable.Range(0, (int)count).Select(_ => (float)(2 * random.NextDouble() - 1))];
        }

        public float[] Input { get; }

        public float[] Weights { get; }

        public float[] Start { get; }

        public float[] OutputGradient { get; }

        public bool HasInputGradient => _from.Channels % WindowSums.Lanes == 0;

        public IEnumerable<ConvolutionKernel> Kernels()
        {
            yield return new DirectKernel(_from, _to, _size, _stride, _padding, HasInputGradient);
            if (WinogradKernel.Supports(_from, _size, _stride, _padding))
                yield return new WinogradKernel(_from, _to);
        }

        public double[] Output(bool starts)
        {
            double[] output = [.. Start.Select(number => starts ? (double)number : 0)];
            ForEach((i, o, w) => output[o] += (double)Input[i] * Weights[w]);
            return output;
        }

        public double[] InputGradient()
        {
            var gradient = new double[Input.Length];
            ForEach((i, o, w) => gradient[i] += (double)OutputGradient[o] * Weights[w]);
            return gradient;
        }

        public double[] WeightGradient()
        {
            var gradient = new double[Weights.Length];
            ForEach((i, o, w) => gradient[w] += (double)OutputGradient[o] * Input[i]);
            return gradient;
        }

        // The places of an input, an output and a weight that belong together.
        private void ForEach(Action<int, int, int> together)
        {
            var windows = from y in Enumerable.Range(0, _to.Height)
                          from x in Enumerable.Range(0, _to.Width)
                          from row in Enumerable.Range(0, _size)
                          from column in Enumerable.Range(0, _size)
                          let fromY = y * _stride + row - _padding
                          let fromX = x * _stride + column - _padding
                          where fromY >= 0 && fromY < _from.Height && fromX >= 0 && fromX < _from.Width
                          select (Input: fromY * _from.Width + fromX, Output: y * _to.Width + x, Tap: row * _size + column);
            foreach (var (input, output, tap) in windows)
            {
                for (int o = 0; o < _to.Channels; o++)
                {
                    for (int i = 0; i < _from.Channels; i++)
                    {
                        together(input * _from.Channels + i, output * _to.Channels + o,
                            (o * _size * _size + tap) * _from.Channels + i);
                    }
                }
            }
        }
    }
}
