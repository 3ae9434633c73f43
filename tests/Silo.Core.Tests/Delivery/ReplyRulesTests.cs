using System.Globalization;
using System.Text;
using Silo.Core.Delivery;
using Xunit;
using static Silo.Core.Delivery.BounceSubType;
using static Silo.Core.Delivery.DeliveryResultKind;
using static Silo.Core.Delivery.DeliveryStage;

namespace Silo.Core.Tests.Delivery;

public class ReplyRulesTests
{
    private const BounceSubType NoSubType = BounceSubType.None;

    [Theory]
    // The address.
    [InlineData(Recipient, "550 5.1.1 <x@y>: Recipient address rejected: User unknown in virtual mailbox table", HardBounce, NoEmail)]
    [InlineData(Recipient, "550 5.1.1 The email account that you tried to reach does not exist.", HardBounce, NoEmail)]
    [InlineData(FinalDot, "550 5.1.1 no such user", HardBounce, NoEmail)]
    [InlineData(Recipient, "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found", HardBounce, General)]
    [InlineData(Recipient, "550 5.1.2 bad destination host", HardBounce, General)]
    [InlineData(Recipient, "553 5.1.3 bad address syntax", HardBounce, General)]
    [InlineData(Recipient, "550 5.2.1 The email account that you tried to reach is disabled.", HardBounce, General)]
    [InlineData(Recipient, "550 User unknown", HardBounce, NoEmail)]
    [InlineData(Recipient, "550 No such user here", HardBounce, NoEmail)]
    [InlineData(Recipient, "550 Requested action not taken: mailbox unavailable", HardBounce, NoEmail)]
    [InlineData(Recipient, "554 delivery error: dd This user doesn't have a yahoo.com account", HardBounce, NoEmail)]
    // The sender's address is no fault of the recipient, although RFC 3463 puts it under X.1.
    [InlineData(Recipient, "550 5.1.8 <a@b>: Sender address rejected: Domain not found", SoftBounce, General)]
    // Passing reasons.
    [InlineData(Recipient, "552 5.2.2 The email account that you tried to reach is over quota", SoftBounce, MailboxFull)]
    [InlineData(Recipient, "552 Mailbox full", SoftBounce, MailboxFull)]
    [InlineData(Recipient, "554 mailbox is full", SoftBounce, MailboxFull)]
    [InlineData(FinalDot, "552 5.3.4 Message size exceeds fixed limit", SoftBounce, MessageTooLarge)]
    [InlineData(FinalDot, "552 5.2.3 Your message exceeded Google's message size limits", SoftBounce, MessageTooLarge)]
    [InlineData(FinalDot, "552 message too large", SoftBounce, MessageTooLarge)]
    [InlineData(FinalDot, "552 5.7.0 This message was blocked because its content presents a potential security issue", SoftBounce, AttachmentRejected)]
    [InlineData(FinalDot, "554 5.6.0 message content rejected", SoftBounce, ContentRejected)]
    [InlineData(FinalDot, "554 transaction failed", SoftBounce, ContentRejected)]
    [InlineData(Recipient, "550 5.4.1 Recipient address rejected: no idea", SoftBounce, General)]
    [InlineData(Recipient, "554 transaction failed", SoftBounce, General)]
    // Policy.
    [InlineData(Recipient, "550 5.7.515 Access denied, sending domain example.com doesn't meet the required authentication level", Blocked, NoSubType)]
    [InlineData(FinalDot, "550 5.7.26 This mail has been blocked because the sender is unauthenticated.", Blocked, NoSubType)]
    [InlineData(FinalDot, "550 5.7.1 Our system has detected that this message is likely unsolicited mail", Blocked, NoSubType)]
    [InlineData(Recipient, "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org", Blocked, NoSubType)]
    [InlineData(Recipient, "550 Message rejected as spam", Blocked, NoSubType)]
    [InlineData(Recipient, "554 Your IP is listed at bl.example", Blocked, NoSubType)]
    [InlineData(FinalDot, "553 5.7.1 [BL21] Connections will not be accepted", Blocked, NoSubType)]
    [InlineData(FinalDot, "554 Message not allowed - [PH01] Email not accepted for policy reasons.", Blocked, NoSubType)]
    [InlineData(Recipient, "550 SC-001 (BAY004-MC1F1) Unfortunately, messages from 192.0.2.1 weren't sent: part of their network is on our block list (S3150)", Blocked, NoSubType)]
    public void A_refusal_for_good_is_classed(DeliveryStage stage, string reply, DeliveryResultKind kind, BounceSubType subType)
    {
        var result = ReplyRules.Shipped.Judge(stage, Reply(reply));
        Assert.True(kind == result.Kind && subType == result.BounceSubType, $"{result.RuleName}: {result.Kind}/{result.BounceSubType}");
        Assert.Equal(DeferralScope.None, result.DeferralScope);
    }

    [Theory]
    [InlineData(Recipient, "450 4.2.0 <x@y>: Recipient address rejected: Greylisted, see http://postgrey", null, DeferralScope.Recipient)]
    [InlineData(Recipient, "451 4.7.1 Greylisting in action, please come back later", null, DeferralScope.Recipient)]
    [InlineData(Recipient, "452 4.2.2 The email account that you tried to reach is over quota", "gmail", DeferralScope.Recipient)]
    [InlineData(Recipient, "452 mailbox full", null, DeferralScope.Recipient)]
    [InlineData(Recipient, "450 4.2.1 The user you are trying to contact is receiving mail at a rate that prevents additional messages", "gmail", DeferralScope.Recipient)]
    [InlineData(Recipient, "451 4.3.0 local problem", null, DeferralScope.Recipient)]
    [InlineData(Recipient, "450 odd", null, DeferralScope.Recipient)]
    [InlineData(FinalDot, "421 4.7.0 [192.0.2.1 15] Our system has detected an unusual rate of unsolicited mail", "gmail", DeferralScope.SlowDown)]
    [InlineData(FinalDot, "421 4.7.28 Gmail has detected an unusual rate of mail originating from your SPF domain", "gmail", DeferralScope.SlowDown)]
    [InlineData(DeliveryStage.Mail, "421 4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred due to user complaints", "yahoo", DeferralScope.SlowDown)]
    [InlineData(DeliveryStage.Mail, "421 Message from (192.0.2.1) temporarily deferred - TS03", "yahoo", DeferralScope.SlowDown)]
    [InlineData(Recipient, "421 RP-001 (SNT004-MC1F4) Unfortunately, some messages from 192.0.2.1 weren't sent", "microsoft", DeferralScope.SlowDown)]
    [InlineData(Recipient, "451 4.7.500 Server busy. Please try again later from [192.0.2.1]. (S77719)", "microsoft", DeferralScope.SlowDown)]
    [InlineData(Recipient, "450 exceeded the rate limit", "microsoft", DeferralScope.SlowDown)]
    [InlineData(FinalDot, "451 4.7.0 temporarily rejected due to local policy [CS01]", "apple", DeferralScope.SlowDown)]
    [InlineData(FinalDot, "450 too many messages, slow down", null, DeferralScope.SlowDown)]
    [InlineData(Recipient, "421 4.7.0 Try again later, closing connection.", null, DeferralScope.SlowDown)]
    public void A_refusal_for_now_says_who_waits(DeliveryStage stage, string reply, string? provider, DeferralScope scope)
    {
        var result = ReplyRules.Shipped.Judge(stage, Reply(reply), provider);
        Assert.True(result.Kind == Deferred && scope == result.DeferralScope, $"{result.RuleName}: {result.Kind}/{result.DeferralScope}");
    }

    [Fact]
    public void What_comes_before_MAIL_was_taken_is_never_a_bounce()
    {
        string[] texts = ["", "5.1.1 user unknown", "5.7.1 blocked", "5.2.2 mailbox full", "spam", "5.3.4 too large"];
        foreach (var stage in new[] { Connect, Greeting, Hello, StartTls, Authenticate, DeliveryStage.Mail })
        {
            foreach (var text in texts)
                for (var code = 500; code < 600; code++)
                    Assert.Equal(RouteFailed, ReplyRules.Shipped.Judge(stage, Reply($"{code} {text}")).Kind);
        }
    }

    [Fact]
    public void Every_refusal_at_every_stage_is_judged_and_4xx_never_for_good()
    {
        for (var seed = 0; seed < 20_000; seed++)
        {
            var random = new Random(seed);
            var stage = (DeliveryStage)random.Next(1, 10);
            var code = random.Next(400, 600);
            var enhanced = random.Next(2) == 0 ? null : $"{code / 100}.{random.Next(9)}.{random.Next(700)}";
            string[] words = ["blocked", "user", "unknown", "full", "spam", "mailbox", "rate limit", "virus", "greylisted", "õ", "TS03"];
            var text = string.Join(' ', Enumerable.Range(0, random.Next(5)).Select(_ => words[random.Next(words.Length)]));
            string?[] providers = [null, "gmail", "yahoo", "microsoft", "other"];
            var result = ReplyRules.Shipped.Judge(stage, new SmtpReply(code, enhanced, text), providers[random.Next(providers.Length)]);
            var allowed = stage < DeliveryStage.Mail ? result.Kind == RouteFailed
                : code < 500 ? result.Kind is Deferred or RouteFailed
                : result.Kind is HardBounce or SoftBounce or Blocked or RouteFailed;
            Assert.True(allowed, $"seed {seed}: {stage} {code} {enhanced} {text} -> {result.Kind} by {result.RuleName}");
            Assert.True((result.Kind is HardBounce or SoftBounce) == (result.BounceSubType != BounceSubType.None), $"seed {seed}");
        }
    }

    [Fact]
    public void A_rule_of_one_provider_is_not_asked_about_another()
    {
        var reply = Reply("554 local policy");
        Assert.Equal("apple-policy", ReplyRules.Shipped.Find(Recipient, reply, "apple").Name);
        Assert.Equal("apple-policy", ReplyRules.Shipped.Find(Recipient, reply).Name);
        Assert.NotEqual("apple-policy", ReplyRules.Shipped.Find(Recipient, reply, "gmail").Name);
    }

    [Theory]
    [InlineData("user is enlisted", "listed", false)]
    [InlineData("is LISTED at", "listed", true)]
    [InlineData("enlisted and listed", "listed", true)]
    [InlineData("x[TS03]", "[TS03]", true)]
    [InlineData("", "listed", false)]
    public void A_phrase_is_found_at_the_start_of_a_word(string text, string phrase, bool found) =>
        Assert.Equal(found, ReplyMatcher.StartsAWord(text, phrase));

    [Fact]
    public void Yes_to_the_final_dot_is_delivered_and_another_yes_is_nothing_to_judge()
    {
        Assert.Equal(Delivered, ReplyRules.Shipped.Judge(FinalDot, Reply("250 ok")).Kind);
        Assert.Throws<ArgumentException>(() => ReplyRules.Shipped.Judge(Recipient, Reply("250 ok")));
    }

    [Fact]
    public void A_bad_list_is_refused_with_all_its_errors_at_once()
    {
        const string json = """
            [
              { "name": "a", "codes": ["5x0", "600"], "kind": "Blocked", "explanation": "x" },
              { "name": "a", "enhancedCodes": ["5.1"], "kind": "HardBounce", "explanation": "x" },
              { "name": "b", "codes": ["400-499"], "kind": "Deferred", "deferralScope": "Recipient", "explanation": "x" }
            ]
            """;
        Assert.False(ReplyRules.TryParse(Encoding.UTF8.GetBytes(json), out var rules, out var errors));
        Assert.Null(rules);
        foreach (var part in new[] { "'5x0'", "'600'", "'5.1'", "stands there 2 times", "BounceSubType", "5xx at FinalDot" })
            Assert.Contains(errors, e => e.Contains(part, StringComparison.Ordinal));
        Assert.DoesNotContain(errors, e => e.Contains("4xx", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("[{}]")]
    [InlineData("[null]")]
    [InlineData("[{\"name\":\"a\",\"codes\":null,\"kind\":\"Blocked\",\"explanation\":\"x\"}]")]
    [InlineData("[{\"name\":\"a\",\"codes\":[null],\"enhancedCodes\":[null],\"text\":[null],\"kind\":\"Blocked\",\"explanation\":\"x\"}]")]
    [InlineData("[{\"name\":\"a\",\"kind\":\"Blocked\",\"explanation\":\"x\",\"colour\":1}]")]
    [InlineData("[{\"name\":\"a\",\"kind\":7,\"explanation\":\"x\"}]")]
    public void What_is_no_list_of_rules_is_refused(string json)
    {
        Assert.False(ReplyRules.TryParse(Encoding.UTF8.GetBytes(json), out _, out var errors));
        Assert.NotEmpty(errors);
    }

    private static SmtpReply Reply(string text)
    {
        var words = text.Split(' ', 3);
        var code = int.Parse(words[0], CultureInfo.InvariantCulture);
        return words.Length > 1 && words[1].Count(c => c == '.') == 2 && char.IsAsciiDigit(words[1][0])
            ? new SmtpReply(code, words[1], words.Length > 2 ? words[2] : "")
            : new SmtpReply(code, null, text[Math.Min(4, text.Length)..]);
    }
}
