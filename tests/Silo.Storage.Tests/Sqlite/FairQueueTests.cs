using Silo.Storage.Sqlite;
using Silo.Storage.Writing;

namespace Silo.Storage.Tests.Sqlite;

public sealed class FairQueueTests
{
    [Fact]
    public void Between_lines_that_are_never_empty_the_bytes_differ_by_a_quantum_and_a_write_at_most()
    {
        for (var seed = 0; seed < 50; seed++)
        {
            var random = new Random(seed);
            var queue = new FairQueue();
            var largest = 0;
            for (var line = 1L; line <= 4; line++)
            {
                // Lines of small and of large writes, of the same total.
                for (var sum = 0; sum < 4_000_000;)
                {
                    var write = Write(line, random.Next(1, (int)(line * line * 6_000)));
                    largest = Math.Max(largest, write.Bytes);
                    sum += write.Bytes;
                    queue.Add(write);
                }
            }

            var taken = new long[5];
            while (taken.Max() < 3_000_000)
            {
                var batch = new List<PendingWrite>();
                queue.Take(batch, random.Next(1, 300_000), random.Next(1, 60), evenIfTooLarge: true);
                Assert.NotEmpty(batch);
                foreach (var write in batch) taken[write.Line] += write.Bytes;
                var spread = taken[1..].Max() - taken[1..].Min();
                Assert.True(spread <= 2 * FairQueue.QuantumBytes + largest, $"seed {seed}: {spread} bytes apart");
            }
        }
    }

    [Fact]
    public void A_batch_holds_to_its_bytes_and_its_count_but_for_a_single_large_write()
    {
        var queue = new FairQueue();
        for (var i = 0; i < 100; i++) queue.Add(Write(i % 7, i == 50 ? 500_000 : 1_000));
        var seen = 0;
        while (queue.Count > 0)
        {
            var batch = new List<PendingWrite>();
            var bytes = queue.Take(batch, 20_000, 9, evenIfTooLarge: true);
            Assert.Equal(batch.Sum(w => (long)w.Bytes), bytes);
            Assert.True(batch.Count == 1 || (bytes <= 20_000 && batch.Count <= 9));
            seen += batch.Count;
        }

        Assert.Equal((100, 0), (seen, queue.Bytes));
    }

    private static PendingWrite Write(long line, int payload) =>
        PendingWrite.Of(new SpoolWrite { TenantKey = line, Events = [new(1, default, 1, new byte[payload])] });
}
