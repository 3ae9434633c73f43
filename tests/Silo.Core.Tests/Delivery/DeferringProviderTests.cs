using Silo.Core.Delivery;
using Xunit;

namespace Silo.Core.Tests.Delivery;

public class DeferringProviderTests
{
    private static readonly DeliveryResult PutOff = Judged(451, null, "Local error");
    private static readonly DeliveryResult Taken = new() { Kind = DeliveryResultKind.Delivered, Stage = DeliveryStage.FinalDot };
    private static readonly DeliveryResult Blocked = new() { Kind = DeliveryResultKind.Blocked, Stage = DeliveryStage.FinalDot };

    private readonly DeferringProvider _provider = new();
    private DateTimeOffset _now = new(2026, 3, 2, 10, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Twenty_attempts_in_a_row_of_three_tenants_park_the_route_and_nineteen_do_not()
    {
        for (var i = 0; i < 19; i++) Assert.Equal(ProviderNews.None, Learn(PutOff, tenant: i % 3));
        Assert.Equal(ProviderNews.Parked, Learn(PutOff));
        Assert.True(_provider.IsResting(_now));
        Assert.Equal("451 Local error", _provider.Reason);
    }

    [Fact]
    public void Mail_that_is_taken_between_begins_the_count_anew()
    {
        for (var i = 0; i < 200; i++) Assert.Equal(ProviderNews.None, Learn(i % 19 == 18 ? Taken : PutOff, tenant: i % 5));
    }

    [Fact]
    public void The_mail_of_two_tenants_parks_the_route_after_half_a_minute_and_never_for_long()
    {
        for (var i = 0; i < 100; i++) Assert.Equal(ProviderNews.None, Learn(PutOff, tenant: i % 2));
        _now += DeferringProvider.Span;
        for (var rests = 0; rests < 12; rests++)
        {
            Assert.Equal(ProviderNews.Parked, Learn(PutOff, tenant: rests % 2));
            Assert.True(_provider.RestsUntil - _now <= DeferringProvider.LongestRestOfFew, $"rest {rests}");
            _now = _provider.RestsUntil!.Value;
        }
    }

    [Theory]
    [InlineData(452, "4.2.2", "Mailbox full")]
    [InlineData(451, "4.7.1", "Greylisted, try again in 5 minutes")]
    public void What_concerns_one_recipient_parks_nothing(int code, string enhanced, string text)
    {
        for (var i = 0; i < 100; i++) Assert.Equal(ProviderNews.None, Learn(Judged(code, enhanced, text), tenant: i));
    }

    [Fact]
    public void Refusals_for_policy_park_nothing_but_keep_a_parked_route_at_rest()
    {
        for (var i = 0; i < 100; i++) Assert.Equal(ProviderNews.None, Learn(Blocked, tenant: i));
        Park();
        _now = _provider.RestsUntil!.Value;
        Assert.Equal(ProviderNews.Parked, Learn(Blocked));
    }

    [Fact]
    public void A_bounce_that_the_provider_did_not_speak_lets_a_parked_route_not_go()
    {
        Park();
        _now = _provider.RestsUntil!.Value;
        var ours = new DeliveryResult { Kind = DeliveryResultKind.HardBounce, Diagnostic = "No such domain." };
        Assert.Equal(ProviderNews.None, Learn(ours));
        Assert.Equal(ProviderNews.None, Learn(ours with { Kind = DeliveryResultKind.SoftBounce, Stage = DeliveryStage.FinalDot }));
        Assert.Equal(
            ProviderNews.None,
            Learn(ours with { Stage = DeliveryStage.Mail, Reply = new SmtpReply(550, "5.7.1", "Bad sender") }));
        Assert.True(_provider.IsParked);
        Assert.Equal(ProviderNews.Works, Learn(Judged(550, "5.1.1", "No such user")));
    }

    [Fact]
    public void Rests_double_to_half_an_hour_and_are_up_to_a_quarter_longer_by_chance()
    {
        for (var seed = 0; seed < 20; seed++)
        {
            var random = new Random(seed);
            Park(random.NextDouble());
            var nominal = DeferringProvider.ShortestRest;
            for (var i = 0; i < 12; i++)
            {
                var wait = _provider.RestsUntil!.Value - _now;
                Assert.True(wait >= nominal && wait < nominal * 1.25, $"seed {seed}, rest {i}: {wait}");
                nominal = nominal * 2 > DeferringProvider.LongestRest ? DeferringProvider.LongestRest : nominal * 2;
                _now = _provider.RestsUntil.Value;
                Assert.False(_provider.IsResting(_now));
                Learn(PutOff, jitter: random.NextDouble());
            }

            Learn(Taken);
        }
    }

    [Fact]
    public void What_was_under_way_when_the_route_was_parked_makes_no_rest_longer_but_ends_it_when_it_is_taken()
    {
        var before = _provider.Round;
        Park();
        var until = _provider.RestsUntil;
        for (var i = 0; i < 50; i++) Assert.Equal(ProviderNews.None, Learn(PutOff, round: before));
        _now = until!.Value.AddSeconds(5);
        Assert.Equal(ProviderNews.None, Learn(PutOff, round: before));
        Assert.Equal(until, _provider.RestsUntil);
        Assert.Equal(ProviderNews.Works, Learn(Taken, round: before));
        Assert.False(_provider.IsParked);
        Assert.Equal(ProviderNews.None, Learn(PutOff));
    }

    [Fact]
    public void Attempts_that_are_far_apart_say_nothing_together()
    {
        for (var i = 0; i < 100; i++)
        {
            Assert.Equal(ProviderNews.None, Learn(PutOff, tenant: i));
            _now += DeferringProvider.LongestGap + TimeSpan.FromSeconds(1);
        }
    }

    private static DeliveryResult Judged(int code, string? enhanced, string text) =>
        ReplyRules.Shipped.Judge(DeliveryStage.Recipient, new SmtpReply(code, enhanced, text));

    private void Park(double jitter = 0)
    {
        for (var i = 0; i < DeferringProvider.Attempts; i++) Learn(PutOff, tenant: i, jitter: jitter);
        Assert.True(_provider.IsParked);
    }

    private ProviderNews Learn(DeliveryResult result, long tenant = 7, int? round = null, double jitter = 0) =>
        _provider.Learn(result, tenant, round ?? _provider.Round, _now, jitter);
}
