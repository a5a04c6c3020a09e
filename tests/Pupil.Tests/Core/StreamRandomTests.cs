using Pupil.Core;

namespace Pupil.Tests.Core;

public sealed class StreamRandomTests
{
    [Fact]
    public void The_same_key_gives_the_same_numbers_of_every_kind()
    {
        Assert.Equal(Take(1), Take(1));
        Assert.NotEqual(Take(1), Take(2));

        static List<double> Take(long seed)
        {
            var random = new StreamRandom(RandomStream.FromKey(RandomStream.Purpose.Mixing, seed));
            var bytes = new byte[5];
            random.NextBytes(bytes);
            return
            [
                random.Next(), random.Next(7), random.Next(-3, 3), random.NextDouble(),
                .. bytes.Select(value => (double)value),
                .. random.Permutation(9).Select(value => (double)value),
            ];
        }
    }

    [Fact]
    public void Numbers_lie_in_their_range_and_reach_its_ends()
    {
        var random = new StreamRandom(RandomStream.FromKey(RandomStream.Purpose.Mixing, 5));
        var small = Enumerable.Range(0, 500).Select(_ => random.Next(-2, 3)).ToList();
        Assert.Equal([-2, -1, 0, 1, 2], small.Distinct().Order());
        Assert.All(Enumerable.Range(0, 500), _ => Assert.InRange(random.Next(int.MinValue, int.MaxValue), int.MinValue, int.MaxValue - 1));
        var doubles = Enumerable.Range(0, 2000).Select(_ => random.NextDouble()).ToList();
        Assert.All(doubles, value => Assert.True(value is >= 0 and < 1));
        Assert.InRange(doubles.Average(), 0.47, 0.53);
        Assert.Equal(Enumerable.Range(0, 30), random.Permutation(30).Order());
        Assert.Throws<ArgumentOutOfRangeException>(() => random.Next(2, 1));
    }
}
