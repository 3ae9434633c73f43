using System.Text;
using System.Text.Json.Nodes;
using Silo.Core.Delivery;
using Silo.Core.Reputation;
using Silo.Core.Suspension;
using Silo.Core.Tenants;
using Xunit;

namespace Silo.Core.Tests.Tenants;

/// <summary>G5: the state of a tenant equals the fold of its events, byte for byte, and its decisions follow from its facts.</summary>
public class TenantLedgerTests
{
    private const int Seeds = 60;
    private const int FactsPerSeed = 1_200;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Bounces_that_are_a_finding_of_the_pool_are_booked_but_pause_nobody(bool commonCause)
    {
        var at = new DateTimeOffset(2026, 3, 2, 12, 0, 0, TimeSpan.Zero);
        var ledger = TenantLedger.New(at, null);
        var facts = Enumerable.Range(0, 600).Select(i => new TenantEvent
        {
            Kind = i % 2 == 0 ? TenantEventKind.Delivered : TenantEventKind.HardBounced, At = at.AddSeconds(i),
            SentAt = at.AddSeconds(i), CommonCause = i % 2 != 0 && commonCause,
        });
        TenantJudge.Follow(ledger, [.. facts], ReputationThresholds.Default);
        Assert.Equal(300, ledger.Books.Bounced);
        Assert.Equal(commonCause, ledger.Standing.MaySend);
        var volume = ledger.Counters.Volume(ReputationWindow.Day, at.AddSeconds(600));
        Assert.Equal(commonCause ? (0, 300) : (300, 0), (volume.HardBounces, volume.Blocked));
    }

    [Fact]
    public void Only_bounces_that_SES_counts_are_in_the_rate()
    {
        var at = new DateTimeOffset(2026, 3, 2, 12, 0, 0, TimeSpan.Zero);
        var ledger = TenantLedger.New(at, null);
        var bounce = new TenantEvent { Kind = TenantEventKind.HardBounced, At = at, SentAt = at, Recipient = "a@gmail.com" };
        ledger.Append(bounce);
        ledger.Append(bounce with { OwnDomain = true });
        ledger.Append(bounce with { Simulated = true });
        ledger.Append(bounce with { Bounce = BounceSubType.OnAccountSuppressionList });
        ledger.Append(new TenantEvent { Kind = TenantEventKind.Delivered, At = at, SentAt = at, Recipient = "b@gmail.com" });
        // One that was delivered and bounced late at a domain of the tenant's own is neither.
        ledger.Append(bounce with { OwnDomain = true, Previous = UnitState.Delivered });

        var volume = ledger.Counters.Volume(ReputationWindow.Day, at);
        Assert.Equal((1, 1, 1, 0), (volume.HardBounces, volume.Resolved, volume.Suppressed, volume.Delivered));
        Assert.Equal(1, ledger.Counters.Volume("Gmail", ReputationWindow.Day, at).HardBounces);
        Assert.Equal(5, ledger.Books.Bounced);
    }

    [Fact]
    public void The_books_balance_after_every_event()
    {
        for (var seed = 0; seed < Seeds; seed++)
        {
            var history = new TenantHistory(seed);
            var ledger = TenantLedger.New(history.Start, null);
            for (var i = 0; i < FactsPerSeed; i++)
            {
                TenantJudge.Follow(ledger, [history.NextFact()], ReputationThresholds.Default);
                Assert.True(ledger.Books == history.Books, $"seed {seed}, fact {i}: {ledger.Books}, units say {history.Books}");
            }
        }
    }

    [Fact]
    public void The_log_as_stored_gives_the_live_state_in_whatever_pieces_it_is_folded()
    {
        for (var seed = 0; seed < Seeds; seed++)
        {
            var (live, log) = Live(seed);
            var whole = TenantLedger.New(new TenantHistory(seed).Start, null);
            foreach (var e in log) whole.Apply(Stored(e));
            AssertEqual(live, whole, $"seed {seed}, folded whole");

            var random = new Random(seed);
            var pieces = TenantLedger.New(new TenantHistory(seed).Start, null);
            foreach (var e in log)
            {
                // A snapshot here and there, read back as after a start.
                if (random.Next(20) == 0) pieces = TenantLedger.Read(pieces.Sequence, pieces.WriteState(), pieces.WriteCounters());
                pieces.Apply(Stored(e));
            }

            AssertEqual(live, pieces, $"seed {seed}, folded in pieces");
        }
    }

    [Fact]
    public void The_facts_judged_anew_lead_to_the_same_decisions()
    {
        var findings = 0;
        for (var seed = 0; seed < Seeds; seed++)
        {
            var (live, log) = Live(seed);
            var again = TenantLedger.New(new TenantHistory(seed).Start, null);
            var decided = new List<TenantEvent>();
            foreach (var e in log)
            {
                if (IsFact(e)) decided.AddRange(TenantJudge.Follow(again, [Stored(e)], ReputationThresholds.Default));
                else if (e.Origin is not null && e.Cause is null) decided.Add(again.Append(Stored(e)));
            }

            Assert.Equal(log.Select(e => Convert.ToHexString(e.ToPayload())), decided.Select(e => Convert.ToHexString(e.ToPayload())));
            AssertEqual(live, again, $"seed {seed}");
            findings += log.Count(e => e.Kind is TenantEventKind.FindingOpened or TenantEventKind.FindingClosed);
        }

        Assert.True(findings > Seeds / 2, $"Only {findings} findings came and went: the histories show too little.");
    }

    [Fact]
    public void Bounces_open_a_finding_and_pause_and_the_standing_stands_on_the_last_event()
    {
        var at = new DateTimeOffset(2026, 3, 2, 10, 0, 0, TimeSpan.Zero);
        var ledger = TenantLedger.New(at, null);
        var facts = Enumerable.Range(0, 300).Select(i => new TenantEvent { Kind = TenantEventKind.HardBounced, At = at.AddSeconds(i), SentAt = at.AddSeconds(i) });
        var events = TenantJudge.Follow(ledger, [.. facts], ReputationThresholds.Default);

        var opened = Assert.Single(events, e => e.Kind == TenantEventKind.FindingOpened);
        var paused = Assert.Single(events, e => e.Kind == TenantEventKind.StatusChanged);
        Assert.Equal(opened.Sequence + 1, paused.Sequence);
        // Right behind the 200th bounce, the first that is enough to judge by.
        Assert.Equal(200, opened.Sequence - 1);
        Assert.Null(opened.Standing);
        Assert.Equal(SendingStatus.Disabled, paused.Standing!.Aggregate);
        Assert.Equal(FindingType.Bounce, Assert.Single(paused.Standing.OpenFindings).Type);
        Assert.Equal(Enumerable.Range(1, 302).Select(i => (long)i), events.Select(e => e.Sequence));
        Assert.False(ledger.Standing.MaySend);
        Assert.Equal(ledger.WriteState(), TenantLedger.Read(ledger.Sequence, ledger.WriteState(), ledger.WriteCounters()).WriteState());
    }

    [Fact]
    public void A_finding_of_every_type_and_impact_can_be_stored_and_read()
    {
        foreach (var type in Enum.GetValues<FindingType>())
        {
            foreach (var impact in Enum.GetValues<FindingImpact>())
            {
                var finding = new Finding
                {
                    Type = type, Impact = impact, OpenedAt = default, UpdatedAt = default, Description = "", UpperBound = 0, Window = default,
                };
                var e = new TenantEvent { Sequence = 1, Kind = TenantEventKind.FindingOpened, Finding = finding, Units = 0 };
                Assert.Equal(e, Stored(e));
            }
        }
    }

    [Fact]
    public void A_fact_about_a_simulated_delivery_is_booked_and_not_counted()
    {
        var at = new DateTimeOffset(2026, 3, 2, 10, 0, 0, TimeSpan.Zero);
        var ledger = TenantLedger.New(at, null);
        var before = ledger.WriteCounters();
        ledger.Append(new TenantEvent { Kind = TenantEventKind.HardBounced, At = at, SentAt = at, Simulated = true });
        Assert.Equal(1, ledger.Books.Bounced);
        Assert.Equal(before, ledger.WriteCounters());
    }

    [Fact]
    public void Acceptances_count_in_the_day_and_the_month_of_their_own_time()
    {
        var at = new DateTimeOffset(2026, 3, 31, 23, 59, 0, TimeSpan.Zero);
        var ledger = TenantLedger.New(at, null);
        ledger.Append(new TenantEvent { Kind = TenantEventKind.Accepted, At = at, Units = 3 });
        ledger.Append(new TenantEvent { Kind = TenantEventKind.Delivered, At = at, SentAt = at });
        ledger.Append(new TenantEvent { Kind = TenantEventKind.Accepted, At = at.AddMinutes(1), Units = 4 });
        ledger.Append(new TenantEvent { Kind = TenantEventKind.Accepted, At = at, Units = 2 });

        Assert.Equal((5, 5), (ledger.PlanUse.OnDay(at), ledger.PlanUse.InMonth(at)));
        Assert.Equal((4, 4), (ledger.PlanUse.OnDay(at.AddHours(1)), ledger.PlanUse.InMonth(at.AddHours(1))));
    }

    [Fact]
    public void A_state_of_the_release_before_is_read_with_nothing_in_what_it_did_not_know()
    {
        var before = TenantLedger.New(default, null);
        before.Append(new TenantEvent { Kind = TenantEventKind.Accepted, At = DateTimeOffset.UnixEpoch, Units = 7 });
        var state = JsonNode.Parse(before.WriteState())!.AsObject();
        foreach (var later in new[] { "Orders", "HoldsMail", "AcceptedByDay", "AcceptedByMonth" }) state.Remove(later);

        var ledger = TenantLedger.Read(1, Encoding.UTF8.GetBytes(state.ToJsonString()), before.WriteCounters());
        ledger.Append(new TenantEvent { Kind = TenantEventKind.Accepted, At = DateTimeOffset.UnixEpoch, Units = 2 });

        Assert.Equal((9, 2), (ledger.Books.Accepted, ledger.PlanUse.OnDay(DateTimeOffset.UnixEpoch)));
        Assert.Empty(ledger.Orders);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void An_event_that_does_not_follow_the_last_one_is_refused(long sequence)
    {
        var ledger = TenantLedger.New(default, null);
        Assert.Throws<InvalidOperationException>(() => ledger.Apply(new TenantEvent { Sequence = sequence, Kind = TenantEventKind.Accepted }));
        Assert.Equal(0, ledger.Sequence);
    }

    private static (TenantLedger Ledger, List<TenantEvent> Log) Live(int seed)
    {
        var history = new TenantHistory(seed);
        var random = new Random(seed);
        var ledger = TenantLedger.New(history.Start, null);
        var log = new List<TenantEvent>();
        for (var i = 0; i < FactsPerSeed;)
        {
            // In batches, as outcomes come; judging goes fact by fact all the same.
            var batch = Enumerable.Range(0, random.Next(1, 20)).Select(_ => history.NextFact()).ToArray();
            i += batch.Length;
            log.AddRange(TenantJudge.Follow(ledger, batch, ReputationThresholds.Default));
            if (history.NextDecision(ledger.Standing) is { } decision) log.Add(ledger.Append(decision));
        }

        return (ledger, log);
    }

    // Decisions of the rules carry a cause, those of the people in a history none, so that the two can be told apart.
    private static bool IsFact(TenantEvent e) => e.Kind >= TenantEventKind.Accepted;

    private static TenantEvent Stored(TenantEvent e) => TenantEvent.FromPayload(e.Sequence, e.At, (int)e.Kind, e.ToPayload());

    private static void AssertEqual(TenantLedger expected, TenantLedger actual, string what)
    {
        Assert.True(expected.Sequence == actual.Sequence, what);
        Assert.True(expected.WriteState().AsSpan().SequenceEqual(actual.WriteState()), $"{what}: the states differ");
        Assert.True(expected.WriteCounters().AsSpan().SequenceEqual(actual.WriteCounters()), $"{what}: the counters differ");
    }
}
