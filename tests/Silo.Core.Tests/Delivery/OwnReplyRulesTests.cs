using System.Text;
using Silo.Core.Addresses;
using Silo.Core.Delivery;
using Xunit;

namespace Silo.Core.Tests.Delivery;

public class OwnReplyRulesTests
{
    private const string Local = """
        {"name":"our-policy","providers":["gmail"],"codes":["550"],"text":["our own words"],"kind":"Blocked","actor":"Operator",
         "advice":"Ask them.","explanation":"They know us."}
        """;

    private static readonly SmtpReply Reply = new(550, "5.1.1", "These are our own words");

    [Fact]
    public void Own_rules_are_asked_first_and_what_they_do_not_know_the_shipped_ones_do()
    {
        var rules = ReplyRules.Shipped.After(Parsed($"[{Local}]"));
        Assert.Equal("our-policy", rules.Find(DeliveryStage.Recipient, Reply, "Gmail").Name);
        Assert.Equal(DeliveryResultKind.Blocked, rules.Judge(DeliveryStage.Recipient, Reply, "Gmail").Kind);
        Assert.Equal("no-such-user", rules.Find(DeliveryStage.Recipient, Reply, "Yahoo").Name);
        Assert.Equal("no-such-user", ReplyRules.Shipped.Find(DeliveryStage.Recipient, Reply, "Gmail").Name);
        Assert.Same(ReplyRules.Shipped, ReplyRules.Shipped.After(Parsed("[]")));
    }

    [Fact]
    public void A_book_judges_by_what_it_was_given_last()
    {
        ReplyRuleBook book = ReplyRules.Shipped;
        book.Use(Parsed($"[{Local}]"));
        Assert.Equal("our-policy", book.Present.Find(DeliveryStage.Recipient, Reply, "Gmail").Name);
        book.Use(OwnReplyRules.None);
        Assert.Equal("no-such-user", book.Present.Find(DeliveryStage.Recipient, Reply, "Gmail").Name);
    }

    [Theory]
    [InlineData("{}", "list")]
    [InlineData("null", "list")]
    [InlineData("[null]", "nothing else")]
    [InlineData("""[{"name":"a","kind":"Blocked"}]""", "[0] lacks 'explanation'.")]
    [InlineData("""[{"name":"a","kind":"Shrug","explanation":"e"}]""", "[0].kind is not a member of a rule, or has a value")]
    [InlineData("""[{"name":"a","kind":"Blocked","explanation":"e","colour":"red"}]""", "colour")]
    [InlineData("""[{"name":"a","kind":"Delivered","explanation":"e"}]""", "[0].kind must be HardBounce")]
    [InlineData("""[{"name":"","kind":"Blocked","explanation":"e"}]""", "[0].name must have 1 to 64")]
    [InlineData("""[{"name":"no-such-user","kind":"Blocked","explanation":"e"}]""", "[0].name is the name of a rule that Silo comes with")]
    [InlineData("""[{"name":"a","kind":"Blocked","explanation":"e","text":["x"]}]""", "[0].text[0] must have 2 to 200")]
    [InlineData("""[{"name":"a","kind":"Blocked","explanation":"e","providers":["Gmial"]}]""", "[0].providers must hold names")]
    [InlineData("""[{"name":"a","kind":"Blocked","explanation":"e","stages":["None"]}]""", "[0].stages must not hold None")]
    [InlineData("""[{"name":"a","kind":"Blocked","explanation":"e","stages":["Recipient"],"providers":["Gmail"]}]""", "[0] must have codes")]
    [InlineData("""[{"name":"a","kind":"Blocked","explanation":"e","codes":["535"],"stages":["Authenticate"]}]""", "[0].stages must not hold a stage before Mail")]
    [InlineData("""[{"name":"a","kind":"Deferred","explanation":"e","codes":["421"],"stages":["Greeting","Data"]}]""", "[0].stages must not hold a stage before Mail")]
    [InlineData("""[{"name":"a","kind":"Blocked","explanation":"e","codes":["550"],"stages":["Mail"]}]""", "[0].stages must not hold Mail")]
    [InlineData("""[{"name":"a","kind":"SoftBounce","explanation":"e","codes":["550","452-552"]}]""", "[0].codes must be from 500 to 599")]
    [InlineData("""[{"name":"a","kind":"Blocked","explanation":"e","codes":["55x"]}]""", "'55x' is no reply code")]
    [InlineData("""[{"name":"a","kind":"HardBounce","explanation":"e","codes":["550"]}]""", "does not go with BounceSubType None")]
    [InlineData("""[{"name":"a","kind":"Blocked","explanation":"e"},{"name":"a","kind":"Blocked","explanation":"e"}]""", "stands there 2 times")]
    public void What_is_wrong_with_a_list_is_said_by_the_name_of_its_member(string json, string expected)
    {
        Assert.False(OwnReplyRules.TryParse(Encoding.UTF8.GetBytes(json), Providers, out var rules, out var errors));
        Assert.Null(rules);
        Assert.Contains(errors, e => e.Contains(expected, StringComparison.Ordinal));
    }

    [Fact]
    public void A_rule_without_stages_holds_from_the_recipient_on_and_a_bounce_for_5xx_alone()
    {
        var rules = ReplyRules.Shipped.After(Parsed(
            """
            [{"name":"all","codes":["500-599"],"kind":"HardBounce","bounceSubType":"General","explanation":"e"},
             {"name":"words","text":["go away"],"kind":"SoftBounce","bounceSubType":"General","explanation":"e"},
             {"name":"login","stages":["Authenticate","Mail"],"codes":["454"],"kind":"RouteFailed","explanation":"e"}]
            """));
        var refused = new SmtpReply(535, "5.7.8", "Authentication failed");
        foreach (var stage in Enum.GetValues<DeliveryStage>().Where(s => s != DeliveryStage.None))
        {
            var kind = rules.Judge(stage, refused).Kind;
            Assert.True(kind == (stage >= DeliveryStage.Recipient ? DeliveryResultKind.HardBounce : DeliveryResultKind.RouteFailed), $"{stage}: {kind}");
        }

        Assert.Equal(DeliveryResultKind.Deferred, rules.Judge(DeliveryStage.Recipient, new SmtpReply(450, null, "Go away")).Kind);
        Assert.Equal("login", rules.Find(DeliveryStage.Authenticate, new SmtpReply(454, null, "Later")).Name);
    }

    [Fact]
    public void A_stored_list_stays_in_use_when_a_later_release_has_a_rule_of_the_same_name()
    {
        const string Stored = """[{"name":"no-such-user","codes":["550"],"providers":["Gone"],"kind":"Blocked","explanation":"Ours."}]""";
        Assert.True(OwnReplyRules.TryParse(Encoding.UTF8.GetBytes(Stored), providers: null, out var rules, out _));
        Assert.Equal("Ours.", ReplyRules.Shipped.After(rules).Find(DeliveryStage.Recipient, Reply).Explanation);
    }

    [Fact]
    public void A_list_has_a_limit_on_rules_and_on_phrases()
    {
        Assert.Equal(OwnReplyRules.MaxRules, Parsed(List(OwnReplyRules.MaxRules, 10)).Rules.Count);
        Assert.False(OwnReplyRules.TryParse(Encoding.UTF8.GetBytes(List(OwnReplyRules.MaxRules + 1, 1)), null, out _, out var tooMany));
        Assert.Contains("at most 200 rules", Assert.Single(tooMany));
        Assert.False(OwnReplyRules.TryParse(Encoding.UTF8.GetBytes(List(OwnReplyRules.MaxRules, 11)), null, out _, out var tooLong));
        Assert.Contains("at most 2000 phrases", Assert.Single(tooLong));
    }

    private static string[] Providers => [.. MailboxProvider.All.Select(p => p.Name)];

    private static string List(int rules, int phrases)
    {
        var text = string.Join(',', Enumerable.Range(0, phrases).Select(i => $"\"phrase {i}\""));
        return "[" + string.Join(',', Enumerable.Range(0, rules).Select(
            i => "{\"name\":\"r" + i + "\",\"kind\":\"Blocked\",\"explanation\":\"e\",\"text\":[" + text + "]}")) + "]";
    }

    private static OwnReplyRules Parsed(string json)
    {
        Assert.True(OwnReplyRules.TryParse(Encoding.UTF8.GetBytes(json), Providers, out var rules, out var errors), string.Join(' ', errors));
        return rules;
    }
}
