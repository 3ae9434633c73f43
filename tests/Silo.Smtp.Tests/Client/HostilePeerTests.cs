using System.Security.Cryptography.X509Certificates;
using System.Text;
using Silo.Core.Delivery;
using Silo.Smtp.Client;
using Silo.Testing;
using Silo.Testing.SmtpSink;
using Xunit;
using static Silo.Smtp.Tests.Client.Dialogues;

namespace Silo.Smtp.Tests.Client;

/// <summary>Peers over real sockets that do what no server should.</summary>
public class HostilePeerTests
{
    private static readonly X509Certificate2 Certificate = SelfSigned.Certificate("sink.test");

    private static readonly SmtpClientOptions Tls = Plain with { TlsMode = SmtpTlsMode.Opportunistic };

    [Theory]
    [InlineData(SinkMisbehaviour.NeverGreets, DeliveryStage.Greeting, SmtpFault.TimedOut)]
    [InlineData(SinkMisbehaviour.HugeBanner, DeliveryStage.Greeting, SmtpFault.ReplyTooLong)]
    [InlineData(SinkMisbehaviour.EndlessBanner, DeliveryStage.Greeting, SmtpFault.ReplyTooLong)]
    [InlineData(SinkMisbehaviour.GarbageGreeting, DeliveryStage.Greeting, SmtpFault.BadReply)]
    [InlineData(SinkMisbehaviour.RefusesGreeting, DeliveryStage.Greeting, SmtpFault.None)]
    [InlineData(SinkMisbehaviour.NeverAnswersHello, DeliveryStage.Hello, SmtpFault.TimedOut)]
    [InlineData(SinkMisbehaviour.RefusesHello, DeliveryStage.Hello, SmtpFault.None)]
    [InlineData(SinkMisbehaviour.StartTlsThenGarbage, DeliveryStage.StartTls, SmtpFault.TlsFailed)]
    [InlineData(SinkMisbehaviour.StartTlsThenSilence, DeliveryStage.StartTls, SmtpFault.TimedOut)]
    [InlineData(SinkMisbehaviour.StartTlsThenClose, DeliveryStage.StartTls, SmtpFault.TlsFailed)]
    [InlineData(SinkMisbehaviour.StartTlsInjection, DeliveryStage.StartTls, SmtpFault.TlsFailed)]
    [InlineData(SinkMisbehaviour.StartTlsRefused, DeliveryStage.StartTls, SmtpFault.None)]
    public async Task A_misbehaving_server_gives_a_typed_result(SinkMisbehaviour misbehaviour, DeliveryStage stage, SmtpFault fault)
    {
        await using var sink = new SinkServer(new SinkOptions { Misbehaviour = misbehaviour, Certificate = Certificate });
        // Time passes only where the peer is silent: elsewhere a fast clock would time out a slow machine.
        var clock = new HostileTimeProvider();
        await using var session = await To(sink, Tls, clock);
        var opening = session.Open(default).AsTask();
        if (misbehaviour == SinkMisbehaviour.NeverAnswersHello) await Seen(sink, "EHLO");
        if (misbehaviour == SinkMisbehaviour.StartTlsThenSilence) await Seen(sink, "STARTTLS");
        var outcome = fault == SmtpFault.TimedOut ? await opening.WhileTimePasses(clock) : await opening;
        Assert.Equal((stage, fault), (outcome.Stage, outcome.Fault));
        Assert.Equal(fault == SmtpFault.None ? SmtpOutcomeKind.Refused : SmtpOutcomeKind.Broken, outcome.Kind);
        Assert.False(session.IsUsable);
        Assert.Equal(0, sink.MailCount);
    }

    [Theory]
    [InlineData("drop-before-reply@x.example", DeliveryStage.Recipient, SmtpFault.Closed, false)]
    [InlineData("close-mid-reply@x.example", DeliveryStage.Recipient, SmtpFault.Closed, false)]
    [InlineData("drop-after-data@x.example", DeliveryStage.FinalDot, SmtpFault.Closed, true)]
    public async Task A_dropped_connection_tells_whether_the_message_may_have_arrived(
        string recipient, DeliveryStage stage, SmtpFault fault, bool finalDotWritten)
    {
        foreach (var pipelining in new[] { true, false })
        {
            await using var sink = new SinkServer(new SinkOptions { Pipelining = pipelining });
            await using var session = await To(sink);
            await session.Open(default);
            var outcome = await session.Send(Mail(recipient), default);
            Assert.Equal((stage, fault, finalDotWritten), (outcome.Stage, outcome.Fault, outcome.FinalDotWritten));
            Assert.False(session.IsUsable);
        }
    }

    [Theory]
    [InlineData("silent@x.example", DeliveryStage.Recipient, false)]
    [InlineData("silent-after-data@x.example", DeliveryStage.FinalDot, true)]
    public async Task A_silent_server_is_left_when_its_time_is_over(string recipient, DeliveryStage stage, bool finalDotWritten)
    {
        var done = new TaskCompletionSource();
        await using var sink = new SinkServer(new SinkOptions { OnMessage = _ => done.TrySetResult() });
        var clock = new HostileTimeProvider();
        await using var session = await To(sink, time: clock);
        await session.Open(default);
        var sending = session.Send(Mail(recipient), default).AsTask();
        if (finalDotWritten) await done.Task;
        else await Seen(sink, "RCPT");
        // MAIL's answer may still be on its way: what timed out first is told by the answers that came.
        var outcome = await sending.WhileTimePasses(clock);
        Assert.Equal(SmtpFault.TimedOut, outcome.Fault);
        Assert.Equal(finalDotWritten, outcome.FinalDotWritten);
        Assert.True(outcome.Stage == stage || outcome.Stage == DeliveryStage.Mail && !finalDotWritten, outcome.Stage.ToString());
    }

    [Theory]
    [InlineData(SinkMisbehaviour.AnswersTwice)]
    [InlineData(SinkMisbehaviour.SaysYesToEverything)]
    public async Task A_server_out_of_step_is_never_believed_to_have_taken_a_message(SinkMisbehaviour misbehaviour)
    {
        foreach (var pipelining in new[] { true, false })
        {
            await using var sink = new SinkServer(new SinkOptions { Misbehaviour = misbehaviour, Pipelining = pipelining });
            await using var session = await To(sink);
            var outcome = await session.Open(default);
            if (outcome.IsAccepted) outcome = await session.Send(Mail(), default);
            Assert.Equal((SmtpOutcomeKind.Broken, SmtpFault.BadReply), (outcome.Kind, outcome.Fault));
            Assert.False(session.IsUsable);
        }
    }

    [Fact]
    public async Task Bare_line_feeds_are_tolerated()
    {
        await using var sink = new SinkServer(new SinkOptions { BareLineFeeds = true });
        await using var session = await To(sink);
        Assert.True((await session.Open(default)).IsAccepted);
        Assert.True((await session.Send(Mail(), default)).IsAccepted);
    }

    [Fact]
    public async Task A_354_without_a_recipient_gets_a_lone_dot_and_the_connection_goes_on()
    {
        await using var sink = new SinkServer(new SinkOptions { Misbehaviour = SinkMisbehaviour.TakesDataWithoutRecipient });
        await using var session = await To(sink);
        await session.Open(default);
        var refused = await session.Send(Mail("550-5.1.1-user-unknown@x.example"), default);
        Assert.Equal(new SmtpReply(550, "5.1.1", "user unknown"), refused.Reply);
        Assert.True((await session.Send(Mail(), default)).IsAccepted);
        Assert.Equal("r@example.com", Assert.Single(sink.Messages).Recipient);
    }

    [Fact]
    public async Task Messages_of_all_sizes_arrive_as_they_were()
    {
        await using var sink = new SinkServer();
        await using var session = await To(sink);
        await session.Open(default);
        for (var seed = 0; seed < 60; seed++)
        {
            var random = new Random(seed);
            var content = new StringBuilder();
            var length = random.Next(seed % 5 == 0 ? 300_000 : 5000);
            while (content.Length < length)
                content.Append(random.Next(4) == 0 ? "." : "").Append('x', random.Next(seed % 7 == 0 ? 40_000 : 100)).Append("\r\n");
            content.Append("\r\n");
            Assert.True((await session.Send(Mail(content: content.ToString()), default)).IsAccepted, $"seed {seed}");
            Assert.True(content.ToString() == Encoding.ASCII.GetString(sink.Messages.Last().Content), $"seed {seed}");
        }
    }

    [Fact]
    public async Task STARTTLS_is_used_when_offered_and_the_server_is_asked_again_under_it()
    {
        await using var sink = new SinkServer(new SinkOptions { Certificate = Certificate });
        await using var session = await To(sink, Tls);
        Assert.True((await session.Open(default)).IsAccepted);
        Assert.True(session.IsSecure);
        Assert.False(session.Extensions.StartTls);
        Assert.True((await session.Send(Mail(), default)).IsAccepted);
        Assert.True(Assert.Single(sink.Messages).Secure);
    }

    [Fact]
    public async Task Required_TLS_refuses_a_server_without_it_and_a_certificate_that_nobody_vouches_for()
    {
        var required = Plain with { TlsMode = SmtpTlsMode.Required };
        await using var bare = new SinkServer();
        await using var first = await To(bare, required);
        Assert.Equal(SmtpFault.TlsMissing, (await first.Open(default)).Fault);

        await using var sink = new SinkServer(new SinkOptions { Certificate = Certificate });
        await using var second = await To(sink, required);
        Assert.Equal(SmtpFault.TlsFailed, (await second.Open(default)).Fault);
        await using var third = await To(sink, required with { VerifyCertificate = false });
        Assert.True((await third.Open(default)).IsAccepted);
        await using var fourth = await To(sink, required with { TrustedRoots = [Certificate] });
        Assert.True((await fourth.Open(default)).IsAccepted);
        await using var fifth = await To(sink, required with { TrustedRoots = [Certificate], ServerName = "other.test" });
        Assert.Equal(SmtpFault.TlsFailed, (await fifth.Open(default)).Fault);
    }

    [Fact]
    public async Task Implicit_TLS_encrypts_from_the_first_byte_and_lets_a_credential_pass()
    {
        await using var sink = new SinkServer(new SinkOptions { Certificate = Certificate, ImplicitTls = true, AuthMechanisms = "PLAIN" });
        var options = Plain with
        {
            TlsMode = SmtpTlsMode.Implicit, VerifyCertificate = false, Credential = new SmtpCredential("user", "secret"),
        };
        await using var session = await To(sink, options);
        Assert.True((await session.Open(default)).IsAccepted);
        Assert.True((await session.Send(Mail(), default)).IsAccepted);
    }

    private static async Task Seen(SinkServer sink, string command)
    {
        while (!sink.Commands.Any(c => c.StartsWith(command, StringComparison.Ordinal))) await Task.Yield();
    }
}
