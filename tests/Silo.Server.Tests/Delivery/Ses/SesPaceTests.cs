using Silo.Core.Delivery;
using Silo.Core.Pacing;
using Silo.Server.Delivery;
using Silo.Server.Delivery.Pacing;
using Silo.Server.Delivery.Ses;
using Silo.Testing;
using Silo.Testing.EndToEnd;
using Xunit;
using static Silo.Server.Tests.Delivery.Ses.SesTransports;

namespace Silo.Server.Tests.Delivery.Ses;

public class SesPaceTests
{
    private static readonly (string Code, int Status, string Message)[] RateRefusals =
    [
        ("TooManyRequestsException", 429, "Too many requests."), ("ThrottlingException", 400, "Rate exceeded"),
        ("TooManyRequestsException", 429, "Maximum sending rate exceeded."), ("LimitExceededException", 400, "Maximum sending rate exceeded."),
    ];

    [Fact]
    public async Task A_throttled_unit_rests_burns_nothing_and_the_pace_falls_to_half()
    {
        foreach (var (code, status, message) in RateRefusals)
        {
            await using var ses = new ScriptedSes { Account = () => Limits(rate: 100), Answer = _ => ScriptedSes.Error(status, code, message) };
            await using var transport = Transport(ses.Endpoint);
            var before = TimeProvider.System.GetUtcNow();
            var result = await transport.Carry(HandOvers.To("r@example.com"));
            Assert.Equal(
                (DeliveryResultKind.RouteFailed, DeliveryStage.Mail, DeferralScope.SlowDown), (result.Kind, result.Stage, result.DeferralScope));
            Assert.InRange(result.RestsUntil!.Value, before.AddSeconds(1), TimeProvider.System.GetUtcNow().AddSeconds(2));
            Assert.False(result.RestsAll);
            Assert.Equal(50, transport.Pace.Rate);
            Assert.Contains(message, transport.Pace.Reason);
        }
    }

    [Fact]
    public async Task Retry_after_says_how_long_a_unit_rests_within_bounds()
    {
        foreach (var (asked, seconds) in new[] { (30, 30), (0, 1), (1_000_000, 600) })
        {
            await using var ses = new ScriptedSes { Answer = _ => ScriptedSes.Error(429, "TooManyRequestsException", "Slow", $"retry-after: {asked}\r\n") };
            await using var transport = Transport(ses.Endpoint);
            var rest = (await transport.Carry(HandOvers.To("r@example.com"))).RestsUntil!.Value - TimeProvider.System.GetUtcNow();
            Assert.InRange(rest.TotalSeconds, seconds * 1.5 - 5, seconds * 1.5);
        }
    }

    [Fact]
    public async Task What_one_tenant_meets_there_does_not_slow_down_the_others()
    {
        await using var ses = new ScriptedSes
        {
            Account = () => Limits(rate: 100),
            Answer = _ => ScriptedSes.Error(429, "TooManyRequestsException", "Too many messages of arn:aws:ses:us-east-1:1:tenant/t/tn-1 are waiting."),
        };
        await using var transport = Transport(ses.Endpoint);
        var result = await transport.Carry(HandOvers.To("r@example.com"));
        Assert.NotNull(result.RestsUntil);
        Assert.Equal((100, null), (transport.Pace.Rate, transport.Pace.Reason));
    }

    [Fact]
    public async Task Once_the_quota_is_used_up_nothing_is_called_until_the_account_has_room()
    {
        var clock = new HostileTimeProvider();
        await using var ses = new ScriptedSes
        {
            Account = () => Limits(rate: 100), Answer = _ => ScriptedSes.Error(400, "LimitExceededException", "Daily message quota exceeded."),
        };
        await using var transport = Transport(ses.Endpoint, time: clock);
        var result = await Carried(transport, clock);
        Assert.Equal((DeliveryResultKind.RouteFailed, DeferralScope.SlowDown, true), (result.Kind, result.DeferralScope, result.RestsAll));
        var asked = ses.AccountCalls;
        ses.Account = () => ScriptedSes.Reply(500, "{}");
        for (var i = 0; i < 20; i++)
        {
            var again = await Carried(transport, clock);
            Assert.Equal((DeliveryResultKind.RouteFailed, DeferralScope.SlowDown, true), (again.Kind, again.DeferralScope, again.RestsAll));
            Assert.True(again.RestsUntil > clock.GetUtcNow());
        }

        Assert.Single(ses.Sends);
        (ses.Account, ses.Answer) = (() => Limits(rate: 100), _ => ScriptedSes.Ok());
        await Patiently.Until(() => Moved(clock, ses.AccountCalls > asked + 1, TimeSpan.FromSeconds(5)), "the account is asked again");
        await Patiently.Until(async () => (await Carried(transport, clock)).Kind == DeliveryResultKind.HandedOver, () => "mail leaves again");
    }

    [Fact]
    public async Task No_more_leaves_than_the_account_has_room_for_in_its_24_hours()
    {
        var clock = new HostileTimeProvider();
        await using var ses = new ScriptedSes { Account = () => Limits(rate: 100, most: 1_000, sent: 993) };
        await using var transport = Transport(ses.Endpoint, time: clock);
        var results = new List<DeliveryResult>();
        for (var i = 0; i < 12; i++) results.Add(await Carried(transport, clock));
        Assert.Equal(7, results.Count(r => r.Kind == DeliveryResultKind.HandedOver));
        Assert.All(results.Skip(7), r => Assert.Equal((DeliveryResultKind.RouteFailed, true), (r.Kind, r.RestsAll)));
        Assert.Equal(7, ses.Sends.Count);
    }

    [Fact]
    public async Task Calls_follow_each_other_no_faster_than_the_accounts_rate()
    {
        var clock = new HostileTimeProvider();
        var starts = new List<DateTimeOffset>();
        await using var ses = new ScriptedSes
        {
            Account = () => Limits(rate: 20),
            Answer = _ =>
            {
                lock (starts) starts.Add(clock.GetUtcNow());
                return ScriptedSes.Ok();
            },
        };
        await using var transport = Transport(ses.Endpoint, o => o.MaxPaceWait = TimeSpan.FromMinutes(1), clock);
        var first = await Carried(transport, clock);
        Assert.Equal(DeliveryResultKind.HandedOver, first.Kind);
        var deliveries = Enumerable.Range(0, 60).Select(_ => transport.Carry(HandOvers.To("r@example.com"))).ToList();
        var all = Task.WhenAll(deliveries);
        await Patiently.Until(() => Moved(clock, all.IsCompleted, TimeSpan.FromMilliseconds(10)), "all are sent");
        Assert.All(await all, r => Assert.Equal(DeliveryResultKind.HandedOver, r.Kind));
        for (var i = 0; i < starts.Count; i++)
        {
            // A burst of one, and what is noted late on a busy machine is noted together: so the starts up to a moment are what counts.
            var until = starts[i] - starts[0];
            Assert.True(i + 1 <= 2 + 20 * until.TotalSeconds, $"{i + 1} calls within {until}");
        }
    }

    [Fact]
    public async Task Who_would_wait_too_long_for_a_turn_is_sent_back_without_a_call()
    {
        var clock = new HostileTimeProvider();
        await using var ses = new ScriptedSes { Account = () => Limits(rate: 2) };
        await using var transport = Transport(ses.Endpoint, time: clock);
        await Carried(transport, clock);
        var deliveries = Enumerable.Range(0, 100).Select(_ => transport.Carry(HandOvers.To("r@example.com"))).ToList();
        await Patiently.Until(() => deliveries.Count(d => d.IsCompleted) >= 80, "most are sent back");
        var back = deliveries.Where(d => d.IsCompleted).Select(d => d.Result).ToList();
        Assert.Equal(80, back.Count);
        Assert.All(back, r => Assert.Equal(
            (DeliveryResultKind.RouteFailed, DeferralScope.SlowDown, true, clock.GetUtcNow().AddSeconds(5)),
            (r.Kind, r.DeferralScope, r.RestsAll, r.RestsUntil!.Value)));
        var all = Task.WhenAll(deliveries);
        await Patiently.Until(() => Moved(clock, all.IsCompleted, TimeSpan.FromMilliseconds(50)), "the others are sent");
        Assert.Equal(20, (await all).Count(r => r.Kind == DeliveryResultKind.HandedOver));
    }

    [Fact]
    public async Task An_account_that_does_not_tell_its_limits_is_tried_slowly()
    {
        foreach (var answer in new[] { ScriptedSes.Error(403, "AccessDeniedException", "No."), ScriptedSes.Reply(200, "[]"), ScriptedSes.Reply(200, "{}"),
            ScriptedSes.Reply(200, """{"SendQuota":{"MaxSendRate":"x"}}"""), "" })
        {
            await using var ses = new ScriptedSes { Account = () => answer };
            await using var transport = Transport(ses.Endpoint);
            Assert.Equal(DeliveryResultKind.HandedOver, (await transport.Carry(HandOvers.To("r@example.com"))).Kind);
            Assert.InRange(transport.Pace.Rate, SesPace.UnknownRate, SesPace.UnknownRate + 1);
        }
    }

    [Fact]
    public async Task A_rate_of_the_options_is_the_ceiling_whatever_the_account_may()
    {
        await using var ses = new ScriptedSes { Account = () => Limits(rate: 500) };
        await using var transport = Transport(ses.Endpoint, o => o.MaxSendRate = 7);
        await transport.Carry(HandOvers.To("r@example.com"));
        Assert.Equal(7, transport.Pace.Ceiling);
    }

    [Theory]
    [InlineData(500, 1_000_000, 7.0, 100L, 7.0, 100L)]
    [InlineData(3, 50, 7.0, 100L, 3.0, 50L)]
    [InlineData(3, 50, null, null, 3.0, 50L)]
    [InlineData(-1, -1, 7.0, 100L, 7.0, 100L)]
    [InlineData(-1, -1, null, null, null, null)]
    public async Task What_the_account_may_send_is_what_SES_and_the_configuration_both_allow(
        double rate, double most, double? configuredRate, long? configuredDay, double? expectedRate, long? expectedDay)
    {
        await using var ses = new ScriptedSes { Account = () => Limits(rate, most) };
        var limits = new AccountLimits(new BudgetLimits(configuredRate, 5, configuredDay));
        await using var transport = Transport(ses.Endpoint, limits: limits);
        await transport.Carry(HandOvers.To("r@example.com"));
        Assert.Equal((expectedRate, expectedDay), (limits.Current.RatePerSecond, limits.Current.PerDay));
    }

    [Fact]
    public async Task Without_keys_the_route_rests_and_nothing_is_called()
    {
        await using var ses = new ScriptedSes();
        var file = Path.GetTempFileName();
        await using var transport = Transport(ses.Endpoint, o =>
        {
            (o.AccessKeyId, o.SecretAccessKey, o.Profile, o.ProfilesFile) = (null, null, "mail", file);
            File.WriteAllText(file, "[mail]\naws_access_key_id = AKIAPROFILE\naws_secret_access_key = s\nregion = eu-west-3\n");
        });
        await transport.Carry(HandOvers.To("r@example.com"));
        Assert.Contains("Credential=AKIAPROFILE/", Assert.Single(ses.Sends).Headers["authorization"]);

        // Keys that were refused are looked for anew, so a file that was changed counts at once.
        ses.Answer = _ => ScriptedSes.Error(403, "UnrecognizedClientException", "The security token included in the request is invalid.");
        await transport.Carry(HandOvers.To("r@example.com"));
        File.Delete(file);
        var result = await transport.Carry(HandOvers.To("r@example.com"));
        Assert.Equal((DeliveryResultKind.RouteFailed, DeliveryStage.Authenticate), (result.Kind, result.Stage));
        Assert.Equal(2, ses.Sends.Count);
    }

    private static string Limits(double rate, double most = -1, double sent = 0) => ScriptedSes.Reply(
        200, FormattableString.Invariant($$$"""{"SendQuota":{"Max24HourSend":{{{most}}},"MaxSendRate":{{{rate}}},"SentLast24Hours":{{{sent}}}}}"""));

    /// <summary>One hand-over, with the clock moved until it is over.</summary>
    private static async Task<DeliveryResult> Carried(SesTransport transport, HostileTimeProvider clock)
    {
        var delivery = transport.Carry(HandOvers.To("r@example.com"));
        await Patiently.Until(() => Moved(clock, delivery.IsCompleted, TimeSpan.FromMilliseconds(5)), "the hand-over ends");
        return await delivery;
    }

    private static bool Moved(HostileTimeProvider clock, bool isDone, TimeSpan step)
    {
        if (!isDone) clock.Advance(step);
        return isDone;
    }
}
