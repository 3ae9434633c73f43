using System.Security.Cryptography;
using System.Text;
using Silo.Core.Dkim;
using Silo.Core.Tests.Messages;
using Silo.Core.Messages;
using Xunit;

namespace Silo.Core.Tests.Dkim;

public sealed class DkimSignerTests
{
    private static readonly DateTimeOffset At = DateTimeOffset.FromUnixTimeSeconds(1_780_000_000);
    private static readonly RSA Key = RSA.Create(1024);
    private static readonly RSA OtherKey = RSA.Create(1024);

    private const string Message =
        "From: Ann <ann@news.example>\r\nTo: bob@example.net\r\nSubject: A long\r\n way\r\nDate: Mon, 02 Mar 2026 10:00:00 +0000\r\n"
        + "Message-ID: <1@news.example>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain\r\nList-Unsubscribe: <https://u.example/1>\r\n"
        + "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\nFeedback-ID: a:b:c:silo\r\nX-Mailer: other\r\n\r\nHello,\r\n\r\nworld  !\r\n";

    [Fact]
    public void A_signed_message_verifies_with_the_published_key()
    {
        var signed = Sign(Message);
        Assert.Equal([new DkimVerdict(DkimResult.Pass, "news.example", "s1")], Verify(signed));
        Assert.EndsWith(Message, Encoding.ASCII.GetString(signed), StringComparison.Ordinal);
    }

    [Fact]
    public void Two_keys_make_two_signatures_that_verify_each_by_itself()
    {
        var signed = DkimSigner.Sign(Encoding.ASCII.GetBytes(Message), [Of("news.example", "s1", Key), Of("platform.example", "p", OtherKey)], At)!.Value;
        Assert.Equal(
            [new DkimVerdict(DkimResult.Pass, "news.example", "s1"), new DkimVerdict(DkimResult.Pass, "platform.example", "p")], Verify(signed.ToArray()));
    }

    [Theory]
    [InlineData("ann@news", "eve@news", DkimResult.HeadersChanged)]
    [InlineData("bob@", "eve@", DkimResult.HeadersChanged)]
    [InlineData("A long\r\n way", "A short way", DkimResult.HeadersChanged)]
    [InlineData("10:00:00", "10:00:01", DkimResult.HeadersChanged)]
    [InlineData("<1@", "<2@", DkimResult.HeadersChanged)]
    [InlineData("text/plain", "text/html", DkimResult.HeadersChanged)]
    [InlineData("Version: 1.0", "Version: 1.1", DkimResult.HeadersChanged)]
    [InlineData("u.example/1", "u.example/2", DkimResult.HeadersChanged)]
    [InlineData("=One-Click", "=Two-Click", DkimResult.HeadersChanged)]
    [InlineData("a:b:c", "a:b:d", DkimResult.HeadersChanged)]
    [InlineData("t=1780000000", "t=1780000001", DkimResult.HeadersChanged)]
    [InlineData("d=news.example", "d=evil.example", DkimResult.HeadersChanged)]
    [InlineData("Hello", "Hallo", DkimResult.BodyChanged)]
    [InlineData("world  !", "world !", DkimResult.Pass)]
    [InlineData("A long\r\n way", "A long way", DkimResult.Pass)]
    [InlineData("other", "another", DkimResult.Pass)]
    public void A_change_of_what_is_signed_breaks_the_signature_and_others_do_not(string part, string other, DkimResult expected)
    {
        var text = Encoding.ASCII.GetString(Sign(Message));
        var at = text.IndexOf(part, StringComparison.Ordinal);
        Assert.True(at >= 0);
        var changed = text[..at] + other + text[(at + part.Length)..];
        Assert.Equal(expected, Assert.Single(Verify(Encoding.ASCII.GetBytes(changed))).Result);
    }

    /// <summary>RFC 6376 8.15; mailing lists may add headers of their own about the list.</summary>
    [Theory]
    [InlineData("From: eve@evil.example", DkimResult.HeadersChanged)]
    [InlineData("Subject: You won", DkimResult.HeadersChanged)]
    [InlineData("To: eve@evil.example", DkimResult.HeadersChanged)]
    [InlineData("Cc: eve@evil.example", DkimResult.HeadersChanged)]
    [InlineData("Reply-To: eve@evil.example", DkimResult.HeadersChanged)]
    [InlineData("Date: Mon, 02 Mar 2026 11:00:00 +0000", DkimResult.HeadersChanged)]
    [InlineData("Content-Type: text/html", DkimResult.HeadersChanged)]
    [InlineData("Message-ID: <2@evil.example>", DkimResult.HeadersChanged)]
    [InlineData("MIME-Version: 1.0", DkimResult.HeadersChanged)]
    [InlineData("Received: by relay.example", DkimResult.Pass)]
    [InlineData("List-Id: <list.example>", DkimResult.Pass)]
    public void What_readers_see_cannot_be_added_later(string field, DkimResult expected)
    {
        var text = Encoding.ASCII.GetString(Sign(Message));
        Assert.Equal(expected, Assert.Single(Verify(Encoding.ASCII.GetBytes(field + "\r\n" + text))).Result);
        var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 2;
        Assert.Equal(expected, Assert.Single(Verify(Encoding.ASCII.GetBytes(text[..end] + field + "\r\n" + text[end..]))).Result);
    }

    [Fact]
    public void The_signature_is_folded_below_78_columns_and_is_seven_bit()
    {
        var text = Encoding.ASCII.GetString(Sign(Message));
        var field = text[..text.IndexOf("From:", StringComparison.Ordinal)];
        Assert.StartsWith("DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;\r\n d=news.example;\r\n s=s1; t=1780000000;\r\n h=from:from:to:to:cc:", field, StringComparison.Ordinal);
        Assert.All(field.TrimEnd().Split("\r\n"), l => Assert.True(l.Length < 78 && !string.IsNullOrWhiteSpace(l), l));
    }

    [Fact]
    public void Every_composed_message_verifies()
    {
        for (var seed = 0; seed < 100; seed++)
        {
            var composed = MimeComposer.Compose(DraftGenerator.Draft(seed), DraftGenerator.Stamp(seed));
            var signed = DkimSigner.Sign(Assert.IsType<ComposeResult.Composed>(composed).Content, [Of("news.example", "s1", Key)], At)!.Value;
            Assert.True(Verify(signed.ToArray()) is [{ Result: DkimResult.Pass }], $"seed {seed}");
        }
    }

    [Fact]
    public void A_message_without_an_end_of_its_headers_is_not_signed()
    {
        Assert.Null(DkimSigner.Sign("From: a@b.example\r\n"u8.ToArray(), [Of("b.example", "s1", Key)], At));
        Assert.Null(DkimSigner.Sign("no header\r\n\r\n"u8.ToArray(), [Of("b.example", "s1", Key)], At));
        Assert.NotNull(DkimSigner.Sign("From: a@b.example\r\n\r\n"u8.ToArray(), [Of("b.example", "s1", Key)], At));
    }

    private static byte[] Sign(string message) =>
        DkimSigner.Sign(Encoding.ASCII.GetBytes(message), [Of("news.example", "s1", Key)], At)!.Value.ToArray();

    private static DkimKey Of(string domain, string selector, RSA key) => new(domain, selector, hash =>
    {
        // An RSA object is for one thread at a time.
        lock (key) return key.SignHash(hash, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
    });

    private static IReadOnlyList<DkimVerdict> Verify(byte[] message) => DkimVerifier.Verify(
        message,
        name => name switch
        {
            "s1._domainkey.news.example" or "s1._domainkey.evil.example" => [DkimKeyRecord.Write(Key.ExportSubjectPublicKeyInfo())],
            "p._domainkey.platform.example" => ["v=spf1 -all", DkimKeyRecord.Write(OtherKey.ExportSubjectPublicKeyInfo())],
            _ => [],
        },
        At);
}
