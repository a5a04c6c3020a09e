using System.Buffers.Binary;

namespace Pupil.Tests;

/// <summary>
/// Damages valid files in ways that depend on a seed. Checks that a reader returns a result or a user error, and allocates no more memory
/// than the file justifies.
/// </summary>
internal static class Fuzz
{
    // No limit on speed, which depends on the machine. Without a limit at all, a reader that hangs would hang the test run.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(20);

    /// <summary>Reads damaged files one after the other.</summary>
    /// <param name="seed">The seed of the damages.</param>
    /// <param name="cases">The number of files.</param>
    /// <param name="valid">The valid files; short ones get more cases.</param>
    /// <param name="mostAllocated">The maximum of bytes that the reader may allocate for one file, on its thread.</param>
    /// <param name="read">The reader, which also checks its result; called on one thread.</param>
    /// <returns>The numbers of files that were read and refused.</returns>
    public static (int Read, int Refused) Run(int seed, int cases, byte[][] valid, long mostAllocated, Action<byte[]> read)
    {
        int current = 0;
        var run = Task.Run(() =>
        {
            var random = new Random(seed);
            int readCases = 0;
            for (current = 0; current < cases; current++)
            {
                byte[] broken = Break(random, valid);
                long before = GC.GetAllocatedBytesForCurrentThread();
                readCases += Try(broken, $"seed {seed}, case {current}", read) ? 1 : 0;
                long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
                Assert.True(allocated <= mostAllocated, $"seed {seed}, case {current}: {allocated} bytes allocated for {broken.Length}");
            }
            return (readCases, cases - readCases);
        });
        if (Task.WaitAny([run], Patience) < 0)
            Assert.Fail($"seed {seed}: not done after {Patience.TotalMinutes} minutes, in case {current} of {cases}");
        return run.GetAwaiter().GetResult();
    }

    /// <summary>One of the files with one to three damages.</summary>
    public static byte[] Break(Random random, byte[][] valid)
    {
        byte[] bytes = [.. valid[random.Next(valid.Length)]];
        for (int breaks = random.Next(1, 4); breaks > 0 && bytes.Length > 0; breaks--)
            bytes = BreakOnce(random, bytes, valid[random.Next(valid.Length)]);
        return bytes;
    }

    private static bool Try(byte[] bytes, string name, Action<byte[]> read)
    {
        try
        {
            read(bytes);
            return true;
        }
        catch (UserErrorException error)
        {
            Assert.DoesNotContain(error.Message, char.IsControl);
            return false;
        }
        catch (Exception error)
        {
            string start = Convert.ToBase64String(bytes.AsSpan(0, Math.Min(bytes.Length, 4000)));
            throw new InvalidOperationException($"{name}: {error.GetType().Name} for {bytes.Length} bytes that begin with {start}", error);
        }
    }

    // Half of the positions are in the first bytes, where formats store the essential fields.
    private static int Place(Random random, int length) => random.Next(random.Next(2) == 0 ? length : Math.Min(length, 256));

    private static byte[] BreakOnce(Random random, byte[] bytes, byte[] other)
    {
        int at = Place(random, bytes.Length);
        int length = Math.Min(random.Next(1, random.Next(2) == 0 ? 9 : 300), bytes.Length - at);
        switch (random.Next(7))
        {
            case 0:
                return bytes[..random.Next(bytes.Length)];
            case 1:
                bytes[at] ^= (byte)(1 << random.Next(8));
                return bytes;
            case 2: // removed
                return [.. bytes.AsSpan(0, at), .. bytes.AsSpan(at + length)];
            case 3: // a piece of a valid file at another position
                int from = Place(random, other.Length);
                other.AsSpan(from, Math.Min(Math.Min(length, other.Length - from), bytes.Length - at)).CopyTo(bytes.AsSpan(at));
                return bytes;
            case 4: // inserted
                var inserted = new byte[length];
                random.NextBytes(inserted);
                return [.. bytes.AsSpan(0, at), .. inserted, .. bytes.AsSpan(at)];
            case 5: // written twice
                return [.. bytes.AsSpan(0, at + length), .. bytes.AsSpan(at)];
            default:
                return WithExtremeNumber(random, bytes, random.Next(2) == 0 ? at : at & ~3);
        }
    }

    private static byte[] WithExtremeNumber(Random random, byte[] bytes, int at)
    {
        if (at + 4 > bytes.Length)
            return bytes;
        var place = bytes.AsSpan(at, 4);
        bool bigEndian = random.Next(2) == 0;
        uint number = bigEndian ? BinaryPrimitives.ReadUInt32BigEndian(place) : BinaryPrimitives.ReadUInt32LittleEndian(place);
        uint[] extremes =
        [
            0, 1, number + 1, number - 1, 2 * number, number ^ 1u << 31,
            int.MaxValue, 1u << 31, uint.MaxValue, uint.MaxValue - 7, 1 << 16, 1 << 24,
        ];
        number = extremes[random.Next(extremes.Length)];
        if (bigEndian)
            BinaryPrimitives.WriteUInt32BigEndian(place, number);
        else
            BinaryPrimitives.WriteUInt32LittleEndian(place, number);
        return bytes;
    }
}
