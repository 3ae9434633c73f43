using Silo.Core.Delivery;
using Silo.Core.QueueControl;
using Silo.Core.Suspension;
using Silo.Server.Delivery.Pacing;
using Silo.Server.Intake;
using Silo.Server.Tenants;
using Silo.Testing.Engine;
using Xunit;
using static Silo.Server.Tests.Intake.SendsUnderTest;

namespace Silo.Server.Tests.Intake;

public sealed class ScheduledSendTests
{
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Scheduled_mail_leaves_at_its_instant_and_not_before_also_over_a_restart()
    {
        await using var sends = await Start();
        var at = sends.Engine.Time.GetUtcNow().AddHours(2);
        await Accept(sends, Request(scheduledFor: at));
        var now = await Accept(sends, Request());
        await sends.Engine.Until(async () => (await sends.Engine.Books("a")).Delivered == 1, "the other one has left");
        Assert.Equal(1, (await sends.Engine.Books("a")).Open);
        await sends.Engine.Restart();
        sends.Engine.Time.Advance(TimeSpan.FromHours(1.9));
        await sends.Engine.Until(async () => (await sends.Engine.Books("a")).Delivered == 2, "it has left", Step);
        var start = Assert.Single(sends.Engine.Transport.Starts, s => s.MessageId != now);
        // The clock goes on in steps while it is asked about and handed over.
        Assert.InRange(start.At, at, at.AddHours(1));
    }

    [Fact]
    public async Task Its_explanation_says_what_it_is_scheduled_for()
    {
        await using var sends = await Start();
        var at = sends.Engine.Time.GetUtcNow().AddDays(3);
        var id = await Accept(sends, Request(scheduledFor: at, to: ["r@example.org", "q@example.org"]));
        Assert.True(Silo.Core.Messages.MessageIdFormat.TryGetAcceptedAt(id, out var acceptedAt));
        var explained = await sends.Engine.Tenants.Get("a").Explain(id, acceptedAt, default);
        Assert.Equal(2, explained!.Deliveries.Count);
        Assert.All(explained.Deliveries, d =>
        {
            Assert.Equal((DeliveryPlace.Scheduled, at), (d.Place, d.DueAt));
            Assert.Equal($"scheduled for {at.UtcDateTime:yyyy-MM-ddTHH:mm:ss}Z", d.WaitsFor);
        });
    }

    [Fact]
    public async Task Its_time_to_live_begins_at_its_instant()
    {
        await using var sends = await Start();
        sends.Engine.Transport.Before = _ => new(ScriptedTransport.NoConnection);
        var at = sends.Engine.Time.GetUtcNow().AddDays(6);
        var id = await Accept(sends, Request(scheduledFor: at));
        sends.Engine.Time.Advance(TimeSpan.FromDays(6) + TimeSpan.FromMinutes(10));
        await sends.Engine.Until(() => sends.Engine.Spool.MessageReads > 0, "it is tried", Step);
        Assert.Equal(1, (await sends.Engine.Books("a")).Open);
        sends.Engine.Transport.Before = null;
        await sends.Engine.Until(async () => (await sends.Engine.Books("a")).Delivered == 1, "it has left", TimeSpan.FromMinutes(1));
        Assert.StartsWith(id, Assert.Single(sends.Engine.Transport.DeliveredIds));
    }

    [Fact]
    public async Task What_comes_due_while_its_tenant_is_paused_waits_like_other_mail()
    {
        await using var sends = await Start();
        await Accept(sends, Request(scheduledFor: sends.Engine.Time.GetUtcNow().AddHours(1)));
        var tenant = sends.Engine.Tenants.Get("a");
        await tenant.SetStatus(new SetStatus(StatusOrigin.CustomerManaged, SendingStatus.Disabled, "Test."), default);
        sends.Engine.Time.Advance(TimeSpan.FromHours(3));
        await sends.Engine.Until(() => sends.Engine.Dispatcher.FreeSlots == sends.Engine.Delivery.InFlight, "nothing is under way", Step);
        Assert.Empty(sends.Engine.Transport.Starts);
        await tenant.SetStatus(
            new SetStatus(StatusOrigin.CustomerManaged, SendingStatus.Enabled, "Test.") { MaxAge = TimeSpan.FromHours(2.5) }, default);
        await sends.Engine.Until(async () => (await sends.Engine.Books("a")).Delivered == 1, "its age counts from its instant", Step);
    }

    [Fact]
    public async Task An_order_for_its_id_cancels_it_alone_before_its_instant()
    {
        await using var sends = await Start();
        var at = sends.Engine.Time.GetUtcNow().AddHours(1);
        var id = await Accept(sends, Request(scheduledFor: at, to: ["r@example.org", "q@example.org"]));
        await Accept(sends, Request(scheduledFor: at));
        var order = new QueueOrder("o", QueueAction.Cancel, new QueueFilter { MessageId = id }, sends.Engine.Time.GetUtcNow(), "Test.");
        await sends.Engine.Tenants.Get("a").OrderQueue(order, default);
        await sends.Engine.Until(async () => (await sends.Engine.Books("a")).Open == 1, "two are cancelled", TimeSpan.FromMilliseconds(100));
        sends.Engine.Time.Advance(TimeSpan.FromHours(1));
        await sends.Engine.UntilNothingIsOpen(Step, "a");
        Assert.DoesNotContain(id, Assert.Single(sends.Engine.Transport.DeliveredIds));
    }

    [Fact]
    public async Task Mail_that_an_order_held_gets_its_instant_back()
    {
        await using var sends = await Start();
        var at = sends.Engine.Time.GetUtcNow().AddHours(5);
        await Accept(sends, Request(scheduledFor: at));
        var tenant = sends.Engine.Tenants.Get("a");
        await tenant.OrderQueue(new QueueOrder("o", QueueAction.Hold, new QueueFilter(), sends.Engine.Time.GetUtcNow(), "Test."), default);
        await sends.Engine.Until(async () => (await sends.Engine.Store.Spool.CountQueued(default)).Sum(c => c.SetAside) == 1, "held", Step);
        await tenant.EndQueueOrder("o", default);
        await sends.Engine.Until(async () => (await sends.Engine.Store.Spool.CountQueued(default)).Sum(c => c.SetAside) == 0, "let go", Step);
        var unit = Assert.Single(await sends.Engine.Store.Spool.ReadQueue(await sends.Engine.KeyOf("a"), default, 10, true, default));
        Assert.Equal(at, unit.DueAt);
    }

    [Theory]
    [InlineData(-4, null)]
    [InlineData(-6, "passed")]
    [InlineData(60 * 24 * 7, null)]
    [InlineData((60 * 24 * 7) + 1, "limit")]
    public async Task An_instant_is_at_most_seven_days_ahead_and_a_little_behind(int minutes, string? wrong)
    {
        await using var sends = await Start();
        var reply = await sends.Send(Request(scheduledFor: sends.Engine.Time.GetUtcNow().AddMinutes(minutes)));
        Assert.Equal(wrong is null ? SendRefusal.None : SendRefusal.BadRequest, reply.Refusal);
        if (wrong is not null) Assert.Contains(wrong, reply.Message);
        // What is due already has no schedule: it leaves as other mail.
        if (minutes is > -5 and < 0) await sends.Engine.Until(async () => (await sends.Engine.Books("a")).Delivered == 1, "left");
    }

    [Fact]
    public async Task A_raw_message_says_so_in_a_header_that_does_not_leave()
    {
        await using var sends = await Start();
        var at = new DateTimeOffset(sends.Engine.Time.GetUtcNow().UtcDateTime.Date.AddDays(2), TimeSpan.Zero);
        var raw = $"From: s@example.com\r\nTo: r@example.org\r\nX-Silo-Schedule: {at:yyyy-MM-dd}T01:00:00+01:00\r\n\r\nx\r\n";
        await Accept(sends, Request() with { From = null, To = [], Content = new RawContent(System.Text.Encoding.ASCII.GetBytes(raw)) });
        var unit = Assert.Single(await sends.Engine.Store.Spool.ReadQueue(await sends.Engine.KeyOf("a"), default, 10, true, default));
        Assert.Equal(at, unit.DueAt);
        var message = (await sends.Engine.Store.Spool.ReadMessage(unit.MessageKey, default))!;
        var text = System.Text.Encoding.ASCII.GetString(message.Content.Span);
        Assert.DoesNotContain("X-Silo", text);
        Assert.Contains($"Date: {at.UtcDateTime.ToString("ddd, dd MMM yyyy HH:mm:ss", System.Globalization.CultureInfo.InvariantCulture)} +0000", text);
    }

    private static async Task<string> Accept(SendsUnderTest sends, SendRequest request)
    {
        var reply = await sends.Send(request);
        Assert.True(reply.Refusal == SendRefusal.None, $"{reply.Refusal}: {reply.Message}");
        return reply.MessageId!;
    }
}
