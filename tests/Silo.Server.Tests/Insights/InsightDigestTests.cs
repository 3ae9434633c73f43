using Silo.Core.Messages;
using Silo.Core.Suppression;
using Silo.Core.Tenants;
using Silo.Server.Insights;
using Silo.Storage;
using Silo.Storage.Insights;
using Xunit;

namespace Silo.Server.Tests.Insights;

public sealed class InsightDigestTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 2, 12, 0, 0, TimeSpan.Zero);
    private static readonly string Id = MessageIdFormat.Create(Noon, 7);
    private long _position;

    [Fact]
    public void A_message_and_what_becomes_of_it_at_once_is_a_row_and_no_change()
    {
        var digest = Digest(Accepted("a@gmail.com", "b@x.example"), Of(TenantEventKind.Delivered, "a@gmail.com"), Of(TenantEventKind.HardBounced, "b@x.example"));
        var rows = Rows(digest);
        Assert.Equal(
            [("a@gmail.com", "of a@gmail.com", InsightEvents.Delivery, "1,2"), ("b@x.example", "of b@x.example", InsightEvents.PermanentBounce, "1,3")],
            rows.Select(r => (r.Recipient, r.Provider, r.Delivery, string.Join(',', r.Positions))));
        Assert.All(rows, r => Assert.Equal((2, "Subject", "set", "f@x.example"), (r.Recipients, r.Subject, r.SetName, r.From)));
        Assert.Empty(Changes(digest));
    }

    [Fact]
    public void What_comes_later_is_one_change_for_each_recipient()
    {
        var digest = Digest(
            Of(TenantEventKind.Deferred, "a@gmail.com"), Of(TenantEventKind.SoftBounced, "a@gmail.com"), Of(TenantEventKind.Opened, null),
            Of(TenantEventKind.Clicked, null), Of(TenantEventKind.Opened, null));
        Assert.Empty(Rows(digest));
        Assert.Equal(
            [("a@gmail.com", InsightEvents.TransientBounce, InsightEvents.None, "1,2"), ("", InsightEvents.Send, InsightEvents.Click, "3,4,5")],
            Changes(digest).Select(c => (c.Recipient ?? "", c.Delivery, c.Engagement, string.Join(',', c.Positions))).OrderByDescending(c => c.Item1));
    }

    [Theory]
    [InlineData(TenantEventKind.Delivered, InsightEvents.Delivery)]
    [InlineData(TenantEventKind.HardBounced, InsightEvents.PermanentBounce)]
    [InlineData(TenantEventKind.SoftBounced, InsightEvents.TransientBounce)]
    [InlineData(TenantEventKind.Blocked, InsightEvents.TransientBounce)]
    [InlineData(TenantEventKind.Expired, InsightEvents.TransientBounce)]
    [InlineData(TenantEventKind.Complained, InsightEvents.Complaint)]
    [InlineData(TenantEventKind.Suppressed, InsightEvents.PermanentBounce)]
    [InlineData(TenantEventKind.HandedOver, InsightEvents.Send)]
    [InlineData(TenantEventKind.Deferred, InsightEvents.Send)]
    [InlineData(TenantEventKind.Cancelled, InsightEvents.Send)]
    public void Each_kind_of_event_is_what_its_record_says(TenantEventKind kind, int delivery) =>
        Assert.Equal(delivery, Assert.Single(Rows(Digest(Accepted("a@x.example"), Of(kind, "a@x.example")))).Delivery);

    [Fact]
    public void Who_is_listed_for_a_complaint_has_complained() => Assert.Equal(
        InsightEvents.Complaint,
        Assert.Single(Rows(Digest(
            Accepted("a@x.example"), Of(TenantEventKind.Suppressed, "a@x.example") with { ListedFor = SuppressionReason.Complaint }))).Delivery);

    [Fact]
    public void A_message_of_which_nothing_is_kept_and_an_id_of_others_make_nothing()
    {
        var digest = Digest(
            Accepted("a@x.example") with { Mail = null }, Accepted("a@x.example") with { MessageId = "0100-of-ses" },
            new TenantEvent { Kind = TenantEventKind.StatusChanged, At = Noon });
        Assert.Empty(Rows(digest));
        Assert.Empty(Changes(digest));
    }

    [Fact]
    public void Parts_are_bounded_and_the_last_alone_moves_the_position()
    {
        var digest = Digest([.. Enumerable.Range(0, 25).Select(i => Accepted("a@x.example") with { MessageId = MessageIdFormat.Create(Noon, (UInt128)(ulong)(i << 8)) })]);
        var parts = digest.Take(3, 99, 10).ToList();
        Assert.Equal([10, 10, 5, 0], parts.Select(p => p.Added.Count));
        Assert.All(parts, p => Assert.Equal(3, p.From));
        Assert.Equal([3L, 3L, 3L, 99L], parts.Select(p => p.Through));
    }

    [Fact]
    public void An_id_is_made_of_its_parts_again()
    {
        foreach (var random in new[] { UInt128.Zero, UInt128.MaxValue, (UInt128)12_345 })
        {
            var id = MessageIdFormat.Create(Noon, random, 0xABCDEF);
            Assert.True(MessageIdFormat.TryParse(id, out var ms, out var uuid));
            Assert.Equal(Noon.ToUnixTimeMilliseconds(), ms);
            Assert.Equal(id, MessageIdFormat.ToText(ms, uuid));
        }

        Assert.False(MessageIdFormat.TryParse(Id[..^1] + "1", out _, out _));
        Assert.False(MessageIdFormat.TryParse("", out _, out _));
    }

    private static List<InsightRow> Rows(InsightDigest digest) => [.. digest.Take(0, 1, 100).SelectMany(b => b.Added)];

    private static List<InsightChange> Changes(InsightDigest digest) => [.. digest.Take(0, 1, 100).SelectMany(b => b.Changed)];

    private InsightDigest Digest(params TenantEvent[] events)
    {
        var digest = new InsightDigest(r => "of " + r);
        foreach (var e in events) digest.Add(new StoredEvent(++_position, 1, _position, e.At, (int)e.Kind, e.ToPayload()));
        return digest;
    }

    private static TenantEvent Accepted(params string[] to) => new()
    {
        Kind = TenantEventKind.Accepted, At = Noon, MessageId = Id, Units = to.Length,
        Mail = new AcceptedMail("f@x.example", to) { Subject = "Subject", Set = "set" },
    };

    private static TenantEvent Of(TenantEventKind kind, string? recipient) =>
        new() { Kind = kind, At = Noon.AddSeconds(1), MessageId = Id, Recipient = recipient };
}
