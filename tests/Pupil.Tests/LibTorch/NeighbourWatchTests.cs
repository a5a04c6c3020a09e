using Pupil.LibTorch;

namespace Pupil.Tests.LibTorch;

/// <summary>Threads that wait asleep where other programs compute.</summary>
public sealed class NeighbourWatchTests
{
    [Fact]
    public void Cores_are_crowded_at_once_and_free_only_after_a_while()
    {
        var crowd = new NeighbourWatch.Crowd();
        Assert.False(crowd.Update(own: 1, others: 0.29, idle: 0));
        Assert.True(crowd.Update(own: 1, others: 0.3, idle: 0.5));
        // Between the limits it stays what it was.
        for (int i = 0; i < 20; i++)
            Assert.True(crowd.Update(own: 1, others: 0.2, idle: 1));
        for (int i = 1; i < NeighbourWatch.Crowd.Patience; i++)
            Assert.True(crowd.Update(own: 1, others: 0, idle: 0));
        Assert.True(crowd.Update(own: 1, others: 0.2, idle: 0));
        for (int i = 1; i < NeighbourWatch.Crowd.Patience; i++)
            Assert.True(crowd.Update(own: 1, others: 0, idle: 0));
        Assert.False(crowd.Update(own: 1, others: 0, idle: 0));
        Assert.False(crowd.Update(own: 1, others: 0.2, idle: 0));
    }

    [Fact]
    public void Another_program_is_no_crowd_while_cores_are_idle()
    {
        var crowd = new NeighbourWatch.Crowd();
        Assert.False(crowd.Update(own: 1, others: 4, idle: 0.6));
        Assert.True(crowd.Update(own: 1, others: 4, idle: 0.4));
        for (int i = 1; i < NeighbourWatch.Crowd.Patience; i++)
            Assert.True(crowd.Update(own: 1, others: 4, idle: 8));
        Assert.False(crowd.Update(own: 1, others: 4, idle: 8));
    }

    [Fact]
    public void Nothing_changes_while_this_process_rests()
    {
        var crowd = new NeighbourWatch.Crowd();
        Assert.False(crowd.Update(own: 0, others: 2, idle: 0));
        Assert.True(crowd.Update(own: 0.3, others: 2, idle: 0));
        for (int i = 0; i <= NeighbourWatch.Crowd.Patience; i++)
            Assert.True(crowd.Update(own: 0, others: 0, idle: 2));
    }

    [Theory]
    [InlineData("0", new[] { 0 })]
    [InlineData("\t0-3,8\n", new[] { 0, 1, 2, 3, 8 })]
    [InlineData("2,5-6", new[] { 2, 5, 6 })]
    public void The_kernel_s_list_of_cores_is_read(string list, int[] cores) => Assert.Equal(cores, OtherLoad.ParseCores(list).Order());

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
    public void Other_processes_are_told_from_this_one()
    {
        Assert.SkipUnless(OtherLoad.IsKnown, "this kernel does not report the load");
        // With no own process, the load of this one's threads is that of others.
        var (all, others) = (new OtherLoad(() => 0), new OtherLoad());
        Assert.Equal((0, 0, 0), all.Measure());
        others.Measure();
        bool done = false;
        var thread = new Thread(() =>
        {
            while (!Volatile.Read(ref done))
                continue;
        });
        thread.Start();
        try
        {
            // A busy machine may let the thread compute late.
            var watch = System.Diagnostics.Stopwatch.StartNew();
            var own = Environment.CpuUsage.TotalTime;
            SpinWait.SpinUntil(() => (Environment.CpuUsage.TotalTime - own).TotalSeconds > 0.5);
            double cores = (Environment.CpuUsage.TotalTime - own).TotalSeconds / watch.Elapsed.TotalSeconds;
            // Ticks of a hundredth second, counted where a core is interrupted.
            Assert.InRange(all.Measure().Others - others.Measure().Others, 0.5 * cores, 1.5 * cores);
        }
        finally
        {
            Volatile.Write(ref done, true);
            thread.Join();
        }
    }
}
