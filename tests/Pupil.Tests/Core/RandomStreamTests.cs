using Pupil.Core;

namespace Pupil.Tests.Core;

public sealed class RandomStreamTests
{
    [Fact]
    public void The_same_key_gives_the_same_numbers()
    {
        var one = RandomStream.FromKey(RandomStream.Purpose.Order, 7, 2, 3);
        var other = RandomStream.FromKey(RandomStream.Purpose.Order, 7, 2, 3);
        Assert.Equal(Take(one, 50), Take(other, 50));
    }

    [Fact]
    public void Every_part_of_the_key_changes_the_numbers()
    {
        ulong[][] streams =
        [
            .. Enum.GetValues<RandomStream.Purpose>().Select(purpose => Take(RandomStream.FromKey(purpose, 7, 2, 3), 20)),
            Take(RandomStream.FromKey(RandomStream.Purpose.Order, 8, 2, 3), 20),
            Take(RandomStream.FromKey(RandomStream.Purpose.Order, -7, 2, 3), 20),
            Take(RandomStream.FromKey(RandomStream.Purpose.Order, 7, 3, 3), 20),
            Take(RandomStream.FromKey(RandomStream.Purpose.Order, 7, 2, 2), 20),
            Take(RandomStream.FromKey(RandomStream.Purpose.Order, 7, 3, 2), 20),
            Take(RandomStream.FromKey(RandomStream.Purpose.Order, 2, 7, 3), 20),
        ];
        var all = streams.SelectMany(stream => stream).ToList();
        Assert.Equal(all.Count, all.Distinct().Count());
    }

    [Fact]
    public void The_first_numbers_of_neighbouring_keys_share_no_bits_but_by_chance()
    {
        var firsts = Enumerable.Range(0, 1000)
            .Select(index => RandomStream.FromKey(RandomStream.Purpose.Augmentation, 0, 1, index).Next()).ToList();
        for (int bit = 0; bit < 64; bit++)
        {
            int ones = firsts.Count(value => ((value >> bit) & 1) == 1);
            Assert.InRange(ones, 400, 600); // 500 ± 6 deviations
        }
        double differing = firsts.Zip(firsts.Skip(1), (first, second) => (double)ulong.PopCount(first ^ second)).Average();
        Assert.InRange(differing, 31, 33);
    }

    [Fact]
    public void A_key_of_a_text_is_its_FNV_1a_hash()
    {
        Assert.Equal(unchecked((long)0xcbf29ce484222325), RandomStream.KeyOf(""));
        Assert.Equal(unchecked((long)0xaf63dc4c8601ec8c), RandomStream.KeyOf("a"));
        Assert.Equal(unchecked((long)0x85944171f73967e8), RandomStream.KeyOf("foobar"));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(9)]
    [InlineData(10)]
    [InlineData(1000)]
    public void Numbers_below_a_bound_are_in_range_and_evenly_spread(int bound)
    {
        var random = RandomStream.FromKey(RandomStream.Purpose.Order, 11);
        var counts = new int[bound];
        int draws = 200 * bound;
        for (int i = 0; i < draws; i++)
            counts[random.Next(bound)]++;
        // Chi-square has the mean bound − 1 and the deviation √(2(bound − 1)).
        double distance = counts.Sum(count => (count - 200.0) * (count - 200.0) / 200);
        Assert.InRange(distance, 0, bound - 1 + 5 * Math.Sqrt(2.0 * bound));
    }

    [Fact]
    public void The_largest_bound_is_used_in_full()
    {
        var random = RandomStream.FromKey(RandomStream.Purpose.Order, 12);
        var drawn = Enumerable.Range(0, 1000).Select(_ => random.Next(int.MaxValue)).ToList();
        Assert.All(drawn, value => Assert.InRange(value, 0, int.MaxValue - 1));
        Assert.Contains(drawn, value => value < int.MaxValue / 16);
        Assert.Contains(drawn, value => value > int.MaxValue / 16 * 15);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(100)]
    public void A_shuffle_loses_and_doubles_nothing(int count)
    {
        int[] items = [.. Enumerable.Range(0, count)];
        RandomStream.FromKey(RandomStream.Purpose.Order, 3).Shuffle(items);
        Assert.Equal(Enumerable.Range(0, count), items.Order());
        if (count > 2)
            Assert.NotEqual(Enumerable.Range(0, count), items);
    }

    [Fact]
    public void All_orders_are_equally_likely()
    {
        var counts = new Dictionary<string, int>();
        for (int key = 0; key < 6000; key++)
        {
            int[] items = [0, 1, 2];
            RandomStream.FromKey(RandomStream.Purpose.Order, 5, key).Shuffle(items);
            string order = string.Concat(items);
            counts[order] = counts.GetValueOrDefault(order) + 1;
        }
        Assert.Equal(6, counts.Count);
        Assert.All(counts.Values, count => Assert.InRange(count, 850, 1150)); // 1,000 ± 5 deviations
    }

    private static ulong[] Take(RandomStream stream, int count)
    {
        var numbers = new ulong[count];
        for (int i = 0; i < count; i++)
            numbers[i] = stream.Next();
        return numbers;
    }
}
