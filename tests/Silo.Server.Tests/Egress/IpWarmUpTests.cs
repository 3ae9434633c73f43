using System.Text.Json;
using Silo.Core.WarmUp;
using Silo.Server.Egress;
using Xunit;

namespace Silo.Server.Tests.Egress;

public sealed class IpWarmUpTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 2, 10, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_percentage_that_was_set_is_the_one_that_is_read_and_it_goes_on_from_there()
    {
        foreach (var days in new[] { 1, 7, 44, 45, 46, 365 })
        {
            foreach (var mode in new[] { WarmUpMode.Time, WarmUpMode.Adaptive })
            {
                var begun = new IpWarmUp { StartedAt = Now, Mode = mode, DailyCaps = [.. Enumerable.Range(1, days).Select(d => (long)d)] };
                for (var percentage = 0; percentage <= 100; percentage++)
                {
                    var set = begun.At(percentage, Now);
                    Assert.Equal(Math.Max(1, percentage), set.Percentage(Now));
                    Assert.Equal(percentage == 100, set.IsDone);
                }

                var later = begun.At(40, Now).Percentage(Now.AddDays(days));
                Assert.Equal(mode == WarmUpMode.Time ? 100 : 40, later);
            }
        }
    }

    [Fact]
    public void A_lower_percentage_takes_a_warm_up_that_was_done_up_again()
    {
        var again = IpWarmUp.Done(Now).At(60, Now.AddDays(100));
        Assert.Equal(60, again.Percentage(Now.AddDays(100)));
        Assert.Equal(27, WarmUpSchedule.PositionAt(again.StartedAt, Now.AddDays(100)).Day);
    }

    [Fact]
    public void An_adaptive_warm_up_stands_where_its_days_have_brought_it()
    {
        var warmUp = new IpWarmUp { StartedAt = Now, Mode = WarmUpMode.Adaptive, Position = TimeSpan.FromDays(9) };
        Assert.Equal(20, warmUp.Percentage(Now.AddDays(300)));
        Assert.Equal(100, (warmUp with { Position = TimeSpan.FromDays(45) }).Percentage(Now));
    }

    [Fact]
    public void What_is_stored_comes_back_the_same()
    {
        var ip = new DedicatedIp
        {
            Ip = "192.0.2.1", CreatedAt = Now, PoolName = "a", HelloName = "m.example.com", Via = new SocksProxy("proxy", 1080, "u", "p"),
            WarmUp = new IpWarmUp
            {
                StartedAt = Now.AddTicks(7), Mode = WarmUpMode.Adaptive, DailyCaps = [1, 2], Position = TimeSpan.FromTicks(123_456_789_012),
                ProviderCaps = new Dictionary<string, IReadOnlyList<long>> { ["Gmail"] = [1] },
            },
        };
        var text = JsonSerializer.Serialize(ip, EgressJson.Default.DedicatedIp);
        var back = JsonSerializer.Deserialize(text, EgressJson.Default.DedicatedIp)!;
        Assert.Equal(text, JsonSerializer.Serialize(back, EgressJson.Default.DedicatedIp));
        Assert.Equal(ip.Via, back.Via);
        Assert.Equal(ip.WarmUp.Position, back.WarmUp.Position);
        Assert.DoesNotContain("\"Pool\"", text);
    }

    [Fact]
    public void The_password_of_a_proxy_is_not_in_its_text() =>
        Assert.DoesNotContain("secret", $"{new SocksProxy("proxy.example", 1080, "u", "secret")}");
}
