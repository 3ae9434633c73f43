using System.Net;
using Silo.Core.Delivery;
using Silo.Core.Tenants;
using Silo.Server.Hosting;
using Silo.Storage;
using Silo.Storage.Sqlite;
using Silo.Testing.EndToEnd;
using Xunit;

namespace Silo.Server.Tests.Delivery.Ses;

/// <summary>The program sending through the SES API of another one, which checks every signature.</summary>
public sealed class SiloThroughSiloTests : IDisposable
{
    private static readonly string Program = typeof(SiloOptions).Assembly.Location;

    private readonly string _here = Directory.CreateTempSubdirectory("silo-here-").FullName;
    private readonly string _there = Directory.CreateTempSubdirectory("silo-there-").FullName;

    public void Dispose()
    {
        Directory.Delete(_here, recursive: true);
        Directory.Delete(_there, recursive: true);
    }

    [Fact]
    public async Task Tenant_set_and_tags_go_through_two_servers_to_the_last()
    {
        await using var last = new ScriptedSes();
        await using var there = ServerProcess.Launch(Program, _there, Ses(last.Endpoint));
        using var thereClient = await there.WhenReady();
        await using var here = ServerProcess.Launch(Program, _here, Ses(thereClient.Url));
        using var client = await here.WhenReady();
        await thereClient.SetUp("acme");
        await client.SetUp("acme");
        var id = System.Text.Json.Nodes.JsonNode.Parse(await client.Must("/v2/email/outbound-emails", new
        {
            TenantName = "acme", ConfigurationSetName = "news", FromEmailAddress = "hello@example.com",
            Destination = new { ToAddresses = new[] { "a@example.org", "b@example.org" } },
            EmailTags = new[] { new { Name = "campaign", Value = "spring" } },
            Content = new { Simple = new { Subject = new { Data = "Hello" }, Body = new { Text = new { Data = "It works." } } } },
        }))!["MessageId"]!.GetValue<string>();
        await Patiently.Until(() => last.Sends.Count == 2, () => $"both arrive. {here.Output} {there.Output}");
        Assert.Equal(["a@example.org", "b@example.org"], last.Sends.Select(s => s.Recipient).Order());
        foreach (var send in last.Sends)
        {
            Assert.Equal(("acme", "news"), ((string?)send.Json["TenantName"], (string?)send.Json["ConfigurationSetName"]));
            Assert.Equal($$"""[{"Name":"campaign","Value":"spring"},{"Name":"silo-message-id","Value":"{{id}}"}]""", send.Json["EmailTags"]!.ToJsonString());
        }
    }

    [Fact]
    public async Task What_was_handed_over_carries_the_id_of_there_and_a_pause_there_is_a_pause_here()
    {
        await using var there = ServerProcess.Launch(Program, _there);
        using var thereClient = await there.WhenReady();
        await using var here = ServerProcess.Launch(Program, _here, Ses(thereClient.Url));
        using var client = await here.WhenReady();
        await thereClient.SetUp("acme", "other");
        await client.SetUp("acme", "other");
        for (var i = 0; i < 20; i++) Assert.Equal(HttpStatusCode.OK, (await client.Send("acme", $"r{i}@example.org")).Status);
        // The last of them has left before the tenant is paused there.
        await thereClient.SetStatus("other", "DISABLED");
        Assert.Equal(HttpStatusCode.OK, (await client.Send("other", "parked@example.org")).Status);
        await Patiently.Until(async () => await client.SendingStatus("other") == "DISABLED", () => $"the tenant is paused here. {here.Output}");
        Assert.Equal("ENABLED", await client.SendingStatus("acme"));
        Assert.Equal(HttpStatusCode.BadRequest, (await client.Send("other", "refused@example.org")).Status);
        await Stop(here);
        await Stop(there);

        var sent = (await Events(_here)).Where(e => e.Kind == TenantEventKind.HandedOver).ToList();
        Assert.Equal(20, sent.Count);
        var taken = (await Events(_there)).Where(e => e.Kind == TenantEventKind.Accepted).Select(e => e.MessageId!);
        Assert.Equal(taken.Order(), sent.Select(e => e.RemoteId!).Order());
        Assert.DoesNotContain(await Events(_here), e => e.Kind is TenantEventKind.HardBounced or TenantEventKind.SoftBounced or TenantEventKind.Expired);
    }

    [Fact]
    public async Task A_wrong_secret_parks_the_mail_and_calls_a_person()
    {
        await using var there = ServerProcess.Launch(Program, _there);
        using var thereClient = await there.WhenReady();
        await using var here = ServerProcess.Launch(Program, _here, [.. Ses(thereClient.Url), ("Silo__Transport__Ses__SecretAccessKey", "wrong")]);
        using var client = await here.WhenReady();
        await thereClient.SetUp("acme");
        await client.SetUp("acme");
        for (var i = 0; i < 5; i++) Assert.Equal(HttpStatusCode.OK, (await client.Send("acme", $"r{i}@example.org")).Status);
        await Patiently.Until(() => here.Output.Contains("refuses for a reason that a person has to settle"), () => $"it is told. {here.Output}");
        await Stop(here);
        await Stop(there);
        Assert.DoesNotContain(await Events(_there), e => e.Kind == TenantEventKind.Accepted);
        var store = await Open(_here);
        await using var _ = store;
        Assert.Equal(5, (await store.Spool.CountQueued(default)).Sum(c => c.Queued));
    }

    private static (string Key, string Value)[] Ses(string endpoint) =>
    [
        ("Silo__Transport__Kind", "Ses"), ("Silo__Transport__Ses__Endpoint", endpoint), ("Silo__Transport__Ses__Region", "us-east-1"),
        ("Silo__Transport__Ses__AccessKeyId", SesClient.KeyId), ("Silo__Transport__Ses__SecretAccessKey", SesClient.Secret),
    ];

    private static async Task Stop(ServerProcess server)
    {
        server.Terminate();
        Assert.Equal(0, await server.Exit());
    }

    private static async Task<ISiloStore> Open(string directory) => Assert.IsType<StoreOpening.Opened>(
        await SqliteStore.Open(new SqliteStoreOptions { Directory = directory, MinFreeDiskBytes = 0 }, TimeProvider.System, default)).Store;

    private static async Task<List<TenantEvent>> Events(string directory)
    {
        await using var store = await Open(directory);
        var events = new List<TenantEvent>();
        foreach (var stored in await store.Events.ReadFrom(0, 10_000, default))
            events.Add(TenantEvent.FromPayload(stored.Sequence, stored.At, stored.Kind, stored.Payload.Span));
        return events;
    }
}
