using Silo.Core.Tenants;
using Silo.Core.WarmUp;
using Xunit;

namespace Silo.Core.Tests.Tenants;

public class WarmUpLedgerTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 2, 10, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Folded_in_whatever_pieces_the_warm_up_is_the_same_byte_for_byte()
    {
        for (var seed = 0; seed < 40; seed++)
        {
            var random = new Random(seed);
            var (whole, pieces) = (TenantLedger.New(Start, null), TenantLedger.New(Start, null));
            var at = Start;
            for (var i = 0; i < 400; i++)
            {
                at = at.AddMinutes(random.Next(-20, 90));
                var e = random.Next(60) == 0 ? Set(at, random) : Fact(at, random);
                var stored = whole.Append(e);
                if (random.Next(15) == 0) pieces = TenantLedger.Read(pieces.Sequence, pieces.WriteState(), pieces.WriteCounters());
                pieces.Apply(TenantEvent.FromPayload(stored.Sequence, stored.At, (int)stored.Kind, stored.ToPayload()));
                Assert.True(whole.WriteState().AsSpan().SequenceEqual(pieces.WriteState()), $"seed {seed}, event {i}");
            }
        }
    }

    [Fact]
    public void A_hand_over_counts_in_the_hour_in_which_it_began_and_feedback_about_it_does_not()
    {
        var ledger = With([24, 48]);
        ledger.Append(Sent(Start.AddMinutes(59), at: Start.AddMinutes(61)));
        ledger.Append(Sent(Start.AddMinutes(62), at: Start.AddMinutes(63)));
        ledger.Append(new TenantEvent { Kind = TenantEventKind.Complained, At = Start.AddMinutes(64), SentAt = Start.AddMinutes(62) });
        var state = ledger.WarmUp.MeterFor(null, Start.AddMinutes(65))!.State;
        Assert.Equal((1, 2L, 1L, 2L), (state.Hour, state.Sent, state.SentThisHour, state.Delivered));
    }

    [Fact]
    public void What_began_before_the_warm_up_was_set_does_not_count_and_a_unit_in_hand_at_a_crash_does()
    {
        var ledger = With([24, 48], setAt: Start.AddMinutes(30));
        ledger.Append(Sent(Start.AddMinutes(29), at: Start.AddMinutes(31)));
        ledger.Append(new TenantEvent { Kind = TenantEventKind.PossibleDuplicate, At = Start.AddMinutes(32), Attempts = 1, Recipient = "r@gmail.com" });
        Assert.Equal(1, ledger.WarmUp.MeterFor(null, Start.AddMinutes(33))!.State.SentThisHour);
        Assert.Equal(1, ledger.WarmUp.MeterFor("Gmail", Start.AddMinutes(33))!.State.SentThisHour);
    }

    [Fact]
    public void A_bounce_takes_back_that_a_hand_over_counted_as_delivered_and_no_day_that_is_over_changes()
    {
        var ledger = With([24, 48]);
        ledger.Append(Sent(Start, at: Start));
        ledger.Append(Sent(Start, at: Start));
        var bounce = new TenantEvent { Kind = TenantEventKind.HardBounced, At = Start.AddHours(1), SentAt = Start, Previous = UnitState.Delivered };
        ledger.Append(bounce);
        Assert.Equal(1, ledger.WarmUp.MeterFor(null, Start.AddHours(1))!.State.Delivered);
        ledger.Append(bounce with { At = Start.AddHours(25) });
        Assert.Equal((1, 0L), (ledger.WarmUp.MeterFor(null, default)!.State.Day, ledger.WarmUp.MeterFor(null, default)!.State.Delivered));
    }

    private static TenantLedger With(long[] caps, DateTimeOffset? setAt = null)
    {
        var ledger = TenantLedger.New(Start, null);
        var warmUp = new TenantWarmUp { StartedAt = Start, DailyCaps = caps, ProviderCaps = [new ProviderCaps("Gmail", caps)] };
        ledger.Append(new TenantEvent { Kind = TenantEventKind.WarmUpChanged, At = setAt ?? Start, WarmUp = warmUp });
        return ledger;
    }

    private static TenantEvent Sent(DateTimeOffset sentAt, DateTimeOffset at) =>
        new() { Kind = TenantEventKind.Delivered, At = at, SentAt = sentAt, Attempts = 1, Recipient = "r@example.org" };

    private static TenantEvent Set(DateTimeOffset at, Random random) => new()
    {
        Kind = TenantEventKind.WarmUpChanged, At = at,
        WarmUp = random.Next(4) == 0 ? null : new TenantWarmUp
        {
            StartedAt = random.Next(2) == 0 ? Start : at, ByDomain = random.Next(2) == 0, Mode = (WarmUpMode)random.Next(2),
            DailyCaps = random.Next(3) == 0 ? null : [20, 40, 80],
            ProviderCaps = random.Next(2) == 0 ? null : [new ProviderCaps("Gmail", [10, 20])],
        },
    };

    private static TenantEvent Fact(DateTimeOffset at, Random random)
    {
        var domain = random.Next(6) is var d && d < 5 ? $"{d}.example" : null;
        if (random.Next(20) == 0) return new TenantEvent { Kind = TenantEventKind.DomainWarmUpBegan, At = at, SendingDomain = domain ?? "*" };
        TenantEventKind[] kinds =
        [
            TenantEventKind.Delivered, TenantEventKind.HandedOver, TenantEventKind.Deferred, TenantEventKind.Blocked, TenantEventKind.HardBounced,
            TenantEventKind.PossibleDuplicate,
        ];
        var kind = kinds[random.Next(kinds.Length)];
        var isFeedback = kind == TenantEventKind.HardBounced && random.Next(2) == 0;
        return new TenantEvent
        {
            Kind = kind, At = at, SentAt = kind == TenantEventKind.PossibleDuplicate ? null : at.AddMinutes(-random.Next(30)),
            Attempts = isFeedback ? 0 : 1, Previous = isFeedback ? UnitState.Delivered : null, AskedToSlowDown = random.Next(2) == 0,
            Recipient = random.Next(2) == 0 ? "r@gmail.com" : "r@example.org", SendingDomain = domain, Overflowed = random.Next(10) == 0,
        };
    }
}
