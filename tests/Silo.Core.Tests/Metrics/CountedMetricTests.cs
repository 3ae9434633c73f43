using Silo.Core.Addresses;
using Silo.Core.Delivery;
using Silo.Core.Messages;
using Silo.Core.Metrics;
using Silo.Core.Reputation;
using Silo.Core.Tenants;
using Xunit;

namespace Silo.Core.Tests.Metrics;

public sealed class CountedMetricTests
{
    private const MailTraits All = MailTraits.Counted | MailTraits.Tracked;
    private static readonly DateTimeOffset Noon = new(2026, 3, 2, 12, 0, 0, TimeSpan.Zero);
    private static readonly MailScope News = new("example.com", "news");

    [Fact]
    public void A_message_counts_in_the_hour_of_its_acceptance_whenever_something_is_told_of_it()
    {
        var counted = Counts(
            Event(TenantEventKind.Accepted) with { Provider = "Gmail" },
            Event(TenantEventKind.HandedOver, hours: 5) with { Recipient = "a@gmail.com", FeedbackLoop = true, SentAt = Noon.AddHours(5) },
            Event(TenantEventKind.Delivered, hours: 6) with { Recipient = "a@gmail.com", FeedbackLoop = true, Previous = UnitState.HandedOver },
            Event(TenantEventKind.Complained, hours: 30) with { Recipient = "a@gmail.com", FeedbackLoop = true },
            Event(TenantEventKind.Opened, hours: 31) with { Provider = "Gmail", IsFirst = true },
            Event(TenantEventKind.Opened, hours: 32) with { Provider = "Gmail" },
            Event(TenantEventKind.Clicked, hours: 32) with { Provider = "Gmail", IsFirst = true });

        Assert.Equal(
            "Send 1, Delivery 1, DeliveryOpen 1, DeliveryClick 1, DeliveryComplaint 1, PermanentBounce 0, TransientBounce 0, Complaint 1, Open 1, Click 1",
            counted);
    }

    [Theory]
    [InlineData(TenantEventKind.HardBounced, "PermanentBounce")]
    [InlineData(TenantEventKind.SoftBounced, "TransientBounce")]
    [InlineData(TenantEventKind.Blocked, "TransientBounce")]
    public void A_late_bounce_takes_the_delivery_back_with_all_that_it_counted_as(TenantEventKind kind, string metric)
    {
        var sent = Event(TenantEventKind.Delivered) with { Recipient = "a@gmail.com", FeedbackLoop = true };
        var counted = Counts(sent, sent with { Kind = kind, At = Noon.AddDays(3), Previous = UnitState.Delivered });
        Assert.Equal($"{metric} 1", string.Join(", ", counted.Split(", ").Where(c => !c.EndsWith(" 0", StringComparison.Ordinal))));
    }

    [Fact]
    public void A_report_of_a_unit_in_doubt_is_no_delivery_but_its_own_end_is()
    {
        var left = Event(TenantEventKind.HandedOver) with { Recipient = "a@gmail.com" };
        Assert.Equal("Delivery 1", Nonzero(Counts(
            left with { Kind = TenantEventKind.Delivered, InDoubt = true, MessageId = IdOf(MailTraits.Counted) },
            left with { MessageId = IdOf(MailTraits.Counted) })));
    }

    [Fact]
    public void What_ends_a_message_counts_as_the_bounce_that_is_published_of_it()
    {
        var to = Event(TenantEventKind.HardBounced) with { Recipient = "a@gmail.com" };
        Assert.Contains("PermanentBounce 1", Counts(to));
        // Of a finding of the pool, and at a domain of one's own: in no rate that pauses, but they did bounce.
        Assert.Contains("PermanentBounce 1", Counts(to with { CommonCause = true }));
        Assert.Contains("PermanentBounce 1", Counts(to with { OwnDomain = true }));
        Assert.Contains("TransientBounce 1", Counts(to with { Kind = TenantEventKind.Expired }));
        foreach (var nothing in new[]
        {
            to with { Bounce = BounceSubType.OnAccountSuppressionList }, to with { Bounce = BounceSubType.OnTenantSuppressionList },
            to with { Kind = TenantEventKind.Suppressed }, to with { Kind = TenantEventKind.Deferred }, to with { Kind = TenantEventKind.Cancelled },
            to with { Kind = TenantEventKind.Rejected }, to with { Kind = TenantEventKind.PossibleDuplicate }, to with { Simulated = true },
            to with { MessageId = IdOf(MailTraits.None) }, to with { MessageId = "m-1" }, to with { MessageId = null },
        }) Assert.Equal("", Nonzero(Counts(nothing)));
    }

    [Fact]
    public void Only_what_carries_a_mark_is_a_delivery_that_could_be_opened_or_clicked()
    {
        var sent = Event(TenantEventKind.Delivered) with { Recipient = "a@gmail.com" };
        Assert.Equal("Delivery 1", Nonzero(Counts(sent with { MessageId = IdOf(MailTraits.Counted) })));
        Assert.Equal("Delivery 1, DeliveryOpen 1", Nonzero(Counts(sent with { MessageId = IdOf(MailTraits.Counted | MailTraits.OpensTracked) })));
        Assert.Equal("Delivery 1, DeliveryClick 1", Nonzero(Counts(sent with { MessageId = IdOf(MailTraits.Counted | MailTraits.ClicksTracked) })));
    }

    [Fact]
    public void An_id_tells_traits_and_provider_beside_its_scope_and_one_of_an_older_release_tells_none()
    {
        var told = 0;
        for (var seed = 0; seed < 1_000; seed++)
        {
            var random = new Random(seed);
            var bits = new UInt128((ulong)random.NextInt64(), (ulong)random.NextInt64());
            var traits = (MailTraits)random.Next(8);
            var provider = random.Next(1, MailScope.MaxNumber + 1);
            var id = MessageIdFormat.Create(Noon, bits, News.Number(), traits, provider);
            Assert.True(
                (traits, (traits & MailTraits.Counted) == 0 ? 0 : provider, News.Number())
                == (MessageIdFormat.TraitsOf(id), MessageIdFormat.ProviderOf(id), MessageIdFormat.ScopeOf(id)), $"seed {seed}");
            Assert.True(MessageIdFormat.TryGetAcceptedAt(id, out var at) && at == Noon, $"seed {seed}");
            Assert.Equal((MailTraits.None, 0), (MessageIdFormat.TraitsOf(MessageIdFormat.Create(Noon, bits)), MessageIdFormat.ProviderOf(MessageIdFormat.Create(Noon, bits))));
            // As the release before wrote them: chance where the mark stands.
            var older = id[..32] + random.Next(0x1000).ToString("x3") + id[35..];
            if (MessageIdFormat.TraitsOf(older) != MailTraits.None) told++;
        }

        Assert.InRange(told, 0, 20);
        Assert.Equal(MailTraits.None, MessageIdFormat.TraitsOf(null));
        Assert.Equal(0, MessageIdFormat.ProviderOf("8"));
        Assert.NotEqual(MailboxProvider.NumberOf("Gmail"), MailboxProvider.NumberOf("Yahoo"));
    }

    private static string IdOf(MailTraits traits) =>
        MessageIdFormat.Create(Noon, 7, News.Number(), traits, MailboxProvider.NumberOf("Gmail"));

    private static TenantEvent Event(TenantEventKind kind, int hours = 0) =>
        new() { Kind = kind, At = Noon.AddHours(hours), SentAt = Noon.AddHours(hours), MessageId = IdOf(All) };

    /// <summary>Of the only row that metrics are in.</summary>
    private static string Counts(params TenantEvent[] events)
    {
        var rollUps = new RollUps();
        foreach (var e in events) rollUps.Add(e);
        var metrics = Enum.GetValues<MessageMetric>();
        var rows = rollUps.Take()?.Rows.Where(r => metrics.Any(m => r.Counts[RollUpRow.ColumnOf(m)] != 0)).ToArray() ?? [];
        Assert.InRange(rows.Length, 0, 1);
        if (rows is not [var row]) return "";
        Assert.Equal(new RollUpKey(RollUpKey.HourOf(Noon), News.Number(), "Gmail"), row.Key);
        return string.Join(", ", metrics.Select(m => $"{m} {row.Counts[RollUpRow.ColumnOf(m)]}"));
    }

    private static string Nonzero(string counts) =>
        string.Join(", ", counts.Split(", ").Where(c => !c.EndsWith(" 0", StringComparison.Ordinal)));
}
