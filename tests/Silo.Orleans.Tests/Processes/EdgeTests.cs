using System.Globalization;
using System.Net;
using System.Net.Mail;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Silo.Core.Dkim;
using Silo.Testing.EndToEnd;
using Silo.Testing.Postgres;
using Xunit;

namespace Silo.Orleans.Tests.Processes;

/// <summary>What comes in at one silo about mail, keys and tenants that another one made or owns.</summary>
[Collection(nameof(RealCluster))]
public sealed partial class EdgeTests(EdgeCluster edges) : IClassFixture<EdgeCluster>
{
    [PostgresFact]
    public async Task A_send_that_comes_to_both_silos_under_one_key_is_one_message_and_another_under_it_is_refused()
    {
        var (owner, other) = await edges.Create("repeats");
        // Taken by the silo that does not own the tenant, and known to both.
        var first = await Once(other, "order-1");
        foreach (var silo in new[] { owner, other }) Assert.Equal(first, await Once(silo, "order-1"));
        var key = ("Idempotency-Key", "order-2");
        var ids = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Once(i % 2 == 0 ? owner : other, "order-2")));
        Assert.Single(ids.Distinct());
        foreach (var silo in new[] { owner, other })
        {
            Assert.Equal(ids[0], await Once(silo, "order-2"));
            var (status, body) = await silo.Client.Send(SesClient.Mail("repeats", "twice@repeats.example"), key);
            Assert.True(status == HttpStatusCode.Conflict && body.Contains("order-2", StringComparison.Ordinal), $"{status} {body}");
        }

        // The last to come is behind all that had been taken before it.
        await EdgeCluster.Send(other, SesClient.Mail("repeats", "last@repeats.example"));
        await edges.Arrived("last@repeats.example");
        foreach (var order in new[] { "order-1", "order-2" }) await edges.Arrived($"{order}@repeats.example");
        foreach (var silo in new[] { owner, other }) Assert.Equal(3, await EdgeCluster.Count(silo, "repeats", "Sent"));

        static Task<string> Once(SiloProcess silo, string order) =>
            EdgeCluster.Send(silo, SesClient.Mail("repeats", $"{order}@repeats.example"), ("Idempotency-Key", order));
    }

    [PostgresFact]
    public async Task A_key_that_one_silo_makes_opens_API_and_submission_of_the_other_until_it_is_disabled_or_its_tenant_is_gone()
    {
        var (owner, other) = await edges.Create("keys");
        var made = JsonNode.Parse(await owner.Client.Must("/silo/v1/credentials", new { Kind = "TENANT", TenantName = "keys" }))!;
        var (id, password) = (made["Credential"]!["AccessKeyId"]!.GetValue<string>(), made["SmtpPassword"]!.GetValue<string>());
        using var client = other.Client.With(id, made["SecretAccessKey"]!.GetValue<string>());
        await EdgeCluster.Submit(other, id, password, EdgeCluster.Mail("smtp@keys.example"));
        Assert.Equal(HttpStatusCode.OK, (await client.Send("keys", "api@keys.example")).Status);
        await edges.Arrived("smtp@keys.example");
        await edges.Arrived("api@keys.example");
        Assert.Equal(2, await EdgeCluster.Count(owner, "keys", "Sent"));

        var path = $"/silo/v1/credentials/{id}";
        await owner.Client.Must(HttpMethod.Put, path + "/status", new { Status = "DISABLED" });
        await UntilRefused();
        await owner.Client.Must(HttpMethod.Put, path + "/status", new { Status = "ENABLED" });
        await Patiently.Until(async () => (await Get()).Status == HttpStatusCode.OK, () => "the key is good again");
        await EdgeCluster.Submit(other, id, password, EdgeCluster.Mail("again@keys.example"));
        await edges.Arrived("again@keys.example");

        await owner.Client.Must("/v2/email/tenants/delete", new { TenantName = "keys" });
        await UntilRefused();

        Task<SesReply> Get() => client.Post("/v2/email/tenants/get", new { TenantName = "keys" });

        async Task UntilRefused()
        {
            await Patiently.Until(async () => (await Get()).Status == HttpStatusCode.Forbidden, () => "the other silo refuses the key");
            var refused = await Assert.ThrowsAsync<SmtpException>(
                () => EdgeCluster.Submit(other, id, password, EdgeCluster.Mail("late@keys.example")));
            Assert.Contains("5.7", refused.Message, StringComparison.Ordinal);
        }
    }

    [PostgresFact]
    public async Task Scheduled_mail_is_listed_and_cancelled_by_its_id_at_any_silo_and_the_rest_leaves_at_its_instant()
    {
        var (owner, other) = await edges.Create("later");
        var made = JsonNode.Parse(await owner.Client.Must("/silo/v1/credentials", new { Kind = "TENANT", TenantName = "later" }))!;
        var now = TimeProvider.System.GetUtcNow();
        var cancelled = await EdgeCluster.Send(other, SesClient.Mail("later", "cancelled@later.example"), At(now.AddHours(1)));
        var kept = EdgeCluster.Mail("kept@later.example");
        kept.Headers.Add(At(now.AddHours(2)).Name, At(now.AddHours(2)).Value);
        await EdgeCluster.Submit(
            other, made["Credential"]!["AccessKeyId"]!.GetValue<string>(), made["SmtpPassword"]!.GetValue<string>(), kept);
        var at = TimeProvider.System.GetUtcNow().AddSeconds(3);
        await EdgeCluster.Send(other, SesClient.Mail("later", "soon@later.example"), At(at));
        foreach (var silo in new[] { owner, other })
        {
            var listed = await Scheduled(silo);
            Assert.Contains(cancelled, listed);
            Assert.InRange(listed.Length, 2, 3);
        }

        var path = $"/silo/v1/messages/{cancelled}";
        Assert.Equal(1, JsonNode.Parse(await other.Client.Must(HttpMethod.Delete, path))!["CancelledDeliveries"]!.GetValue<int>());
        foreach (var silo in new[] { owner, other })
            Assert.Equal(HttpStatusCode.NotFound, (await silo.Client.Call(HttpMethod.Delete, path, null)).Status);
        var left = await edges.Arrived("soon@later.example");
        Assert.True(TimeProvider.System.GetUtcNow() >= at, "It left too early.");
        Assert.DoesNotContain("X-Silo-Schedule", EdgeCluster.TextOf(left), StringComparison.OrdinalIgnoreCase);
        foreach (var silo in new[] { owner, other })
        {
            Assert.NotEqual(cancelled, Assert.Single(await Scheduled(silo)));
            Assert.Equal((3, 1), (await EdgeCluster.Count(silo, "later", "Sent"), await EdgeCluster.Count(silo, "later", "Cancelled")));
        }

        async Task<string[]> Scheduled(SiloProcess silo) =>
            [.. (await EdgeCluster.Read(silo, "/silo/v1/tenants/later/scheduled-messages"))["Messages"]!.AsArray()
                .Select(m => m!["MessageId"]!.GetValue<string>())];

        static (string Name, string Value) At(DateTimeOffset instant) =>
            ("X-Silo-Schedule", instant.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'", CultureInfo.InvariantCulture));
    }

    [PostgresFact]
    public async Task Both_silos_sign_with_the_key_that_one_of_them_made_and_with_the_one_that_takes_its_place()
    {
        var first = edges.Cluster.Silos[0].Client;
        await first.Must("/v2/email/identities", new { EmailIdentity = "signed.example" });
        var (owner, other) = await edges.Create("signs", "identity/signed.example");
        var made = JsonNode.Parse(await owner.Client.Must("/silo/v1/credentials", new { Kind = "TENANT", TenantName = "signs" }))!;
        Assert.NotEqual("own", Assert.Single(await SendAndVerify("first")));

        using var own = RSA.Create(2_048);
        await first.Must(HttpMethod.Put, "/v2/email/identities/signed.example/dkim/signing", new
        {
            SigningAttributesOrigin = "EXTERNAL",
            SigningAttributes = new
            {
                DomainSigningSelector = "own", DomainSigningPrivateKey = Convert.ToBase64String(own.ExportRSAPrivateKey()),
            },
        });
        // The other silo looks at what it knows every five seconds; until then its signatures are good as well.
        var round = 0;
        await Patiently.Until(async () => await SendAndVerify($"next{++round}") is ["own"], () => "both sign with the new key");

        async Task<string[]> SendAndVerify(string name)
        {
            foreach (var silo in new[] { owner, other })
            {
                var mail = SesClient.Mail("signs", $"{name}-{silo.Name}@signs.example");
                mail["FromEmailAddress"] = "ann@signed.example";
                await EdgeCluster.Send(silo, mail);
            }

            await EdgeCluster.Submit(
                other, made["Credential"]!["AccessKeyId"]!.GetValue<string>(), made["SmtpPassword"]!.GetValue<string>(),
                EdgeCluster.Mail($"{name}-smtp@signs.example", "ann@signed.example"));
            var verdicts = new List<DkimVerdict>();
            foreach (var to in new[] { owner.Name, other.Name, "smtp" })
                verdicts.Add(Assert.Single(Verify((await edges.Arrived($"{name}-{to}@signs.example")).Content, await Records())));
            Assert.All(verdicts, v => Assert.Equal((DkimResult.Pass, "signed.example"), (v.Result, v.Domain)));
            return [.. verdicts.Select(v => v.Selector).Distinct()];
        }

        async Task<JsonArray> Records() =>
            (await EdgeCluster.Read(other, "/silo/v1/identities/signed.example/records"))["Records"]!.AsArray();

        static IReadOnlyList<DkimVerdict> Verify(byte[] message, JsonArray records) => DkimVerifier.Verify(
            message,
            name => [.. records.Where(r => r!["Type"]!.GetValue<string>() == "TXT" && r["Name"]!.GetValue<string>() == name)
                .Select(r => r!["Value"]!.GetValue<string>())],
            TimeProvider.System.GetUtcNow());
    }
}
