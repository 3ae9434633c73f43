using Microsoft.Extensions.Logging.Abstractions;
using Silo.Core.Blocklists;
using Silo.Core.Reputation;
using Silo.Dns;
using Silo.Server.Accounts;
using Silo.Server.Blocklists;
using Silo.Server.Egress;
using Silo.Server.Tenants;
using Silo.Server.Tests.Delivery;
using Silo.Storage;
using Silo.Testing.Dns;
using Xunit;

namespace Silo.Server.Tests.Blocklists;

/// <summary>An engine, a name server that is three lists, and a watch over them; two watches on one store are two silos.</summary>
internal sealed class BlocklistScene : IAsyncDisposable
{
    public const string Ips = "bl.example";
    public const string MoreIps = "more.example";
    public const string Domains = "dom.example";
    public const string Key = "abcdefghij0123456789abcdef";

    private static readonly Arns Arns = new("us-east-1", "000000000000");

    private readonly List<DnsClient> _clients = [];

    private BlocklistScene(EngineUnderTest engine) => Engine = engine;

    public EngineUnderTest Engine { get; }

    public ScriptedDnsServer Dns { get; } = new();

    public DateTimeOffset Now => Engine.Time.GetUtcNow();

    public BlocklistOptions Options { get; } = new()
    {
        DqsKey = Key, Zones = [new() { Name = Ips }, new() { Name = MoreIps }, new() { Name = Domains, Kind = BlocklistKind.Domains }],
    };

    public static async Task<BlocklistScene> Start()
    {
        var scene = new BlocklistScene(await EngineUnderTest.Start());
        foreach (var zone in (string[])[Ips, MoreIps]) scene.Dns.AddAddress($"2.0.0.127.{zone}", "127.0.0.2");
        scene.Dns.AddAddress($"test.{Domains}", "127.0.1.2");
        return scene;
    }

    /// <summary>A silo's watch: with memory and a DNS client of its own, which remembers no answers.</summary>
    public (BlocklistWatch Watch, BlocklistService Service) Watch()
    {
        var client = new DnsClient(
            new DnsClientOptions { Servers = [Dns.EndPoint], MaxCacheEntries = 0, Timeout = TimeSpan.FromSeconds(20), Tries = 1 },
            TimeProvider.System, new UnpredictableRandom());
        _clients.Add(client);
        var (store, time) = (Engine.Store.Resources, Engine.Time);
        var subjects = new BlocklistSubjects(store, Arns, new AccountResources(store, Arns, time), new SendingPools(store, time), time);
        var watch = new BlocklistWatch(
            store, subjects, new BlocklistLookup(Options, client, () => 0.37, time), Engine.Tenants, time, NullLogger<BlocklistWatch>.Instance);
        return (watch, new BlocklistService(store, subjects, watch, () => 0.5, time, NullLogger<BlocklistService>.Instance));
    }

    public void List(string ip, string zone = Ips, string code = "127.0.0.2") => Dns.AddAddress($"{Reversed(ip)}.{zone}", code);

    public void Delist(string ip, string zone = Ips) => Dns.Remove($"{Reversed(ip)}.{zone}");

    public async Task Ip(string ip, string? pool)
    {
        var account = new AccountResources(Engine.Store.Resources, Arns, Engine.Time);
        var plan = new SendingPools(Engine.Store.Resources, Engine.Time);
        var pools = new SendingPoolResources(Engine.Store.Resources, Arns, plan, Engine.Time);
        if (pool is not null) await pools.Create(pool, false, [], default);
        Assert.Equal(
            IpWrite.Done,
            await new DedicatedIpResources(Engine.Store.Resources, Arns, account, pools, plan, Engine.Time)
                .Put(new DedicatedIpSettings(ip, pool, "mta.example.com", null, null), default));
    }

    /// <summary>A configuration set that names a pool, for these tenants, which are made.</summary>
    public async Task Set(string set, string pool, params string[] tenants)
    {
        await new AccountResources(Engine.Store.Resources, Arns, Engine.Time).Create(
            new ConfigurationSet { Name = set, CreatedAt = Now, DeliveryOptions = new DeliveryOptions(null, pool, null) }, [], default);
        foreach (var tenant in tenants) await Associate(tenant, Arns.ConfigurationSet(set));
    }

    public async Task Domain(string domain, bool isVerified, params string[] tenants)
    {
        await new AccountResources(Engine.Store.Resources, Arns, Engine.Time).Create(
            new EmailIdentity
            {
                Name = domain, CreatedAt = Now, VerificationStatus = isVerified ? "SUCCESS" : "PENDING",
                Dkim = new DkimSettings { SigningEnabled = false, Status = "NOT_STARTED", Origin = "AWS_SES" },
            },
            [], default);
        foreach (var tenant in tenants) await Associate(tenant, Arns.Identity(domain));
    }

    public async Task Associate(string tenant, string arn)
    {
        if (await Engine.Tenants.Get(tenant).Describe(default) is null) await Engine.Create(tenant);
        Assert.Equal(AssociationReply.Done, await Engine.Tenants.Get(tenant).Associate(arn, default));
    }

    public Task Dissociate(string tenant, string set) => Engine.Tenants.Get(tenant).Dissociate(Arns.ConfigurationSet(set), default).AsTask();

    /// <summary>The lists that name a tenant now, and the open finding about them.</summary>
    public async Task<(string Lists, FindingImpact? Finding)> Listings(string tenant)
    {
        var reputation = (await Engine.Tenants.Get(tenant).Reputation(default))!;
        return (
            string.Join(' ', reputation.Listings.Select(l => l.Source).Order(StringComparer.Ordinal)),
            reputation.Standing.OpenFindings.FirstOrDefault(f => f.Type == FindingType.IpListing)?.Impact);
    }

    public async ValueTask DisposeAsync()
    {
        await Engine.DisposeAsync();
        foreach (var client in _clients) await client.DisposeAsync();
        await Dns.DisposeAsync();
    }

    private static string Reversed(string ip) => string.Join('.', ip.Split('.').Reverse());
}
