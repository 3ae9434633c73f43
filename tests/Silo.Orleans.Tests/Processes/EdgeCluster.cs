using System.Net;
using System.Net.Mail;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Npgsql;
using Silo.Testing.EndToEnd;
using Silo.Testing.Postgres;
using Silo.Testing.SmtpSink;
using Xunit;

namespace Silo.Orleans.Tests.Processes;

/// <summary>
/// Two silos as real processes, with all the edges that they have: API, submission, links in mail. Tests have tenants of their own.
/// </summary>
public sealed class EdgeCluster : IAsyncLifetime
{
    /// <summary>What links in mail begin with, whichever silo composed it.</summary>
    public const string LinkBase = "https://links.example.com";

    private const string Arn = "arn:aws:ses:us-east-1:000000000000:";

    private static readonly string Program = Path.Combine(AppContext.BaseDirectory, "Silo.Orleans.dll");

    private readonly HttpClient _browser = new(new HttpClientHandler { AllowAutoRedirect = false, UseCookies = false });
    private RealCluster? _cluster;

    public RealCluster Cluster => _cluster!;

    public async Task InitializeAsync()
    {
        if (new PostgresFactAttribute().Skip is not null) return;
        _cluster = await RealCluster.WithoutSilos(Program);
        _cluster.Settings = [("Silo__Public__BaseUrl", LinkBase), ("Silo__Events__AllowPrivateAddresses", "true")];
        await _cluster.StartSilos(2);
        await _cluster.Silos[0].Client.SetUp();
    }

    public async Task DisposeAsync()
    {
        if (_cluster is not null) await _cluster.DisposeAsync();
        _browser.Dispose();
    }

    /// <summary>Makes a tenant that may use these resources and the usual ones, and tells which silo owns it and which does not.</summary>
    public async Task<(SiloProcess Owner, SiloProcess Other)> Create(string tenant, params string[] resources)
    {
        var first = Cluster.Silos[0].Client;
        await first.SetUpMore(tenant);
        foreach (var resource in resources)
            await first.Must("/v2/email/tenants/resources", new { TenantName = tenant, ResourceArn = Arn + resource });
        await using var connection = new NpgsqlConnection(Cluster.ConnectionString);
        await connection.OpenAsync();
        await using var find = new NpgsqlCommand(
            "SELECT i.address FROM silo.tenants t JOIN silo.incarnations i ON i.incarnation = t.owner WHERE t.name = $1", connection)
        {
            Parameters = { new() { Value = tenant } },
        };
        var address = Assert.IsType<string>(await find.ExecuteScalarAsync());
        var owner = Cluster.Silos.Single(s => address == $"127.0.0.1:{s.SiloPort}");
        return (owner, Cluster.Silos.Single(s => s != owner));
    }

    /// <summary>A configuration set of bulk mail, which gets links to unsubscribe by.</summary>
    public async Task CreateBulkSet(string name)
    {
        var first = Cluster.Silos[0].Client;
        await first.Must("/v2/email/configuration-sets", new { ConfigurationSetName = name });
        await first.Must(HttpMethod.Put, $"/silo/v1/configuration-sets/{name}/stream", new { Stream = "BULK" });
    }

    /// <summary>The id of a message that is accepted.</summary>
    public static async Task<string> Send(SiloProcess silo, JsonObject mail, params (string Name, string Value)[] headers)
    {
        var (status, body) = await silo.Client.Send(mail, headers);
        Assert.True(status == HttpStatusCode.OK, $"{(int)status} {body}");
        return JsonNode.Parse(body)!["MessageId"]!.GetValue<string>();
    }

    /// <summary>Hands a message over to a silo's submission with a tenant's key.</summary>
    public static async Task Submit(SiloProcess silo, string user, string password, MailMessage mail)
    {
        var port = int.Parse(await Said(silo, @"SMTP at 127\.0\.0\.1:(\d+)"));
        using var client = new SmtpClient("127.0.0.1", port) { Credentials = new NetworkCredential(user, password) };
        await client.SendMailAsync(mail);
    }

    public static MailMessage Mail(string recipient, string from = "hello@example.com") =>
        new(from, recipient, "Hello", "It works.") { Headers = { ["X-SES-CONFIGURATION-SET"] = "news" } };

    /// <summary>What one visitor of a link in mail gets from a silo, whichever it is that the balancer sends him to.</summary>
    /// <param name="form">Null for a visit, else what is posted.</param>
    public async Task<HttpStatusCode> Visit(SiloProcess silo, string link, string? form = null)
    {
        Assert.StartsWith(LinkBase + "/", link, StringComparison.Ordinal);
        var url = await Said(silo, @"Links in mail are served at (http://\S+) and lead to");
        using var request = new HttpRequestMessage(form is null ? HttpMethod.Get : HttpMethod.Post, url + link[LinkBase.Length..]);
        if (form is not null) request.Content = new StringContent(form, Encoding.UTF8, "application/x-www-form-urlencoded");
        using var response = await _browser.SendAsync(request);
        return response.StatusCode;
    }

    /// <summary>What the recipient got, once.</summary>
    public async Task<SinkMessage> Arrived(string recipient)
    {
        await Patiently.Until(
            () => Cluster.Sink.Messages.Any(m => m.Recipient == recipient), () => $"mail to {recipient} arrives. {Cluster.Outputs()}");
        return Assert.Single(Cluster.Sink.Messages, m => m.Recipient == recipient);
    }

    /// <summary>The text of what arrived, with folded headers and soft line ends joined.</summary>
    public static string TextOf(SinkMessage message) => Encoding.UTF8.GetString(message.Content)
        .Replace("=\r\n", "", StringComparison.Ordinal).Replace("\r\n ", " ", StringComparison.Ordinal);

    /// <summary>The link of a message's List-Unsubscribe.</summary>
    public static string UnsubscribeLink(SinkMessage message) =>
        Regex.Match(TextOf(message), "List-Unsubscribe: <([^>]+)>").Groups[1].Value;

    public static async Task<JsonNode> Read(SiloProcess silo, string path) =>
        JsonNode.Parse(await silo.Client.Must(HttpMethod.Get, path))!;

    /// <summary>The sum of one of a tenant's counters, as a silo tells it.</summary>
    public static async Task<long> Count(SiloProcess silo, string tenant, string counter) =>
        (await Read(silo, $"/silo/v1/tenants/{tenant}/roll-ups"))["Rows"]!.AsArray().Sum(r => r![counter]!.GetValue<long>());

    private static async Task<string> Said(SiloProcess silo, string pattern)
    {
        await Patiently.Until(() => Regex.IsMatch(silo.Process.Output, pattern), $"{silo.Name} says {pattern}");
        return Regex.Match(silo.Process.Output, pattern).Groups[1].Value;
    }
}
