using System.Text;
using Silo.Core.Messages;
using Silo.Server.Intake;
using Silo.Server.Lists;
using Silo.Server.Tracking;
using Xunit;

namespace Silo.Server.Tests.Lists;

/// <summary>What is put into a message that its sender composed.</summary>
public sealed class MailingTests
{
    private const string Placeholder = PlainTemplate.UnsubscribeUrl;
    private static readonly string Url = "https://click.example/u/" + new string('t', 376);

    [Fact]
    public void A_line_counts_what_was_put_into_it_before()
    {
        var two = WithLinks($"Subject: s\r\n\r\nfirst\r\n{Placeholder} and {Placeholder}\r\n");
        Assert.EndsWith($"first\r\n{Url} and {Url}\r\n", two, StringComparison.Ordinal);
        var three = WithLinks($"Subject: s\r\n\r\nfirst\r\n{Placeholder} and {Placeholder} {new string('x', 200)}\r\n{Placeholder}\r\n");
        Assert.True(three.Split("\r\n").All(l => l.Length <= MessageLimits.MaxLineBytes), three);
        Assert.EndsWith($"{Url} and {Placeholder} {new string('x', 200)}\r\n{Url}\r\n", three, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_signed_keeps_its_bytes_and_what_stands_beside_it_does_not()
    {
        const string signed = "Content-Type: multipart/signed; boundary=s\r\n\r\n--s\r\n\r\n" + Placeholder + "\r\n--s\r\n\r\nsig\r\n--s--\r\n";
        Assert.Equal(signed, WithLinks(signed));
        var mixed = $"Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\n{signed}\r\n--m\r\n\r\n";
        Assert.Equal($"{mixed}{Url}\r\n--m--\r\n", WithLinks($"{mixed}{Placeholder}\r\n--m--\r\n"));
    }

    [Fact]
    public void The_fault_of_one_part_is_not_forgotten_over_the_next()
    {
        const string head = "Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\nContent-Type: text/html\r\n\r\n";
        var message = $"{head}{{{{ses:openTracker}}}}{{{{ses:openTracker}}}}\r\n--m\r\nContent-Type: text/html\r\n\r\n<p>\r\n--m--\r\n";
        var (_, refusal) = MailTracking.Apply(new MailTracking(null, "https://t.example/o"), Encoding.UTF8.GetBytes(message));
        Assert.Contains("more than once", refusal?.Message ?? "taken", StringComparison.Ordinal);
    }

    [Fact]
    public void What_tracking_makes_too_large_is_refused()
    {
        var message = Encoding.UTF8.GetBytes("Content-Type: text/html; charset=utf-8\r\n\r\n" + new string('\u00fc', 8 << 20));
        var (_, refusal) = MailTracking.Apply(new MailTracking(null, "https://t.example/o"), message);
        Assert.Equal(SendRefusal.BadRequest, refusal?.Refusal);
    }

    private static string WithLinks(string message) =>
        Encoding.UTF8.GetString((Mailing.Plain with { UnsubscribeUrl = Url }).WithLinks(Encoding.UTF8.GetBytes(message)).Span);
}
