using Silo.Core.Messages;
using Silo.Core.Reputation;
using Silo.Core.Tenants;
using Xunit;

namespace Silo.Core.Tests.Tenants;

public sealed class RollUpTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 2, 12, 0, 0, TimeSpan.Zero);
    private static readonly MailScope News = new("example.com", "news");

    private static string IdOf(MailScope scope, int n = 1) => MessageIdFormat.Create(Noon, (UInt128)n, scope.Number());

    [Fact]
    public void However_events_are_cut_by_snapshots_the_rows_add_up_to_the_same()
    {
        for (var seed = 0; seed < 200; seed++)
        {
            var history = new TenantHistory(seed);
            var (random, ledger) = (new Random(seed), TenantLedger.New(history.Start, null));
            var (whole, cut, pieces) = (new RollUps(), new RollUps(), new Dictionary<RollUpKey, int[]>());
            for (var i = 0; i < 500; i++)
            {
                var e = ledger.Append(history.NextFact() with { MessageId = IdOf(new MailScope("d" + random.Next(3), null)) });
                whole.Add(e);
                cut.Add(e);
                if (random.Next(20) == 0) AddTo(pieces, cut.Take());
            }

            AddTo(pieces, cut.Take());
            var rows = whole.Take()!.Rows;
            Assert.True(Text(rows) == Text(pieces.Select(p => new RollUpRow(p.Key, p.Value))), $"seed {seed}");
            Assert.True(Sum(rows, ReputationFact.Sent) == ledger.Books.Accepted, $"seed {seed}");
            var resolved = Sum(rows, ReputationFact.Delivered) + Sum(rows, ReputationFact.HandedOver) + Sum(rows, ReputationFact.HardBounced);
            Assert.True(resolved == ledger.Counters.TotalResolved, $"seed {seed}: {resolved}, {ledger.Counters.TotalResolved}");
        }
    }

    [Fact]
    public void A_late_bounce_is_taken_out_of_the_delivered_of_the_hour_and_the_scope_of_its_send()
    {
        var rollUps = new RollUps();
        var sent = new TenantEvent
        {
            Kind = TenantEventKind.HandedOver, At = Noon, SentAt = Noon, MessageId = IdOf(News), Recipient = "a@gmail.com", FeedbackLoop = true,
        };
        rollUps.Add(sent);
        rollUps.Add(sent with { Kind = TenantEventKind.HardBounced, At = Noon.AddHours(30), Previous = UnitState.HandedOver });

        var row = Assert.Single(rollUps.Take()!.Rows);

        Assert.Equal(new RollUpKey(RollUpKey.HourOf(Noon), News.Number(), "Gmail"), row.Key);
        Assert.Equal((0, 1, 0), (row.Counts[(int)ReputationFact.HandedOver], row.Counts[(int)ReputationFact.HardBounced], row.Counts[RollUpRow.FeedbackLoopDelivered]));
        Assert.Null(rollUps.Take());
    }

    [Fact]
    public void A_scope_is_named_until_it_is_known_and_again_by_the_next_life()
    {
        var (rollUps, number) = (new RollUps(), News.Number());
        var accepted = new TenantEvent { Kind = TenantEventKind.Accepted, At = Noon, MessageId = IdOf(News), Scope = News };
        Assert.False(rollUps.Knows(number));
        rollUps.Add(accepted);
        Assert.True(rollUps.Knows(number));
        Assert.Equal(Noon, rollUps.Since);
        Assert.Equal([new(number, News)], rollUps.Take()!.Scopes);
        rollUps.Add(accepted with { Scope = null });
        Assert.Empty(rollUps.Take()!.Scopes);
        Assert.False(new RollUps().Knows(number));
    }

    [Fact]
    public void An_id_tells_its_scope_and_one_without_tells_none()
    {
        for (var seed = 0; seed < 1_000; seed++)
        {
            var random = new Random(seed);
            var bits = new UInt128((ulong)random.NextInt64(), (ulong)random.NextInt64(long.MinValue, long.MaxValue));
            var scope = new MailScope("d" + seed, seed % 2 == 0 ? null : "s" + seed);
            var id = MessageIdFormat.Create(Noon, bits, scope.Number());
            Assert.Equal(scope.Number(), MessageIdFormat.ScopeOf(id));
            Assert.True(MessageIdFormat.TryGetAcceptedAt(id, out var at) && at == Noon, $"seed {seed}");
            Assert.Equal(0, MessageIdFormat.ScopeOf(MessageIdFormat.Create(Noon, bits)));
            Assert.InRange(scope.Number(), 1, MailScope.MaxNumber);
        }

        Assert.Equal(0, MessageIdFormat.ScopeOf(null));
        Assert.Equal(0, MessageIdFormat.ScopeOf("8"));
        Assert.Equal(News, MailScope.Of("arn:aws:ses:us-east-1:000000000000:identity/example.com", "news"));
        Assert.NotEqual(News.Number(), (News with { ConfigurationSet = null }).Number());
    }

    private static void AddTo(Dictionary<RollUpKey, int[]> sums, RollUpChanges? changes)
    {
        foreach (var (key, counts) in changes?.Rows ?? [])
        {
            if (!sums.TryGetValue(key, out var sum)) sums[key] = sum = new int[RollUpRow.Columns];
            for (var i = 0; i < counts.Length; i++) sum[i] += counts[i];
        }
    }

    private static long Sum(IEnumerable<RollUpRow> rows, ReputationFact fact) => rows.Sum(r => r.Counts[(int)fact]);

    private static string Text(IEnumerable<RollUpRow> rows) => string.Join(
        '\n', rows.Select(r => $"{r.Key} {string.Join(' ', r.Counts)}").Order(StringComparer.Ordinal));
}
