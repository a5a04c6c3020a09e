using Pupil.LibTorch;

namespace Pupil.Tests.LibTorch;

/// <summary>Threads that wait asleep where other programs compute.</summary>
public sealed class NeighbourWatchTests
{
    [Fact]
    public void A_machine_is_crowded_at_once_and_free_only_after_a_while()
    {
        var crowd = new NeighbourWatch.Crowd();
        Assert.False(crowd.Is(0.29));
        Assert.True(crowd.Is(0.3));
        // Between the two limits it stays what it was.
        for (int i = 0; i < 20; i++)
            Assert.True(crowd.Is(0.2));
        for (int i = 1; i < NeighbourWatch.Crowd.Patience; i++)
            Assert.True(crowd.Is(0));
        Assert.True(crowd.Is(0.2));
        for (int i = 1; i < NeighbourWatch.Crowd.Patience; i++)
            Assert.True(crowd.Is(0));
        Assert.False(crowd.Is(0));
        Assert.False(crowd.Is(0.2));
    }

    [Fact]
    public void There_are_more_threads_than_cores_until_they_end()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "libtorch computes by libgomp on Linux only");
        const string Name = "Pupil: test";
        using (var asleep = SleepingThreads.Begin(NativeLibraries.Bindings, Name))
        {
            Assert.NotNull(asleep);
            Assert.Equal(Environment.ProcessorCount + 1, Threads());
        }
        // They end by themselves, a little later.
        Assert.True(SpinWait.SpinUntil(() => Threads() == 0, TimeSpan.FromMinutes(1)));

        static int Threads() => Directory.GetFiles("/proc/self/task", "comm", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 1 })
            .Count(file => Read(file).Trim() == Name);

        static string Read(string file)
        {
            try
            {
                return File.ReadAllText(file);
            }
            catch (IOException)
            {
                return "";
            }
        }
    }

    [Fact]
    public void Threads_that_wait_for_a_core_are_counted()
    {
        Assert.SkipUnless(ThreadDelay.IsKnown, "this kernel does not tell");
        var delay = new ThreadDelay();
        Assert.Equal(0, delay.Waiting());
        // More that compute than there are cores: some wait at any time. It lasts until they were seen to.
        bool done = false;
        var threads = Enumerable.Range(0, 2 * Environment.ProcessorCount + 1).Select(_ => new Thread(() =>
        {
            while (!Volatile.Read(ref done))
                continue;
        })).ToList();
        threads.ForEach(thread => thread.Start());
        delay.Waiting();
        double waiting = 0;
        for (int i = 0; i < 200 && waiting < NeighbourWatch.Crowd.Crowded; i++)
        {
            Thread.Sleep(50);
            waiting = delay.Waiting();
        }
        Volatile.Write(ref done, true);
        threads.ForEach(thread => thread.Join());
        Assert.InRange(waiting, NeighbourWatch.Crowd.Crowded, 1000);
    }
}
