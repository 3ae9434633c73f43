using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Silo.Core.Messages;
using Silo.Core.Tenants;
using Silo.Server.Feedback;
using Xunit;

namespace Silo.Server.Tests.Feedback;

/// <summary>From the mail that leaves to the report that comes back, over both sides' SMTP.</summary>
public sealed class MailFeedbackTests
{
    [Fact]
    public async Task Mail_leaves_with_a_signed_return_path_and_its_reference_in_front_of_an_unchanged_message()
    {
        await using var server = await FeedbackServer.Start();
        var (_, path, reference, content) = await server.Send("ann@example.net");
        Assert.EndsWith("@" + FeedbackServer.Domain, path);
        Assert.Equal(64, path.IndexOf('@'));
        Assert.StartsWith("v1.", reference);
        var text = Encoding.ASCII.GetString(content);
        Assert.EndsWith("\r\nFrom: news@acme.example\r\nTo: ann@example.net\r\nSubject: Spring news\r\n\r\nHello\r\n", text);
        Assert.All(text.Split("\r\n"), line => Assert.True(line.Length <= 78, line));
        // Mail without a sender stays so.
        var (_, none, itsReference, _) = await server.Send("bob@example.net", sender: "");
        Assert.Equal("", none);
        Assert.StartsWith("v1.", itsReference);
    }

    [Fact]
    public async Task Without_a_domain_for_return_paths_mail_leaves_as_it_came()
    {
        await using var server = await FeedbackServer.Start(null, ("Silo:Feedback:ReturnPathDomain", ""));
        var (_, path, reference, _) = await server.Send("ann@example.net");
        Assert.Equal(("news@acme.example", ""), (path, reference));
    }

    [Fact]
    public async Task A_bounce_that_comes_to_the_return_path_is_stored_before_it_is_answered_and_counts_once()
    {
        await using var server = await FeedbackServer.Start();
        var (id, path, reference, _) = await server.Send("ann@example.net");
        var dsn = FeedbackServer.Dsn("ann@example.net", "failed", "5.1.1", "550 5.1.1 no such user", reference);
        for (var times = 0; times < 3; times++)
        {
            Assert.Equal("250 2.0.0 Stored", await server.Tell(path, dsn));
            Assert.Equal(new TenantBooks { Accepted = 1, Bounced = 1 }, await server.Books());
        }

        var bounce = Assert.Single(await server.Events(), e => e.Kind == TenantEventKind.HardBounced);
        Assert.Equal((id, "ann@example.net", "550 5.1.1 no such user"), (bounce.MessageId, bounce.Recipient, bounce.Diagnostic));
        var left = Assert.Single(await server.Events(), e => e.Kind == TenantEventKind.HandedOver);
        Assert.InRange((bounce.SentAt!.Value - left.SentAt!.Value).Duration(), TimeSpan.Zero, TimeSpan.FromSeconds(1));
    }

    [Theory]
    [InlineData("5.7.1", "550 5.7.1 blocked", TenantEventKind.Blocked)]
    [InlineData("5.2.2", "552 5.2.2 mailbox full", TenantEventKind.SoftBounced)]
    public async Task A_bounce_without_the_headers_is_tied_by_the_log_even_when_it_names_where_the_mail_was_forwarded_to(
        string status, string words, TenantEventKind kind)
    {
        await using var server = await FeedbackServer.Start();
        var (_, path, _, _) = await server.Send("ann@example.net");
        Assert.Equal("250 2.0.0 Stored", await server.Tell(path.ToUpperInvariant(), FeedbackServer.Dsn("else@where.example", "failed", status, words)));
        var bounce = Assert.Single(await server.Events(), e => e.Kind == kind);
        var left = Assert.Single(await server.Events(), e => e.Kind == TenantEventKind.HandedOver);
        Assert.Equal(("ann@example.net", left.SentAt), (bounce.Recipient, bounce.SentAt));
    }

    [Fact]
    public async Task Delays_answers_and_letters_to_a_return_path_change_nothing()
    {
        await using var server = await FeedbackServer.Start();
        var (_, path, reference, _) = await server.Send("ann@example.net");
        string[] mails =
        [
            FeedbackServer.Dsn("ann@example.net", "delayed", "4.4.1", "421 4.4.1 later", reference),
            FeedbackServer.Dsn("ann@example.net", "relayed", "2.0.0", "250 2.0.0 Ok", reference),
            "Auto-Submitted: auto-replied\nSubject: Out of office\n\nI am away.",
            "Subject: Please confirm\n\nAre you a person?",
            FeedbackServer.Arf(reference, "not-spam"),
            "",
        ];
        foreach (var mail in mails) Assert.StartsWith("250 2.0.0 Read", await server.Tell(path, mail));
        Assert.Equal(new TenantBooks { Accepted = 1, HandedOver = 1 }, await server.Books());
    }

    [Fact]
    public async Task Nothing_else_is_taken_and_nothing_is_relayed()
    {
        await using var server = await FeedbackServer.Start();
        var (_, path, _, _) = await server.Send("ann@example.net");
        var forged = (path[0] == 'a' ? 'b' : 'a') + path[1..];
        Assert.StartsWith("550 5.7.1", await server.Tell(forged, "x"));
        Assert.StartsWith("550 5.1.1", await server.Tell("postmaster@" + FeedbackServer.Domain, "x"));
        Assert.StartsWith("550 5.1.1", await server.Tell("ann@example.net", "x"));
        // MAIL FROM domains of identities lead here too, and may be taken off while reports are under way: the signature decides.
        Assert.StartsWith("250 2.0.0 Read", await server.Tell(path.Replace(FeedbackServer.Domain, "other.example"), "x"));
        Assert.StartsWith("550 5.1.1", await server.Tell(forged.Replace(FeedbackServer.Domain, "other.example"), "x"));
        Assert.Single(server.Relay.Messages);
    }

    [Fact]
    public async Task A_complaint_is_tied_by_the_reference_alone_and_one_without_it_or_with_a_forged_one_is_not()
    {
        await using var server = await FeedbackServer.Start();
        var (id, path, reference, _) = await server.Send("ann@yahoo.com");
        var forged = reference[..40] + (reference[40] == 'A' ? 'B' : 'A') + reference[41..];
        Assert.StartsWith("250 2.0.0 Read", await server.Tell("fbl@acme.example", FeedbackServer.Arf(null)));
        Assert.StartsWith("250 2.0.0 Read", await server.Tell("fbl@acme.example", FeedbackServer.Arf(forged)));
        Assert.StartsWith("250 2.0.0 Read", await server.Tell("fbl@acme.example", FeedbackServer.Dsn("ann@yahoo.com", "failed", "5.1.1", "550 5.1.1 no", reference)));
        Assert.DoesNotContain(await server.Events(), e => e.Kind is TenantEventKind.Complained or TenantEventKind.HardBounced);
        for (var times = 0; times < 2; times++) Assert.Equal("250 2.0.0 Stored", await server.Tell("FBL@acme.example", FeedbackServer.Arf(reference)));
        var complaint = Assert.Single(await server.Events(), e => e.Kind == TenantEventKind.Complained);
        Assert.Equal((id, "ann@yahoo.com", "abuse"), (complaint.MessageId, complaint.Recipient, complaint.ComplaintType));
    }

    [Fact]
    public async Task A_reported_opt_out_is_stored_as_a_wish_to_get_no_more()
    {
        await using var server = await FeedbackServer.Start();
        var (id, _, reference, _) = await server.Send("ann@yahoo.com");
        for (var times = 0; times < 2; times++)
            Assert.StartsWith("250 2.0.0", await server.Tell("fbl@acme.example", FeedbackServer.Arf(reference, "opt-out")));
        Assert.Equal((id, null), (await server.Events()).Where(e => e.Kind == TenantEventKind.Unsubscribed).Select(e => (e.MessageId, e.ComplaintType)).Single());
        Assert.DoesNotContain(await server.Events(), e => e.Kind == TenantEventKind.Complained);
    }

    [Fact]
    public async Task A_report_that_cannot_be_stored_is_put_off_and_taken_when_it_comes_again()
    {
        await using var server = await FeedbackServer.Start();
        var (_, path, reference, _) = await server.Send("ann@example.net");
        var dsn = FeedbackServer.Dsn("ann@example.net", "failed", "5.1.1", "550 5.1.1 no such user", reference);
        server.Spool.FailsWrite = w => w.Marks.Count > 0;
        Assert.StartsWith("451 4.3.0", await server.Tell(path, dsn));
        server.Spool.FailsWrite = null;
        Assert.Equal("250 2.0.0 Stored", await server.Tell(path, dsn));
        Assert.Equal(new TenantBooks { Accepted = 1, Bounced = 1 }, await server.Books());
    }

    [Theory]
    [InlineData(1, "451 4.3.0")]
    [InlineData(16, "250 2.0.0")]
    public async Task A_report_that_is_faster_than_the_log_is_put_off_for_a_quarter_of_an_hour(int minutesAgo, string reply)
    {
        await using var server = await FeedbackServer.Start();
        var id = MessageIdFormat.Create(DateTimeOffset.UtcNow.AddMinutes(-minutesAgo), 1);
        var path = server.Provider.GetRequiredService<OutgoingReferences>()
            .Of(server.AccountKey, id, "ann@example.net", "news@acme.example", UnitState.HandedOver).Sender!;
        Assert.StartsWith(reply, await server.Tell(path, FeedbackServer.Dsn("else@where.example", "failed", "5.1.1", "550 5.1.1 no such user")));
        Assert.Equal(new TenantBooks(), await server.Books());
    }

    [Fact]
    public async Task The_key_is_made_once_and_found_again()
    {
        await using var server = await FeedbackServer.Start();
        var stored = await server.Store.Resources.Get(Silo.Storage.ResourceKind.FeedbackKeys, "feedback-keys", default);
        var (one, two) = (new Silo.Server.Feedback.ReferenceKeys([]), new Silo.Server.Feedback.ReferenceKeys([]));
        using var random = System.Security.Cryptography.RandomNumberGenerator.Create();
        foreach (var keys in new[] { one, two }) await keys.Load(server.Store.Resources, random, default, default);
        Assert.Equal(one.Signing!.Secret, two.Signing!.Secret);
        Assert.Equal(1, stored!.Version);
    }
}
