using System.Security.Cryptography;
using Microsoft.Extensions.Logging.Abstractions;
using Silo.Core.Dkim;
using Silo.Core.Reputation;
using Silo.Dns;
using Silo.Server.Accounts;
using Silo.Server.Identities;
using Silo.Storage;
using Silo.Storage.Sqlite;
using Silo.Testing;
using Silo.Testing.Dns;
using Xunit;

namespace Silo.Server.Tests.Identities;

/// <summary>A store, a clock, a name server, and what looks at identities; two of the latter are two silos.</summary>
internal sealed class IdentityScene : IAsyncDisposable
{
    public const string Domain = "news.example";
    public const string Selector = "own";

    private static readonly Arns Arns = new("us-east-1", "000000000000");

    // Making one costs; which one it is does not matter.
    private static readonly KeyMaterial Key = KeyMaterial.Generate(1_024);

    private readonly string _directory = Directory.CreateTempSubdirectory("silo-identities-").FullName;
    private readonly List<DnsClient> _clients = [];
    private ISiloStore _store = null!;

    public HostileTimeProvider Time { get; } = new();

    public ScriptedDnsServer Dns { get; } = new();

    public IdentityTerms Terms { get; private init; } = null!;

    public AccountResources Account { get; private set; } = null!;

    public IdentityKeys Keys { get; private set; } = null!;

    /// <summary>What the account is told, and whether it can be.</summary>
    public List<ExternalReport> Told { get; } = [];

    public bool CanTell { get; set; } = true;

    public DkimOptions Options { get; } = new();

    public DkimSigning Signing { get; private set; } = null!;

    public DkimChanges Changes { get; private set; } = null!;

    public IdentityVerification Verification { get; private set; } = null!;

    public IdentityService Service { get; private set; } = null!;

    public DateTimeOffset Now => Time.GetUtcNow();

    public static async Task<IdentityScene> Start(string? zone = null, bool autoVerify = false, TimeSpan? rotateAfter = null)
    {
        var scene = new IdentityScene
        {
            Terms = new IdentityTerms(
                autoVerify, true, zone, "mx.silo.example", "spf.silo.example", TimeSpan.FromDays(3), TimeSpan.FromDays(7), rotateAfter),
        };
        var opening = await SqliteStore.Open(new SqliteStoreOptions { Directory = scene._directory, MinFreeDiskBytes = 0 }, TimeProvider.System, default);
        scene._store = ((StoreOpening.Opened)opening).Store;
        scene.Account = new AccountResources(scene._store.Resources, Arns, scene.Time);
        (scene.Keys, scene.Verification, scene.Service) = scene.Silo();
        scene.Changes = new DkimChanges(scene.Account, scene.Keys, scene.Terms, scene.Time);
        return scene;
    }

    /// <summary>A silo's own, with no memory of what DNS said.</summary>
    public (IdentityKeys Keys, IdentityVerification Verification, IdentityService Service) Silo()
    {
        var client = new DnsClient(
            new DnsClientOptions { Servers = [Dns.EndPoint], MaxCacheEntries = 0, Timeout = TimeSpan.FromSeconds(20), Tries = 1 },
            TimeProvider.System, new UnpredictableRandom());
        _clients.Add(client);
        var keys = new IdentityKeys(_store.Resources, new KeyProtection(null), Time);
        Signing = new DkimSigning(Options, Terms, Account, keys, Time, NullLogger<DkimSigning>.Instance);
        var lookup = new RecordLookup(client, Terms);
        var verification = new IdentityVerification(Account, keys, Signing, lookup, Terms, () => 1, Time, NullLogger<IdentityVerification>.Instance)
        {
            TellAccount = (report, _) =>
            {
                if (CanTell) Told.Add(report);
                return ValueTask.FromResult(CanTell);
            },
        };
        var service = new IdentityService(_store.Resources, Account, verification, Time, NullLogger<IdentityService>.Instance)
        {
            PlatformKey = new PlatformKeyCheck(Terms, Signing, keys, lookup, Time, NullLogger<PlatformKeyCheck>.Instance),
        };
        return (keys, verification, service);
    }

    /// <summary>A domain with a key of its owner's.</summary>
    public async Task Create(string name = Domain)
    {
        await Account.Create(
            new EmailIdentity
            {
                Name = name, CreatedAt = Now, VerificationStatus = IdentityName.IsAddress(name) || !Terms.AutoVerify ? "PENDING" : "SUCCESS",
                Dkim = new DkimSettings { SigningEnabled = true, Status = Terms.AutoVerify ? "SUCCESS" : "PENDING", Origin = "EXTERNAL", Tokens = [Selector] },
            },
            [], default);
        if (!IdentityName.IsAddress(name)) await Keys.Put(name, Selector, Key, null, default);
    }

    /// <summary>A domain with keys of the service, short ones, since they are made quickly.</summary>
    public async Task<IReadOnlyList<string>> CreateEasy(string name = Domain)
    {
        var tokens = DkimChanges.NewTokens(RandomNumberGenerator.Create());
        await Account.Create(
            new EmailIdentity
            {
                Name = name, CreatedAt = Now, VerificationStatus = "PENDING",
                Dkim = new DkimSettings
                {
                    SigningEnabled = true, Status = "PENDING", Origin = "AWS_SES", Tokens = tokens, NextSigningKeyLength = DkimKeyLength.Short,
                    CurrentSigningKeyLength = DkimKeyLength.Short, LastKeyGeneratedAt = Now,
                },
            },
            [], default);
        return tokens;
    }

    public void Publish(string name = Domain) => Dns.AddText($"{Selector}._domainkey.{name}", DkimKeyRecord.Write(Key.PublicKey));

    public void Unpublish(string name = Domain) => Dns.Remove($"{Selector}._domainkey.{name}");

    /// <summary>Publishes what the owner is told to, and what the platform's zone has to hold.</summary>
    public async Task PublishAll(string name = Domain)
    {
        var (identity, keys) = (await Get(name), await Keys.Get(name, default));
        foreach (var record in IdentityRecords.ToPublish(identity, keys, Terms).Concat(IdentityRecords.OfZone(identity, keys, Terms)))
        {
            Dns.Remove(record.Name);
            if (record.Type == "CNAME") Dns.AddAlias(record.Name, record.Value!);
            else if (record.Type == "TXT") Dns.AddText(record.Name, record.Value!);
        }
    }

    public async Task<EmailIdentity> Get(string name = Domain) => (await Account.GetIdentity(name, default))!;

    /// <summary>Looks now: the identity's status and that of its keys.</summary>
    public async Task<string> Look(string name = Domain)
    {
        var identity = (await Verification.Look(name, default))!;
        return $"{identity.VerificationStatus} {identity.Dkim.Status}";
    }

    /// <summary>Lets time pass in steps of the watch's, with a look at each that is due.</summary>
    public async Task<int> Pass(TimeSpan time, TimeSpan step)
    {
        var looks = 0;
        for (var left = time; left > TimeSpan.Zero; left -= step)
        {
            var before = (await Get()).LastCheckedAt;
            Time.Advance(step);
            await Service.Tick(default);
            if ((await Get()).LastCheckedAt != before) looks++;
        }

        return looks;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients) await client.DisposeAsync();
        await Dns.DisposeAsync();
        await _store.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }
}
