using System.Text.Json.Nodes;
using Silo.LoadTest.Scenarios;
using Silo.LoadTest.Traffic;
using Xunit;

namespace Silo.LoadTest.Tests.Scenarios;

public sealed class ScenarioFileTests
{
    private const string Least = """
        {"summary":"Little.","tenants":{"all":{"count":2}},"flows":{"mail":{"tenants":"all","rate":10}},
         "verdicts":{"nothing is lost":{"figure":"lost","exactly":0}}}
        """;

    public static TheoryData<string> Shipped => [.. ScenarioFile.NamesIn(ScenarioFile.Folder)];

    [Theory]
    [MemberData(nameof(Shipped))]
    public void A_scenario_that_comes_along_is_valid_in_both_profiles_and_short_in_one(string name)
    {
        var json = File.ReadAllText(Path.Combine(ScenarioFile.Folder, name + ScenarioFile.Extension));
        var (full, errors) = ScenarioFile.Read(name, json, smoke: false);
        Assert.Empty(errors);
        (var smoke, errors) = ScenarioFile.Read(name, json, smoke: true);
        Assert.Empty(errors);
        Assert.True(smoke!.SendingTime <= TimeSpan.FromSeconds(30), $"{smoke.SendingTime}");
        // Times are for machines that do nothing else.
        Assert.DoesNotContain(smoke.Verdicts, v => v.Figure.Contains("latency", StringComparison.Ordinal) || v.Figure.Contains(
            "wait", StringComparison.Ordinal));
        Assert.NotEmpty(full!.Verdicts);
    }

    [Fact]
    public void All_that_were_promised_come_along() => Assert.Equal(
        [
            "300k-tenants", "bad-apple", "bad-list", "burst", "disk-full", "flat-out", "kill-a-silo", "noisy-neighbour",
            "provider-throttles", "slow-webhook", "steady", "stop-a-campaign", "tarpits", "warm-up-month",
        ],
        ScenarioFile.NamesIn(ScenarioFile.Folder));

    [Fact]
    public void What_is_left_out_has_its_default()
    {
        var (scenario, errors) = ScenarioFile.Read("least", Least, smoke: true);
        Assert.Empty(errors);
        var flow = Assert.Single(scenario!.Flows);
        Assert.Equal((Arrivals.Poisson, 10, 16, TimeSpan.FromMinutes(1)), (flow.Arrivals, flow.Rate, flow.Senders, flow.Time));
        Assert.Equal(4096, Assert.Single(flow.Kinds).Bytes);
        Assert.Equal(TimeSpan.FromSeconds(60), scenario.Drain);
    }

    [Theory]
    [InlineData("""{"summary":null}""", "summary is required")]
    [InlineData("""{"sumary":"x"}""", "sumary is not known here")]
    [InlineData("""{"verdicts":null}""", "verdicts is required: a scenario states what it promises")]
    [InlineData("""{"flows":null}""", "flows is required, or month in its place")]
    [InlineData("""{"month":{"days":3}}""", "flows is required, or month in its place")]
    [InlineData("""{"tenants":{"all":{"count":0}}}""", "tenants.all.count must be a whole number from 1 to 1,000,000")]
    [InlineData("""{"tenants":{"all":{"limits":3}}}""", "tenants.all.limits must be an object")]
    [InlineData("""{"flows":{"mail":{"rate":"fast"}}}""", "flows.mail.rate must be a number from 0 to 1,000,000")]
    [InlineData("""{"flows":{"mail":{"rate":null}}}""", "flows.mail.rate or burst is required, unless arrivals is flood")]
    [InlineData("""{"flows":{"mail":{"arrivals":"sometimes"}}}""", "flows.mail.arrivals must be one of poisson, constant, flood")]
    [InlineData("""{"flows":{"mail":{"arrivals":"flood","rate":null}}}""", "flows.mail.messages is required of a flood")]
    [InlineData("""{"flows":{"mail":{"arrivals":"flood","messages":9}}}""", "flows.mail.rate and burst mean nothing for a flood")]
    [InlineData("""{"flows":{"mail":{"tenants":"some"}}}""", "flows.mail.tenants: there is no group some in tenants")]
    [InlineData("""{"flows":{"mail":{"burst":{"size":0}}}}""", "flows.mail.burst.size must be a whole number from 1 to 10,000,000")]
    [InlineData("""{"flows":{"mail":{"kinds":[{"bytes":10},{"byte":1}]}}}""", "flows.mail.kinds[1].byte is not known here")]
    [InlineData("""{"flows":{"mail":{"kinds":[{"weight":0}]}}}""", "flows.mail.kinds must not all have the weight 0")]
    [InlineData("""{"flows":{"mail":{"kinds":[{"template":"t"}]}}}""", "flows.mail.kinds[0].template needs the door ses or cluster")]
    [InlineData(
        """{"flows":{"mail":{"domains":{"gmail.com":-1}}}}""",
        "flows.mail.domains.gmail.com must be a number from 0 to 1,000,000,000")]
    [InlineData("""{"flows":{"mail":{"fates":{"bounce":0.6,"complain":0.6}}}}""", "flows.mail.fates must not add up to more than 1")]
    [InlineData("""{"flows":{"mail":{"fates":{"vanish":1}}}}""", "flows.mail.fates.vanish is not known here")]
    [InlineData("""{"flows":{"mail":{"door":"window"}}}""", "flows.mail.door must be ses, smtp or cluster")]
    [InlineData("""{"flows":{"mail":{"webhook":"hook"}}}""", "flows.mail.webhook: there is no hook in webhooks")]
    [InlineData(
        """{"flows":{"mail":{"tag":{"name":"a b","value":"c"}}}}""",
        "flows.mail.tag.name must consist of letters, digits, - and _")]
    [InlineData("""{"flows":{"mail":{"senders":5001}}}""", "flows.mail.senders must be a whole number from 1 to 5,000")]
    [InlineData("""{"server":{"settings":{"Delivery":"x"}}}""", "server.settings.Delivery must be a key that begins with Silo:")]
    [InlineData("""{"server":{"settings":{"Silo:X":[]}}}""", "server.settings.Silo:X must be a value")]
    [InlineData("""{"sink":{"providers":{}}}""", "sink.providers must be an array of profiles")]
    [InlineData("""{"sink":{"dkimShare":2}}""", "sink.dkimShare must be a number from 0 to 1")]
    [InlineData("""{"webhooks":{"hook":{"answerAfterMs":-1}}}""", "webhooks.hook.answerAfterMs must be a number from 0 to 600,000")]
    [InlineData("""{"acts":{"a":{}}}""", "acts.a.do is required")]
    [InlineData(
        """{"acts":{"a":{"do":"explode"}}}""",
        "acts.a.do must be one of kill, restart, fill-disk, cancel, pause, watch-pause, set-limits")]
    [InlineData("""{"acts":{"a":{"do":"pause"}}}""", "acts.a.tenants is required here")]
    [InlineData("""{"acts":{"a":{"do":"kill","tenants":"all"}}}""", "acts.a.tenants means nothing here")]
    [InlineData("""{"acts":{"a":{"do":"cancel","flow":"mail"}}}""", "acts.a.flow: mail has no tag to know its mail by")]
    [InlineData("""{"acts":{"a":{"do":"cancel","flow":"other"}}}""", "acts.a.flow: there is no other in flows")]
    [InlineData("""{"acts":{"a":{"do":"kill","afterFlow":"other"}}}""", "acts.a.afterFlow: there is no other in flows")]
    [InlineData("""{"acts":{"a":{"do":"set-limits","tenants":"all"}}}""", "acts.a.limits is required here")]
    [InlineData("""{"acts":{"a":{"do":"fill-disk"}}}""", "acts.a.do needs server.diskMiB")]
    [InlineData("""{"verdicts":{"v":{"figure":"los","exactly":0}}}""", "verdicts.v.figure: a run of this has no figure los")]
    [InlineData("""{"verdicts":{"v":{"figure":"lost"}}}""", "verdicts.v.atMost or atLeast, exactly or of is required")]
    [InlineData("""{"verdicts":{"v":{"figure":"lost","of":"mail.gained"}}}""", "verdicts.v.of: a run of this has no figure mail.gained")]
    [InlineData(
        """{"verdicts":{"v":{"figure":"lost","of":"sent","atMost":1}}}""",
        "verdicts.v.of does not go with atMost, atLeast or exactly")]
    public void An_error_names_the_member_that_it_is_in(string change, string expected)
    {
        var json = MergePatch.Apply((JsonObject)JsonNode.Parse(Least)!, (JsonObject)JsonNode.Parse(change)!).ToJsonString();
        var (scenario, errors) = ScenarioFile.Read("wrong", json, smoke: false);
        Assert.Null(scenario);
        Assert.Contains(expected, errors);
    }

    [Fact]
    public void A_profile_of_a_provider_that_is_wrong_is_told_by_its_member()
    {
        const string change = """{"sink":{"providers":[{"name":"gmail","deferralShare":2}]}}""";
        var json = MergePatch.Apply((JsonObject)JsonNode.Parse(Least)!, (JsonObject)JsonNode.Parse(change)!);
        var (_, errors) = ScenarioFile.Read("wrong", json.ToJsonString(), smoke: false);
        Assert.Contains("DeferralShare", Assert.Single(errors), StringComparison.Ordinal);
    }

    [Fact]
    public void All_errors_are_told_at_once()
    {
        var (_, errors) = ScenarioFile.Read("wrong", """{"flows":{"mail":{"rate":-1,"senders":0}},"more":1}""", smoke: false);
        Assert.True(errors.Count >= 5, string.Join('\n', errors));
    }

    [Theory]
    [InlineData("no json")]
    [InlineData("[]")]
    [InlineData("""{"smoke":3}""")]
    public void What_is_no_scenario_at_all_is_told_so(string text) => Assert.NotEmpty(ScenarioFile.Read("wrong", text, smoke: true).Errors);

    [Fact]
    public void The_short_profile_changes_what_it_names_and_takes_away_what_it_nulls()
    {
        var json = """
            {"smoke":{"tenants":{"all":{"count":1}},"verdicts":{"nothing is lost":null,"all leave":{"figure":"queued","exactly":0}}},
            """
            + Least.TrimStart()[1..];
        var full = ScenarioFile.Read("both", json, smoke: false).Scenario!;
        var smoke = ScenarioFile.Read("both", json, smoke: true).Scenario!;
        Assert.Equal((2, 1), (full.Tenants[0].Count, smoke.Tenants[0].Count));
        Assert.Equal("nothing is lost", Assert.Single(full.Verdicts).Name);
        Assert.Equal("all leave", Assert.Single(smoke.Verdicts).Name);
    }
}
