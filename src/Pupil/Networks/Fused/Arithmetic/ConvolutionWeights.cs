using System.Runtime.Intrinsics;

namespace Pupil.Networks.Fused.Arithmetic;

/// <summary>
/// The orders of a convolution's weights: that of libtorch, channels-last (C'×k×k×C); that of the windows' sums, by block of 16 output
/// channels, row, block of input channels, column, input channel, output channel; and that of the gradient's windows.
/// </summary>
/// <param name="from">C.</param>
/// <param name="to">C', a multiple of 16.</param>
/// <param name="size">k.</param>
internal sealed unsafe class ConvolutionWeights(int from, int to, int size)
{
    private const int Lanes = WindowSums.Lanes;

    private readonly int _fromLanes = from <= PaddedMap.FewLanes ? PaddedMap.FewLanes : Lanes;

    /// <summary>The numbers of the order of the windows' sums.</summary>
    public long Numbers => (long)to / Lanes * BlockNumbers;

    /// <summary>The numbers of one block of output channels.</summary>
    public int BlockNumbers => size * size * FromBlocks * _fromLanes * Lanes;

    private int FromBlocks => (from + _fromLanes - 1) / _fromLanes;

    /// <summary>Orders weights for the windows' sums.</summary>
    /// <param name="weights">C'×k×k×C.</param>
    /// <param name="packed">The result.</param>
    public void Pack(float* weights, float* packed)
    {
        for (int block = 0; block < to / Lanes; block++)
        {
            for (int row = 0; row < BlockNumbers / Lanes; row++, packed += Lanes)
            {
                int place = PlaceOf(row, block);
                for (int output = 0; output < Lanes; output++)
                    packed[output] = place < 0 ? 0 : weights[place + output * size * size * from];
            }
        }
    }

    /// <summary>Orders a block of 16 outputs as libtorch's weights.</summary>
    /// <param name="packed">The block in the order of the windows' sums.</param>
    /// <param name="block">The number of the block.</param>
    /// <param name="weights">C'×k×k×C; only this block's part is written.</param>
    public void Unpack(float* packed, int block, float* weights)
    {
        for (int row = 0; row < BlockNumbers / Lanes; row++, packed += Lanes)
        {
            int place = PlaceOf(row, block);
            for (int output = 0; place >= 0 && output < Lanes; output++)
                weights[place + output * size * size * from] = packed[output];
        }
    }

    /// <summary>
    /// Orders some rows and columns of the kernel for the gradient's windows: by block of 16 input channels, row, block of output channels,
    /// column, output channel, input channel.
    /// </summary>
    /// <param name="weights">C'×k×k×C.</param>
    /// <param name="rows">The kernel's rows, in the order of the windows' rows.</param>
    /// <param name="columns">The kernel's columns.</param>
    /// <param name="packed">The result.</param>
    /// <returns>The end of the result.</returns>
    public float* PackTransposed(float* weights, ReadOnlySpan<int> rows, ReadOnlySpan<int> columns, float* packed)
    {
        for (int fromBlock = 0; fromBlock < from; fromBlock += Lanes)
        {
            foreach (int row in rows)
            {
                for (int block = 0; block < to; block += Lanes)
                {
                    foreach (int column in columns)
                    {
                        float* source = weights + (((nint)block * size + row) * size + column) * from + fromBlock;
                        for (int output = 0; output < Lanes; output++, packed += Lanes, source += (nint)size * size * from)
                            Vector512.Load(source).Store(packed);
                    }
                }
            }
        }
        return packed;
    }

    /// <summary>Adds numbers of several groups.</summary>
    /// <param name="first">The first group's.</param>
    /// <param name="groups">The number of groups.</param>
    /// <param name="stride">From a group to the next.</param>
    /// <param name="result">The sums.</param>
    /// <param name="count">The number of numbers, a multiple of 16.</param>
    public static void Sum(float* first, int groups, long stride, float* result, long count)
    {
        for (long i = 0; i < count; i += Lanes)
        {
            var sum = Vector512.Load(first + i);
            for (int group = 1; group < groups; group++)
                sum += Vector512.Load(first + group * stride + i);
            sum.Store(result + i);
        }
    }

    // The place in libtorch's order of a row of 16 outputs of a block's order; −1 for a channel that only fills a block of inputs.
    private int PlaceOf(int row, int block)
    {
        int channel = row / (size * _fromLanes) % FromBlocks * _fromLanes + row % _fromLanes;
        int kernelRow = row / (size * _fromLanes * FromBlocks), column = row / _fromLanes % size;
        return channel < from ? ((block * Lanes * size + kernelRow) * size + column) * from + channel : -1;
    }
}
