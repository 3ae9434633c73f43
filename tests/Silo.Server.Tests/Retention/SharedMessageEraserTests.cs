using System.Globalization;
using System.Text.Json;
using Silo.Core.Messages;
using Silo.Server.Retention;
using Silo.Storage;
using Xunit;

namespace Silo.Server.Tests.Retention;

public sealed class SharedMessageEraserTests
{
    [Fact]
    public async Task Messages_are_counted_once_a_page_at_a_time_and_waited_for_from_the_first_that_was_found()
    {
        var spool = new Spool();
        for (var key = 1; key <= 3_500; key++) spool.Add(key, key is 1_500 or 3_400 ? "gone@gmail.com" : "other@gmail.com");
        var eraser = new SharedMessageEraser(spool);
        var erasure = new Erasure
        {
            Id = "erasure-1", Address = "gone@gmail.com", Pseudonym = "erased-1@gmail.com", RequestedAt = DateTimeOffset.UnixEpoch,
        };
        var (found, steps) = (0L, new List<bool>());
        async Task<EraserStep> Next()
        {
            var step = await eraser.Erase(erasure, default);
            found += step.Found;
            erasure = erasure with { Cursor = step.Next };
            steps.Add(step.RestsFor > TimeSpan.Zero);
            return step;
        }

        while ((await Next()).RestsFor == default) Assert.NotNull(erasure.Cursor);
        Assert.Equal((2, 4), (found, steps.Count));
        await Next();
        Assert.Equal("1000", spool.LastAfter);
        Assert.True(steps[^1]);
        spool.Remove(1_500);
        await Next();
        await Next();
        await Next();
        Assert.True(steps[^1]);
        spool.Remove(3_400);
        while (erasure.Cursor is not null) await Next();
        Assert.Equal((2, 9), (found, steps.Count));
    }

    private sealed class Spool : IAddressStore
    {
        private readonly SortedDictionary<long, byte[]> _envelopes = [];

        public string? LastAfter { get; private set; }

        public void Add(long key, string recipient) => _envelopes[key] = JsonSerializer.SerializeToUtf8Bytes(new Envelope
        {
            MessageId = "m", TenantName = "a", Sender = "s@a.example", FromAddress = "s@a.example", IdentityArn = "arn", SizeBytes = 1,
            Destination = [recipient], AcceptedAt = DateTimeOffset.UnixEpoch,
        });

        public void Remove(long key) => _envelopes.Remove(key);

        public ValueTask<IReadOnlyList<AddressRow>> Read(AddressTable table, string? after, int limit, CancellationToken cancellationToken)
        {
            LastAfter = after;
            var from = after is null ? 0 : long.Parse(after, CultureInfo.InvariantCulture);
            return ValueTask.FromResult<IReadOnlyList<AddressRow>>([.. _envelopes.Where(e => e.Key > from).Take(limit)
                .Select(e => new AddressRow(e.Key.ToString(CultureInfo.InvariantCulture), 0, e.Value))]);
        }

        public ValueTask<IReadOnlyList<AddressedUnits>> FindUnits(string recipient, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public ValueTask<string> MarkEnd(CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask<bool> IsSettled(string end, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask<int> Replace(AddressTable table, IReadOnlyList<AddressRow> rows, CancellationToken cancellationToken) =>
            throw new NotSupportedException();
    }
}
