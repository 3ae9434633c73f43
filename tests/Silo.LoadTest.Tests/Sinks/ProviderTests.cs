using System.Text;
using System.Text.Json;
using Silo.Core.Delivery;
using Silo.LoadTest.Marks;
using Silo.LoadTest.Sinks;
using Silo.LoadTest.Sinks.Accounting;
using Silo.LoadTest.Sinks.Providers;
using Silo.LoadTest.Sinks.Smtp;
using Silo.Testing;
using Xunit;

namespace Silo.LoadTest.Tests.Sinks;

public sealed class ProviderTests
{
    private static readonly ProviderProfile Plain = new() { Name = "plain" };

    public static TheoryData<string> Names { get; } = [.. KnownProviders.All.Select(p => p.Name)];

    private static ProviderProfile Known(string name) => KnownProviders.All.Single(p => p.Name == name);

    private static SmtpSink Sink(ProviderProfile profile, TimeProvider? time = null) => new(new SinkOptions
    {
        Run = "1a", Providers = new ProviderBook([profile], seed: 7), Time = time ?? TimeProvider.System,
    });

    [Theory]
    [MemberData(nameof(Names))]
    public void What_a_provider_says_is_understood_as_it_is_meant(string name)
    {
        var profile = Known(name);
        Assert.Equal((DeliveryResultKind.Deferred, DeferralScope.SlowDown), Judged(profile.RateLimitReply, DeliveryStage.Recipient));
        Assert.Equal((DeliveryResultKind.Deferred, DeferralScope.Recipient), Judged(profile.DeferralReply, DeliveryStage.Recipient));
        Assert.Equal(DeliveryResultKind.HardBounce, Judged(profile.HardBounceReply, DeliveryStage.Recipient).Kind);
        Assert.Equal(DeliveryResultKind.SoftBounce, Judged(profile.SoftBounceReply, DeliveryStage.FinalDot).Kind);

        (DeliveryResultKind Kind, DeferralScope Scope) Judged(string line, DeliveryStage stage)
        {
            var parts = line.Split(' ', 3);
            var rule = ReplyRules.Shipped.Find(stage, new SmtpReply(int.Parse(parts[0]), parts[1], parts[2]), name);
            return (rule.Kind, rule.DeferralScope);
        }
    }

    [Fact]
    public void Shares_are_of_recipients_and_the_same_with_the_same_seed()
    {
        var profile = Plain with { HardBounceShare = 0.1, SoftBounceShare = 0.05, DeferralShare = 0.2, ComplaintShare = 0.02 };
        var first = Draw(seed: 1);
        Assert.Equal(first, Draw(seed: 1));
        Assert.NotEqual(first, Draw(seed: 2));
        Near(0.1, first.Count(v => v.End == ArrivalEnd.HardBounced));
        Near(0.05, first.Count(v => v.End == ArrivalEnd.SoftBounced));
        Near(0.85 * 0.2, first.Count(v => v.End == ArrivalEnd.Deferred));
        Near(0.85 * 0.8 * 0.02, first.Count(v => v.Complains));

        ProviderVerdict[] Draw(long seed) =>
        [
            .. Enumerable.Range(0, 20_000).Select(i => new ProviderState(profile, seed).Judge(
                $"r{i}@example.org", attempt: 0, now: 0, TimeProvider.System)),
        ];

        // Five standard deviations of so many draws.
        static void Near(double share, int count) => Assert.InRange(count / 20_000.0, share - 0.015, share + 0.015);
    }

    [Fact]
    public async Task A_recipient_that_bounces_bounces_again_and_one_that_is_put_off_is_drawn_anew()
    {
        await using var sink = Sink(Plain with { DeferralShare = 0.5, HardBounceShare = 0.3 });
        await using var client = await SinkClient.Connect(sink.Endpoint);
        var (bounced, later) = (0, 0);
        for (var number = 0; number < 40; number++)
        {
            var replies = new List<string>();
            do replies.Add(await client.Send(SinkClient.Mark(1, 1, number)));
            while (replies[^1][0] == '4' && replies.Count < 50);
            if (replies[^1][0] == '5')
            {
                bounced++;
                Assert.Equal(replies[^1], await client.Send(SinkClient.Mark(1, 1, number)));
            }
            else if (replies.Count > 1)
            {
                later++;
            }
        }

        Assert.True(bounced > 0 && later > 0);
        var tally = sink.Tally();
        Assert.Equal((bounced, 40 - bounced), (tally.Refused, tally.Delivered));
        Assert.Empty(tally.Violations);
    }

    [Fact]
    public async Task What_was_refused_for_good_is_not_lost()
    {
        await using var sink = Sink(Plain);
        await using var client = await SinkClient.Connect(sink.Endpoint);
        var sent = new SentBooks();
        foreach (var (fate, number) in new[] { (LoadFate.Bounce, 0), (LoadFate.Profile, 1), (LoadFate.Defer, 2) })
        {
            sent.Accepted(1, 1, number);
            await client.Send(SinkClient.Mark(1, 1, number), fate);
        }

        var tally = sink.Tally(sent);
        Assert.Equal((1, 1, 1), (tally.Refused, tally.Delivered, tally.Lost));
        Assert.StartsWith("250", await client.Send(SinkClient.Mark(1, 1, 2), LoadFate.Defer), StringComparison.Ordinal);
        Assert.Equal(0, sink.Tally(sent).Lost);
    }

    [Fact]
    public async Task Beyond_its_rate_a_provider_says_so_in_its_words_and_hangs_up_where_it_does()
    {
        var time = new HostileTimeProvider();
        await using var sink = Sink(KnownProviders.Gmail with { RatePerSecond = 2, Burst = 3 }, time);
        for (var number = 0; number < 3; number++) Assert.StartsWith("250", await Send(number), StringComparison.Ordinal);
        Assert.Equal(KnownProviders.Gmail.RateLimitReply, await Send(3));
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.StartsWith("250", await Send(3), StringComparison.Ordinal);
        Assert.StartsWith("250", await Send(4), StringComparison.Ordinal);
        Assert.StartsWith("421", await Send(5), StringComparison.Ordinal);
        Assert.Equal(2, sink.Counts.RateLimited);

        async Task<string> Send(int number)
        {
            await using var client = await SinkClient.Connect(sink.Endpoint);
            var reply = await client.Send(SinkClient.Mark(1, 1, number));
            if (reply[0] == '4') Assert.Equal("", await client.Reply());
            return reply;
        }
    }

    [Fact]
    public async Task Latency_lies_between_the_final_dot_and_its_reply()
    {
        var hand = new HostileTimeProvider();
        var time = new SeenTimers(hand);
        await using var sink = Sink(Plain with { MinLatencyMs = 200, MaxLatencyMs = 200 }, time);
        await using var client = await SinkClient.Connect(sink.Endpoint);
        var sending = client.Send(SinkClient.Mark(1, 1, 0));
        Assert.Equal(TimeSpan.FromMilliseconds(200), await time.First);
        Assert.Equal(0, sink.Counts.Delivered);
        hand.Advance(TimeSpan.FromMilliseconds(200));
        Assert.StartsWith("250", await sending, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_of_profiles_starts_from_what_is_known_of_a_provider()
    {
        var read = ProviderBook.Read(Encoding.UTF8.GetBytes(
            """[{ "name": "gmail", "ratePerSecond": 5 }, { "name": "others", "hardBounceShare": 0.02 /* a bad list */ }]"""));
        Assert.Equal((5.0, KnownProviders.Gmail.RateLimitReply), (read[0].RatePerSecond, read[0].RateLimitReply));
        Assert.Equal(KnownProviders.Gmail.Domains, read[0].Domains);
        Assert.Equal(0.02, read[1].HardBounceShare);
        var book = new ProviderBook(read, 0);
        Assert.Equal(("gmail", "others"), (book.Of("GMAIL.com")!.Profile.Name, book.Of("example.org")!.Profile.Name));
    }

    [Theory]
    [InlineData("""[{ "name": "a", "hardBounceShare": 1.5 }]""", "HardBounceShare")]
    [InlineData("""[{ "name": "a", "rateLimitReply": "550 no" }]""", "RateLimitReply")]
    [InlineData("""[{ "name": "a", "deferralReply": "450 no\r\n250 yes" }]""", "DeferralReply")]
    [InlineData("""[{ "name": "a", "tarpitMs": -1 }]""", "TarpitMs")]
    [InlineData("""[{ "name": "a" }, { "name": "b" }]""", "b: a has no Domains either")]
    [InlineData("""[{ "name": "a", "domains": ["x.org"] }, { "name": "b", "domains": ["X.org"] }]""", "X.org")]
    public void A_profile_that_cannot_be_is_refused_by_its_member(string json, string named)
    {
        var error = Assert.Throws<ArgumentException>(() => new ProviderBook(ProviderBook.Read(Encoding.UTF8.GetBytes(json)), 0));
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[1]")]
    [InlineData("""[{ "domains": [] }]""")]
    [InlineData("""[{ "name": "a", "speed": 1 }]""")]
    [InlineData("[")]
    public void What_is_no_list_of_profiles_is_refused(string json) =>
        Assert.ThrowsAny<JsonException>(() => ProviderBook.Read(Encoding.UTF8.GetBytes(json)));

    /// <summary>Says when the first timer is set, and for how long.</summary>
    private sealed class SeenTimers(HostileTimeProvider hand) : TimeProvider
    {
        private readonly TaskCompletionSource<TimeSpan> _first = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<TimeSpan> First => _first.Task;

        public override long TimestampFrequency => hand.TimestampFrequency;

        public override DateTimeOffset GetUtcNow() => hand.GetUtcNow();

        public override long GetTimestamp() => hand.GetTimestamp();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = hand.CreateTimer(callback, state, dueTime, period);
            _first.TrySetResult(dueTime);
            return timer;
        }
    }
}
