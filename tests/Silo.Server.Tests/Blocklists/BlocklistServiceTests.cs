using Silo.Server.Blocklists;
using Xunit;

namespace Silo.Server.Tests.Blocklists;

public sealed class BlocklistServiceTests : IAsyncLifetime
{
    private const int Addresses = 6;
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(30);
    private BlocklistScene _scene = null!;

    public async Task InitializeAsync()
    {
        _scene = await BlocklistScene.Start();
        for (var i = 1; i <= Addresses; i++) await _scene.Ip($"192.0.2.{i}", "pool");
    }

    public Task DisposeAsync() => _scene.DisposeAsync().AsTask();

    [Fact]
    public async Task Two_silos_look_each_address_up_once_an_hour_spread_over_the_hour()
    {
        var (first, second) = (_scene.Watch(), _scene.Watch());
        var began = _scene.Now;
        await UntilRounds(2, first.Service, second.Service);
        Assert.Equal(Addresses, Asked().Length);
        Assert.All(Asked(), a => Assert.Equal(2, a.Count()));

        var round = (await first.Service.Round(default))!;
        Assert.InRange(round.StartedAt - began, TimeSpan.FromHours(1), TimeSpan.FromHours(1.05));
        Assert.Equal(Addresses, round.Subjects);
        // A sixth of an hour apart, and an eighth of their place later.
        var seen = (await second.Watch.List(default)).OrderBy(s => s.LookedAt).ToArray();
        for (var i = 0; i < Addresses; i++)
        {
            var late = seen[i].LookedAt!.Value - round.StartedAt - (TimeSpan.FromMinutes(10) * (i + 0.125));
            Assert.InRange(late, TimeSpan.Zero, Step);
        }
    }

    [Fact]
    public async Task A_silo_that_ends_in_the_middle_leaves_the_rest_of_the_hour_to_another()
    {
        var (first, second) = (_scene.Watch(), _scene.Watch());
        while (Asked().Length < 3) await Tick(first.Service);
        await UntilRounds(1, second.Service);
        Assert.Equal(Addresses, Asked().Length);
        Assert.All(Asked(), a => Assert.Single(a));
        // The first one comes back to life, with a turn that is not its own any more.
        await Tick(first.Service);
        Assert.All(Asked(), a => Assert.Single(a));
    }

    [Fact]
    public async Task What_is_not_used_any_more_is_forgotten_with_the_round()
    {
        var (watch, service) = _scene.Watch();
        await _scene.Ip("198.51.100.1", "pool");
        await watch.Look("198.51.100.1", default);
        await _scene.Engine.Store.Resources.Delete(
            Silo.Storage.ResourceKind.DedicatedIp, "198.51.100.1", "arn:aws:ses:us-east-1:000000000000:dedicated-ip/198.51.100.1", default);
        await UntilRounds(1, service);
        Assert.Equal(Addresses, (await watch.List(default)).Count);
    }

    [Fact]
    public async Task A_clock_that_was_set_back_keeps_nobody_from_looking()
    {
        var (_, service) = _scene.Watch();
        await UntilRounds(1, service);
        _scene.Engine.Time.StepWall(TimeSpan.FromDays(-30));
        await UntilRounds(1, service);
        await Tick(service);
        _scene.Engine.Time.Advance(TimeSpan.FromHours(1));
        await Tick(service);
        _scene.Engine.Time.StepWall(TimeSpan.FromDays(-30));
        await UntilRounds(1, service);
        Assert.All(Asked(), a => Assert.InRange(a.Count(), 3, 4));
    }

    [Fact]
    public async Task Without_lists_nothing_is_asked()
    {
        _scene.Options.Zones.Clear();
        var (_, service) = _scene.Watch();
        await service.StartAsync(default);
        await service.ExecuteTask!;
        Assert.Null(await service.Round(default));
        await service.StopAsync(default);
    }

    [Fact]
    public async Task The_service_looks_by_itself()
    {
        var (_, service) = _scene.Watch();
        await service.StartAsync(default);
        await _scene.Engine.Until(() => Asked().Length > 0, "something is looked up", Step);
        await service.StopAsync(default);
    }

    private async Task Tick(params BlocklistService[] services)
    {
        _scene.Engine.Time.Advance(Step);
        foreach (var service in services) await service.Tick(default);
    }

    private async Task UntilRounds(int count, params BlocklistService[] services)
    {
        for (; count > 0; count--)
        {
            var before = (await services[0].Round(default))?.CompletedAt;
            for (var ticks = 0; (await services[0].Round(default))?.CompletedAt is not { } at || at == before; ticks++)
            {
                Assert.True(ticks < 500, "No round comes to its end.");
                await Tick(services);
            }
        }
    }

    /// <summary>Questions about addresses to one list, by name.</summary>
    private IGrouping<string, string>[] Asked() =>
    [
        .. _scene.Dns.Asked.Select(q => q.Name.ToLowerInvariant())
            .Where(n => n.EndsWith(".2.0.192." + BlocklistScene.Ips, StringComparison.Ordinal)).GroupBy(n => n),
    ];
}
