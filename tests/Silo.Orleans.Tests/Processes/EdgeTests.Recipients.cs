using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Npgsql;
using Silo.Testing.EndToEnd;
using Silo.Testing.Postgres;
using Xunit;

namespace Silo.Orleans.Tests.Processes;

// What recipients do and wish, told to a silo that does not own the tenant whose mail it was.
public sealed partial class EdgeTests
{
    private const string OneClick = "List-Unsubscribe=One-Click";

    [PostgresFact]
    public async Task One_click_at_any_silo_ends_the_bulk_mail_of_the_tenant_at_all_of_them()
    {
        await edges.CreateBulkSet("letters");
        var (owner, other) = await edges.Create("clicks", "configuration-set/letters");
        var id = await EdgeCluster.Send(owner, Letter("clicks", "ann@clicks.example"));
        var link = EdgeCluster.UnsubscribeLink(await edges.Arrived("ann@clicks.example"));
        Assert.Equal(HttpStatusCode.OK, await edges.Visit(other, link));
        Assert.Equal(0, await EdgeCluster.Count(other, "clicks", "Unsubscribes"));
        foreach (var silo in new[] { other, owner }) Assert.Equal(HttpStatusCode.OK, await edges.Visit(silo, link, OneClick));

        foreach (var silo in new[] { owner, other })
        {
            var optOut = Assert.Single((await EdgeCluster.Read(silo, "/silo/v1/tenants/clicks/opt-outs"))["OptOuts"]!.AsArray())!;
            Assert.Equal(("ann@clicks.example", id), (optOut["EmailAddress"]!.GetValue<string>(), optOut["MessageId"]!.GetValue<string>()));
            await EdgeCluster.Send(silo, Letter("clicks", "ann@clicks.example"));
        }

        await EdgeCluster.Send(other, Letter("clicks", "last@clicks.example"));
        await edges.Arrived("last@clicks.example");
        await edges.Arrived("ann@clicks.example");
        foreach (var silo in new[] { owner, other })
        {
            Assert.Equal(
                (4, 2, 1),
                (await EdgeCluster.Count(silo, "clicks", "Sent"), await EdgeCluster.Count(silo, "clicks", "Suppressed"),
                    await EdgeCluster.Count(silo, "clicks", "Unsubscribes")));
        }
    }

    [PostgresFact]
    public async Task A_contact_that_leaves_a_list_at_one_silo_gets_no_more_of_it_through_the_other()
    {
        await edges.CreateBulkSet("bulletins");
        var (owner, other) = await edges.Create("lists", "configuration-set/bulletins");
        await owner.Client.Must("/v2/email/contact-lists", new
        {
            ContactListName = "readers",
            Topics = new[] { new { TopicName = "news", DisplayName = "News", DefaultSubscriptionStatus = "OPT_IN" } },
        });
        foreach (var name in new[] { "bob", "eve" })
            await other.Client.Must("/v2/email/contact-lists/readers/contacts", new { EmailAddress = $"{name}@lists.example" });
        foreach (var name in new[] { "bob", "eve" }) await EdgeCluster.Send(other, Bulletin(name));
        var link = EdgeCluster.UnsubscribeLink(await edges.Arrived("bob@lists.example"));
        Assert.Equal(HttpStatusCode.OK, await edges.Visit(owner, link, OneClick));

        foreach (var silo in new[] { other, owner })
        {
            var contact = (await EdgeCluster.Read(silo, "/v2/email/contact-lists/readers/contacts/bob@lists.example"));
            Assert.Equal("OPT_OUT", contact["TopicPreferences"]![0]!["SubscriptionStatus"]!.GetValue<string>());
            await EdgeCluster.Send(silo, Bulletin("bob"));
        }

        Assert.Equal(
            (4, 2, 1),
            (await EdgeCluster.Count(other, "lists", "Sent"), await EdgeCluster.Count(other, "lists", "Suppressed"),
                await EdgeCluster.Count(other, "lists", "Unsubscribes")));
        await edges.Arrived("eve@lists.example");
        await edges.Arrived("bob@lists.example");

        static JsonObject Bulletin(string name)
        {
            var mail = Letter("lists", $"{name}@lists.example", "bulletins");
            mail["ListManagementOptions"] = new JsonObject { ["ContactListName"] = "readers", ["TopicName"] = "news" };
            return mail;
        }
    }

    [PostgresFact]
    public async Task A_destination_that_one_silo_made_is_told_of_mail_that_the_other_took_and_of_its_opens_and_clicks()
    {
        var (owner, other) = await edges.Create("told");
        var received = new ConcurrentQueue<JsonNode>();
        await using var endpoint = await Endpoint(received);
        await owner.Client.Must("/v2/email/configuration-sets", new { ConfigurationSetName = "told" });
        await owner.Client.Must(HttpMethod.Put, "/silo/v1/configuration-sets/told/event-destinations/hook", new
        {
            MatchingEventTypes = new[] { "SEND", "OPEN", "CLICK" }, WebhookDestination = new { Url = endpoint.Urls.First() + "/events" },
        });
        await owner.Client.Must("/v2/email/tenants/resources", new
        {
            TenantName = "told", ResourceArn = "arn:aws:ses:us-east-1:000000000000:configuration-set/told",
        });

        // Within two seconds the other silo knows of it.
        var (sent, id, text) = (0, "", "");
        await Patiently.Until(
            async () =>
            {
                id = await EdgeCluster.Send(other, Letter("told", $"reader{++sent}@told.example", "told"));
                text = EdgeCluster.TextOf(await edges.Arrived($"reader{sent}@told.example"));
                return text.Contains(EdgeCluster.LinkBase + "/o/", StringComparison.Ordinal);
            },
            () => "mail is tracked");
        Assert.Equal(HttpStatusCode.OK, await edges.Visit(other, Regex.Match(text, EdgeCluster.LinkBase + "/o/[^\"]+").Value));
        Assert.Equal(HttpStatusCode.Found, await edges.Visit(owner, Regex.Match(text, EdgeCluster.LinkBase + "/c/[^\"]+").Value));
        await Patiently.Until(() => Told().Length >= 3, () => $"all is told. {edges.Cluster.Outputs()}");
        Assert.Equal(["Click", "Open", "Send"], Told().Order());
        foreach (var silo in new[] { owner, other })
        {
            Assert.Equal(
                (1, 1), (await EdgeCluster.Count(silo, "told", "Opens"), await EdgeCluster.Count(silo, "told", "Clicks")));
        }

        string[] Told() =>
            [.. received.Where(r => r["mail"]!["messageId"]!.GetValue<string>() == id).Select(r => r["eventType"]!.GetValue<string>())];
    }

    [PostgresFact]
    public async Task An_address_is_erased_through_a_silo_that_owns_none_of_its_mail_and_what_waits_for_it_never_leaves()
    {
        var (owner, other) = await edges.Create("erases");
        await EdgeCluster.Send(owner, SesClient.Mail("erases", "forget@erases.example"));
        await edges.Arrived("forget@erases.example");
        await owner.Client.Must("/silo/v1/tenants/erases/queue-orders", new { Action = "HOLD" });
        await EdgeCluster.Send(owner, SesClient.Mail("erases", "Forget@erases.example"));
        await EdgeCluster.Send(owner, SesClient.Mail("erases", "keep@erases.example"));

        var asked = JsonNode.Parse(await other.Client.Must("/silo/v1/erasures", new { EmailAddress = "forget@erases.example" }))!;
        var path = "/silo/v1/erasures/" + asked["ErasureId"]!.GetValue<string>();
        JsonNode told = asked;
        await Patiently.Until(
            async () => (told = (await EdgeCluster.Read(owner, path)))["Status"]!.GetValue<string>() == "COMPLETED",
            () => $"it is erased: {told}");
        Assert.Equal(1, told["Found"]!["QueuedDeliveries"]!.GetValue<long>());
        Assert.Empty(await Places("forget@erases.example"));

        foreach (var order in (await EdgeCluster.Read(other, "/silo/v1/tenants/erases/queue-orders"))["Orders"]!.AsArray())
            if (order!["Action"]!.GetValue<string>() == "HOLD")
                await other.Client.Must(HttpMethod.Delete, "/silo/v1/tenants/erases/queue-orders/" + order["OrderId"]!.GetValue<string>());
        await edges.Arrived("keep@erases.example");
        Assert.Single(edges.Cluster.Sink.Messages, m => m.Recipient.Equals("forget@erases.example", StringComparison.OrdinalIgnoreCase));
        Assert.Equal((3, 1), (await EdgeCluster.Count(other, "erases", "Sent"), await EdgeCluster.Count(other, "erases", "Cancelled")));
        // Nothing that the owner still had in memory has brought it back.
        Assert.Empty(await Places("forget@erases.example"));
    }

    /// <summary>The tables that hold the text somewhere, in letters of any case, as text or as bytes.</summary>
    private async Task<List<string>> Places(string text)
    {
        await using var connection = new NpgsqlConnection(edges.Cluster.ConnectionString);
        await connection.OpenAsync();
        var (tables, found) = (new List<string>(), new List<string>());
        await using (var list = new NpgsqlCommand("SELECT tablename FROM pg_tables WHERE schemaname = 'silo'", connection))
        await using (var reader = await list.ExecuteReaderAsync())
            while (await reader.ReadAsync()) tables.Add(reader.GetString(0));
        Assert.Contains("events", tables);
        var hex = Convert.ToHexStringLower(System.Text.Encoding.UTF8.GetBytes(text));
        foreach (var table in tables)
        {
            await using var search = new NpgsqlCommand(
                $"SELECT count(*) FROM silo.\"{table}\" t WHERE t::text ILIKE '%' || $1 || '%' OR t::text ILIKE '%' || $2 || '%'",
                connection)
            {
                Parameters = { new() { Value = text }, new() { Value = hex } },
            };
            if (await search.ExecuteScalarAsync() is not 0L) found.Add(table);
        }

        return found;
    }

    private static JsonObject Letter(string tenant, string recipient, string set = "letters")
    {
        var mail = SesClient.Mail(tenant, recipient);
        mail["ConfigurationSetName"] = set;
        mail["Content"]!["Simple"]!["Body"]!["Html"] = new JsonObject
        {
            ["Data"] = """<p>Read <a href="https://example.com/more">more</a>.</p>""",
        };
        return mail;
    }

    private static async Task<WebApplication> Endpoint(ConcurrentQueue<JsonNode> received)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.Run(async context => received.Enqueue((await JsonNode.ParseAsync(context.Request.Body))!));
        await app.StartAsync();
        return app;
    }
}
