using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;
using Silo.Core.Reputation;
using Silo.Core.Tenants;
using Silo.Server.Events.Sending;
using Silo.Server.Intake;
using Silo.Storage;
using Silo.Testing;
using Silo.Testing.EndToEnd;
using Xunit;

namespace Silo.Server.Tests.Events.Sending;

public sealed class OperatorMailTests : IMessageIntake
{
    private readonly HostileTimeProvider _time = new();
    private readonly ConcurrentQueue<SendRequest> _sent = new();
    private readonly ConcurrentQueue<SendReply> _replies = new();

    [Fact]
    public async Task In_any_hour_there_are_so_many_mails_and_the_rest_stands_in_one()
    {
        using var mail = Mail(new OperatorMailOptions { To = ["op@example.com"], From = "silo@example.com", MaxPerHour = 3 });
        await mail.StartAsync(default);
        for (var i = 0; i < 10; i++) mail.Tell($"news {i}", $"text {i}");
        await Patiently.Until(() => _sent.Count == 3, "three were sent");
        for (var i = 0; i < 59; i++) _time.Advance(TimeSpan.FromMinutes(1));
        mail.Tell("news 10", "text 10");
        Assert.Equal(3, _sent.Count);
        _time.Advance(TimeSpan.FromMinutes(2));
        await Patiently.Until(() => _sent.Count == 4, "the rest was sent");
        var (subject, text) = Shown(_sent.Last());
        Assert.Equal("[Silo] 8 things happened since the last mail", subject);
        for (var i = 3; i <= 10; i++) Assert.Contains($"text {i}", text);
        Assert.Equal(["[Silo] news 0", "[Silo] news 1", "[Silo] news 2"], _sent.Take(3).Select(s => Shown(s).Subject));
        Assert.All(_sent, s => Assert.Equal(("silo@example.com", "op@example.com", null), (s.From, s.To.Single(), s.TenantName)));
        await mail.StopAsync(default);
    }

    [Fact]
    public async Task Findings_and_pauses_of_tenants_are_told_and_other_events_are_not()
    {
        using var mail = Mail(new OperatorMailOptions { To = ["op@example.com"], From = "silo@example.com", Tenant = "ops" });
        await mail.StartAsync(default);
        var at = _time.GetUtcNow();
        var finding = new Finding
        {
            Type = FindingType.Bounce, Impact = FindingImpact.High, OpenedAt = at, UpdatedAt = at,
            Description = "Bounce rate 16.2% over a representative volume of 812 messages.",
        };
        Commit(mail, new TenantEvent { Kind = TenantEventKind.HardBounced, Recipient = "ann@example.net" });
        Commit(mail, new TenantEvent { Kind = TenantEventKind.FindingOpened, Finding = finding });
        Commit(mail, new TenantEvent { Kind = TenantEventKind.FindingClosed, Finding = finding });
        mail.Tell("last", "");
        await Patiently.Until(() => _sent.Count == 2, "two were sent");
        var (subject, text) = Shown(_sent.First());
        Assert.Equal("[Silo] Finding about tenant acme: Bounce, High", subject);
        Assert.Contains("Bounce rate 16.2% over a representative volume of 812 messages.", text);
        Assert.Equal("ops", _sent.First().TenantName);
        await mail.StopAsync(default);
    }

    [Fact]
    public async Task A_mail_that_cannot_be_stored_now_is_sent_with_the_next()
    {
        using var mail = Mail(new OperatorMailOptions { To = ["op@example.com"], From = "silo@example.com", MaxPerHour = 2 });
        _replies.Enqueue(SendReply.Refused(SendRefusal.Unavailable, "full"));
        await mail.StartAsync(default);
        mail.Tell("news", "text");
        await Patiently.Until(() => _sent.Count == 2, "it was sent again");
        Assert.Contains("text", Shown(_sent.Last()).Text);
        await mail.StopAsync(default);
    }

    [Fact]
    public async Task Without_recipients_there_is_no_mail()
    {
        using var mail = Mail(new OperatorMailOptions());
        await mail.StartAsync(default);
        mail.Tell("news", "text");
        await mail.StopAsync(default);
        Assert.Empty(_sent);
        Assert.Single(new OperatorMailOptions { To = ["op@example.com"] }.Errors());
        Assert.Single(new OperatorMailOptions { To = ["nobody"], From = "silo@example.com" }.Errors());
    }

    ValueTask<SendReply> IMessageIntake.Send(SendRequest request, CancellationToken cancellationToken)
    {
        _sent.Enqueue(request);
        return ValueTask.FromResult(_replies.TryDequeue(out var reply) ? reply : SendReply.Accepted("m-1"));
    }

    private OperatorMail Mail(OperatorMailOptions options) =>
        new(options, () => this, (key, _) => ValueTask.FromResult<string?>(key == 7 ? "acme" : null), _time, NullLogger<OperatorMail>.Instance);

    private void Commit(OperatorMail mail, TenantEvent told) => mail.OnCommitted(
        [new SpoolWrite { TenantKey = 7, Events = [new EventAppend(1, _time.GetUtcNow(), (int)told.Kind, told.ToPayload())] }]);

    private static (string Subject, string Text) Shown(SendRequest request) =>
        request.Content is SimpleContent content ? (content.Subject.Data, content.Text!.Data) : default;
}
