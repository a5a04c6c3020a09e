using Pupil.LibTorch;

namespace Pupil.Tests.LibTorch;

/// <summary>Tests of the threads that wait asleep while other programs compute.</summary>
public sealed class NeighbourWatchTests
{
    [Fact]
    public void Cores_are_crowded_at_once_and_free_only_after_a_while()
    {
        var crowd = new NeighbourWatch.Crowd();
        Assert.False(crowd.Update(own: 1, others: 0.29, idle: 0));
        Assert.True(crowd.Update(own: 1, others: 0.3, idle: 0.5));
        // Between the limits the state does not change.
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
    public void Another_program_does_not_crowd_the_cores_while_some_are_idle()
    {
        var crowd = new NeighbourWatch.Crowd();
        Assert.False(crowd.Update(own: 1, others: 4, idle: 0.6));
        Assert.True(crowd.Update(own: 1, others: 4, idle: 0.4));
        for (int i = 1; i < NeighbourWatch.Crowd.Patience; i++)
            Assert.True(crowd.Update(own: 1, others: 4, idle: 8));
        Assert.False(crowd.Update(own: 1, others: 4, idle: 8));
    }

    [Fact]
    public void The_state_does_not_change_while_this_process_is_idle()
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
    public void The_kernel_s_list_of_cores_is_parsed(string list, int[] cores) => Assert.Equal(cores, OtherLoad.ParseCores(list).Order());

    [Fact]
    public void There_are_more_threads_than_cores_until_they_end()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "libtorch uses libgomp only on Linux.");
        const string Name = "Pupil: test";
        using (var asleep = SleepingThreads.Begin(NativeLibraries.Bindings, Name))
        {
            Assert.NotNull(asleep);
            Assert.Equal(Environment.ProcessorCount + 1, Threads());
        }
        // They end some time after the thread that started them.
        Assert.True(SpinWait.SpinUntil(() => Threads() == 0, TimeSpan.FromMinutes(1)));

        static int Threads()
        {
            var all = new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 1 };
            return Directory.GetFiles("/proc/self/task", "comm", all).Count(file => Read(file).Trim() == Name);
        }

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
    public void The_load_of_other_processes_is_distinguished_from_that_of_this_one()
    {
        Assert.SkipUnless(OtherLoad.IsKnown, "This kernel does not report the load.");
        // Without own processes, the load of this process's threads counts as that of others.
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
            // On a busy machine the thread may start late.
            var watch = System.Diagnostics.Stopwatch.StartNew();
            var own = Environment.CpuUsage.TotalTime;
            SpinWait.SpinUntil(() => (Environment.CpuUsage.TotalTime - own).TotalSeconds > 0.5);
            double cores = (Environment.CpuUsage.TotalTime - own).TotalSeconds / watch.Elapsed.TotalSeconds;
            // Ticks of 1/100 s, counted at the interrupts of a core.
            Assert.InRange(all.Measure().Others - others.Measure().Others, 0.5 * cores, 1.5 * cores);
        }
        finally
        {
            Volatile.Write(ref done, true);
            thread.Join();
        }
    }
}
