using System.Security.Cryptography;
using System.Text;
using Silo.Core.Dkim;
using Xunit;

namespace Silo.Core.Tests.Dkim;

/// <summary>Against a message that others have signed: RFC 8463 A.3, whose RSA signature is one of RFC 6376.</summary>
public sealed class DkimVerifierTests
{
    private const string KeyRecord =
        "v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQiY/J16JYi0Qvx/b"
        + "yYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l/K4w3QIDAQAB";

    private const string Signature =
        """
        DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;
         d=football.example.com; i=@football.example.com;
         q=dns/txt; s=test; t=1528637909; h=from : to : subject :
         date : message-id : from : subject : date;
         bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
         b=F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3
         DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGdaSGsgeefOsk2Jz
         dA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8=

        """;

    private const string Message =
        """
        From: Joe SixPack <joe@football.example.com>
        To: Suzie Q <suzie@shopping.example.net>
        Subject: Is dinner ready?
        Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)
        Message-ID: <20030712040037.46341.5F8J@football.example.com>

        Hi.

        We lost the game.  Are you hungry yet?

        Joe.

        """;

    private static readonly DateTimeOffset At = DateTimeOffset.FromUnixTimeSeconds(1_528_637_909);

    [Fact]
    public void The_example_of_the_RFC_verifies() => Assert.Equal(
        [new DkimVerdict(DkimResult.Pass, "football.example.com", "test")], Verify(Signature + Message));

    [Fact]
    public void It_verifies_no_more_when_anything_of_it_is_another()
    {
        Assert.Equal(DkimResult.BodyChanged, Verify(Signature + Message.Replace("lost", "won"))[0].Result);
        Assert.Equal(DkimResult.HeadersChanged, Verify(Signature + Message.Replace("dinner", "lunch"))[0].Result);
        Assert.Equal(DkimResult.HeadersChanged, Verify("Subject: More\n" + Signature + Message)[0].Result);
        Assert.Equal(DkimResult.HeadersChanged, Verify(Signature.Replace("t=1528637909", "t=1528637908") + Message)[0].Result);
    }

    [Theory]
    [InlineData("v=1", "v=2")]
    [InlineData("rsa-sha256", "rsa-sha1")]
    [InlineData("relaxed/relaxed", "relaxed/strict")]
    [InlineData("i=@football.example.com", "i=@example.com")]
    [InlineData("from :", "sender :")]
    [InlineData("q=dns/txt;", "x=soon;")]
    [InlineData("s=test", "d=test")]
    [InlineData("bh=2jU", "bh=***")]
    public void A_field_that_breaks_the_rules_is_malformed(string part, string other) =>
        Assert.Equal(DkimResult.Malformed, Verify(Signature.Replace(part, other) + Message)[0].Result);

    [Fact]
    public void A_signature_expires_when_it_says_so_and_needs_a_key()
    {
        Assert.Equal(DkimResult.Expired, Verify(Signature.Replace("q=dns/txt;", "x=1528637908;") + Message)[0].Result);
        foreach (var record in (string[])["", "v=DKIM1; p=", "v=DKIM1; k=ed25519; p=" + KeyRecord[20..], KeyRecord + "; h=sha1", KeyRecord + "; s=web", "v=spf1 -all", "p=AAAA"])
            Assert.Equal(DkimResult.NoKey, Verify(Signature + Message, record)[0].Result);
        Assert.Empty(Verify(Message));
    }

    [Fact]
    public void A_key_record_is_recognized_in_both_forms_that_keys_are_published_in()
    {
        using var rsa = RSA.Create(1024);
        var spki = rsa.ExportSubjectPublicKeyInfo();
        foreach (var text in (string[])[DkimKeyRecord.Write(spki), "p=" + Convert.ToBase64String(rsa.ExportRSAPublicKey()), "k=rsa; t=y; p=" + Convert.ToBase64String(spki).Insert(40, " ")])
            Assert.True(DkimKeyRecord.TryParse(text, out var record) && record.Publishes(spki), text);
        Assert.True(DkimKeyRecord.TryParse(KeyRecord, out var other) && !other.Publishes(spki));
        Assert.False(DkimKeyRecord.TryParse("v=DKIM2; p=AAAA", out _));
    }

    private static IReadOnlyList<DkimVerdict> Verify(string message, string record = KeyRecord) => DkimVerifier.Verify(
        Encoding.ASCII.GetBytes(message.ReplaceLineEndings("\r\n")), name => name == "test._domainkey.football.example.com" ? [record] : [], At);
}
