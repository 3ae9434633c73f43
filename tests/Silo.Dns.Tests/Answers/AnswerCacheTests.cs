using Silo.Dns.Answers;
using Silo.Dns.Wire;
using Silo.Testing;
using Xunit;

namespace Silo.Dns.Tests.Answers;

public class AnswerCacheTests
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    [Fact]
    public void Beyond_the_limit_of_entries_the_least_recently_used_go()
    {
        var cache = new AnswerCache(3, 1000, new HostileTimeProvider());
        foreach (var name in (string[])["a", "b", "c"]) Add(cache, name);
        Assert.NotNull(cache.Find(Of("a")));
        Add(cache, "d");

        Assert.Equal(["a", "c", "d"], Known(cache));
    }

    [Fact]
    public void Beyond_the_limit_of_bytes_the_least_recently_used_go_and_what_is_too_large_is_not_kept()
    {
        var cache = new AnswerCache(100, 1000, new HostileTimeProvider());
        Add(cache, "a", 400);
        Add(cache, "b", 400);
        Add(cache, "c", 1001);
        Assert.Equal(["a", "b"], Known(cache));
        Add(cache, "d", 700);

        Assert.Equal(["d"], Known(cache));
    }

    [Fact]
    public void A_new_answer_replaces_the_old_one_even_when_it_is_not_kept()
    {
        var cache = new AnswerCache(3, 1000, new HostileTimeProvider());
        Add(cache, "a", 900);
        Add(cache, "a", 900);
        Assert.Equal(1, cache.Count);
        cache.Add(Of("a"), Answer(), TimeSpan.Zero, 1);

        Assert.Null(cache.Find(Of("a")));
        Add(cache, "b", 1000);
        Assert.Equal(["b"], Known(cache));
    }

    [Fact]
    public void What_is_over_goes_when_it_is_asked_for()
    {
        var time = new HostileTimeProvider();
        var cache = new AnswerCache(3, 1000, time);
        Add(cache, "a", 1000);
        time.Advance(Hour);

        Assert.Null(cache.Find(Of("a")));
        Assert.Equal(0, cache.Count);
        Add(cache, "b", 1000);
        Assert.Equal(["b"], Known(cache));
    }

    [Fact]
    public void It_holds_its_limits_and_answers_rightly_over_200_seeds()
    {
        for (var seed = 0; seed < 200; seed++)
        {
            var random = new Random(seed);
            var time = new HostileTimeProvider();
            var cache = new AnswerCache(8, 500, time);
            var model = new Dictionary<string, (DnsAnswer Answer, TimeSpan Until)>();
            var now = TimeSpan.Zero;
            for (var step = 0; step < 300; step++)
            {
                var name = $"n{random.Next(16)}";
                if (random.Next(3) == 0)
                {
                    var (answer, timeToLive) = (Answer(), TimeSpan.FromSeconds(random.Next(20)));
                    cache.Add(Of(name), answer, timeToLive, random.Next(200));
                    model[name] = (answer, now + timeToLive);
                }
                else if (cache.Find(Of(name)) is { } found)
                {
                    Assert.True(model[name].Until > now && found.Detail == model[name].Answer.Detail, $"seed {seed}, step {step}");
                }

                Assert.True(cache.Count <= 8, $"seed {seed}, step {step}");
                var by = TimeSpan.FromSeconds(random.Next(4));
                time.Advance(by);
                now += by;
                if (random.Next(5) == 0) time.StepWall(TimeSpan.FromMinutes(random.Next(-60, 61)));
            }
        }
    }

    private static int _number;

    private static DnsAnswer Answer() =>
        new(DnsAnswerKind.NoData, [], default, false) { Detail = $"{Interlocked.Increment(ref _number)}" };

    private static DnsQuestion Of(string name) => new(name, DnsRecordType.A);

    private static void Add(AnswerCache cache, string name, int bytes = 10) => cache.Add(Of(name), Answer(), Hour, bytes);

    private static IEnumerable<string> Known(AnswerCache cache) =>
        ((string[])["a", "b", "c", "d"]).Where(n => cache.Find(Of(n)) is not null);
}
