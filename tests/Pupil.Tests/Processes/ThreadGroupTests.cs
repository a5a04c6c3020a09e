using Pupil.Processes;

namespace Pupil.Tests.Processes;

/// <summary>The threads that stand in for processes.</summary>
public sealed class ThreadGroupTests
{
    [Fact]
    public void One_thread_computes_at_a_time()
    {
        int computing = 0;
        int[] most = ThreadGroup.Run(ThreadGroup.Of(3), group =>
        {
            int found = 0;
            for (int i = 0; i < 20; i++)
            {
                found = Math.Max(found, Interlocked.Increment(ref computing));
                Thread.Sleep(1);
                Interlocked.Decrement(ref computing);
                group.Meet();
            }
            return found;
        });
        Assert.Equal([1, 1, 1], most);
    }

    [Fact]
    public void A_thread_that_fails_ends_the_others()
    {
        var error = Assert.Throws<InvalidDataException>(() => ThreadGroup.Run(ThreadGroup.Of(3), group =>
        {
            if (group.Rank == 1)
                throw new InvalidDataException("one");
            group.Meet();
            return 0;
        }));
        Assert.Equal("one", error.Message);
    }
}
