using Silo.Core.Tenants;
using Xunit;

namespace Silo.Core.Tests.Tenants;

public class TenantUsageTests
{
    private static readonly DateTimeOffset LastHour = new(2026, 3, 31, 23, 30, 0, TimeSpan.Zero);

    [Fact]
    public void What_a_tenant_used_is_the_sum_of_its_events_however_often_its_state_is_stored_and_read()
    {
        for (var seed = 0; seed < 10; seed++)
        {
            var history = new TenantHistory(seed);
            var ledger = TenantLedger.New(history.Start, null);
            var (byMonth, byDay) = (new SortedDictionary<DateOnly, UsageCounts>(), new SortedDictionary<DateOnly, UsageCounts>());
            var random = new Random(seed);
            for (var i = 0; i < 1_500; i++)
            {
                var fact = history.NextFact();
                if (fact.Kind == TenantEventKind.Accepted) fact = fact with { Bytes = random.Next(1, 1 << 20) };
                ledger.Append(fact);
                var counts = fact.Kind switch
                {
                    TenantEventKind.Accepted => new UsageCounts(1, fact.Units, 0, 0, fact.Bytes),
                    TenantEventKind.HandedOver => new UsageCounts(0, 0, fact.Units, 0, 0),
                    TenantEventKind.Delivered => new UsageCounts(0, 0, 0, fact.Units, 0),
                    _ => default,
                };
                if (counts != default)
                {
                    var day = DateOnly.FromDateTime(fact.At.UtcDateTime);
                    byDay[day] = byDay.GetValueOrDefault(day) + counts;
                    var month = new DateOnly(day.Year, day.Month, 1);
                    byMonth[month] = byMonth.GetValueOrDefault(month) + counts;
                }

                if (i % 100 == 0) ledger = TenantLedger.Read(ledger.Sequence, ledger.WriteState(), ledger.WriteCounters());
            }

            Assert.True(
                byMonth.TakeLast(TenantUsage.MonthsKept).Select(m => new UsagePeriod(m.Key, m.Value)).SequenceEqual(ledger.Usage.Months), $"seed {seed}");
            Assert.True(
                byDay.TakeLast(TenantUsage.DaysKept).Select(d => new UsagePeriod(d.Key, d.Value)).SequenceEqual(ledger.Usage.Days), $"seed {seed}");
        }
    }

    [Fact]
    public void Mail_counts_in_the_month_in_which_it_was_accepted_and_its_delivery_in_the_one_in_which_it_was_told()
    {
        var ledger = TenantLedger.New(LastHour, null);
        ledger.Append(new TenantEvent { Kind = TenantEventKind.Accepted, At = LastHour, Units = 2, Bytes = 700 });
        ledger.Append(new TenantEvent { Kind = TenantEventKind.Delivered, At = LastHour.AddHours(1), SentAt = LastHour });
        // A clock that steps back: the months stay in their order.
        ledger.Append(new TenantEvent { Kind = TenantEventKind.Delivered, At = LastHour.AddMinutes(1), SentAt = LastHour });

        Assert.Equal(
            [
                new UsagePeriod(new DateOnly(2026, 3, 1), new UsageCounts(1, 2, 0, 1, 700)),
                new UsagePeriod(new DateOnly(2026, 4, 1), new UsageCounts(0, 0, 0, 1, 0)),
            ],
            ledger.Usage.Months);
    }

    [Fact]
    public void A_bounce_that_comes_late_changes_no_bill_that_was_written()
    {
        var ledger = TenantLedger.New(LastHour, null);
        ledger.Append(new TenantEvent { Kind = TenantEventKind.Delivered, At = LastHour, SentAt = LastHour });
        var before = ledger.Usage.Months;
        ledger.Append(new TenantEvent { Kind = TenantEventKind.HardBounced, At = LastHour.AddDays(3), SentAt = LastHour, Previous = UnitState.Delivered });
        Assert.Equal(before, ledger.Usage.Months);
    }

    [Fact]
    public void Beyond_what_is_kept_the_oldest_days_and_months_go()
    {
        var ledger = TenantLedger.New(LastHour, null);
        for (var day = 0; day < 500; day++)
            ledger.Append(new TenantEvent { Kind = TenantEventKind.Accepted, At = LastHour.AddDays(day), Bytes = 1 });
        Assert.Equal((TenantUsage.DaysKept, TenantUsage.MonthsKept), (ledger.Usage.Days.Count, ledger.Usage.Months.Count));
        Assert.Equal(DateOnly.FromDateTime(LastHour.AddDays(499).UtcDateTime), ledger.Usage.Days[^1].From);
        Assert.Equal(ledger.Usage.Days[^1].From.AddDays(1 - TenantUsage.DaysKept), ledger.Usage.Days[0].From);
    }
}
