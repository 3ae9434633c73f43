using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Silo.Core.Messages;
using Silo.Core.Tenants;
using Silo.Server.Feedback;
using Silo.Server.Hosting;
using Silo.Server.Tenants;
using Silo.Server.Tests.SesApi;
using Silo.Storage;
using Silo.Storage.Sqlite;
using Silo.Testing.Engine;
using Silo.Testing.SmtpSink;
using Xunit;

namespace Silo.Server.Tests.Feedback;

/// <summary>The whole server with a listener for reports, and a relay that keeps what leaves.</summary>
internal sealed class FeedbackServer : IAsyncDisposable
{
    public const string Domain = "bounce.acme.example";
    public const string Topic = "arn:aws:sns:us-east-1:123456789012:ses";
    public const string Secret = "a-secret-of-32-characters-or-more";

    private readonly string _directory = Directory.CreateTempSubdirectory("silo-feedback-").FullName;
    private readonly HttpClient _client = new();
    private WebApplication _app = null!;
    private FaultyStore _store = null!;

    public SinkServer Relay { get; } = new();

    public Uri Url { get; private set; } = null!;

    public ISiloStore Store => _store;

    public FaultySpool Spool => _store.Faulty;

    public IServiceProvider Provider => _app.Services;

    public IPEndPoint Listener => Provider.GetRequiredService<FeedbackService>().EndPoint!;

    public long AccountKey { get; private set; }

    public static async Task<FeedbackServer> Start(PinnedFetch? fetch = null, params (string Key, string Value)[] more)
    {
        var server = new FeedbackServer();
        var builder = WebApplication.CreateSlimBuilder();
        var values = new Dictionary<string, string?>
        {
            ["Silo:DataDirectory"] = server._directory,
            ["Silo:Http:Url"] = "http://127.0.0.1:0",
            ["Silo:Public:Url"] = "http://127.0.0.1:0",
            ["Silo:RootAccessKeyId"] = ApiServer.KeyId,
            ["Silo:RootSecretAccessKey"] = ApiServer.Secret,
            ["Silo:Transport:Kind"] = "Smtp",
            ["Silo:Transport:Smtp:Host"] = "127.0.0.1",
            ["Silo:Transport:Smtp:Port"] = $"{server.Relay.Port}",
            ["Silo:Feedback:ReturnPathDomain"] = Domain,
            ["Silo:Feedback:ComplaintAddresses:0"] = "fbl@acme.example",
            ["Silo:Feedback:Smtp:Endpoint"] = "127.0.0.1:0",
            ["Silo:Feedback:Sns:Topics:0"] = Topic,
            ["Silo:Feedback:EventBridge:Secret"] = Secret,
        };
        foreach (var (key, value) in more)
        {
            if (value.Length == 0) values.Remove(key);
            else values[key] = value;
        }
        builder.Configuration.AddInMemoryCollection(values);
        if (fetch is not null) builder.Services.AddSingleton(fetch);
        var (settings, errors) = SiloSettings.Read(builder.Configuration);
        Assert.Empty(errors);
        var opening = await SqliteStore.Open(new SqliteStoreOptions { Directory = server._directory, MinFreeDiskBytes = 0 }, TimeProvider.System, default);
        server._store = new FaultyStore(((StoreOpening.Opened)opening).Store);
        server._app = SiloServer.Build(builder, settings, server._store, SiloServer.AddEmbeddedEngine);
        await server._app.StartAsync();
        server.Url = new Uri(server._app.Urls.First());
        server.AccountKey = (await server._store.Tenants.Load(TenantName.Account, default))!.TenantKey;
        return server;
    }

    /// <summary>Sends to one recipient and waits until the relay has it; what left, and under which id.</summary>
    public async Task<(string MessageId, string ReturnPath, string Reference, byte[] Content)> Send(string recipient, string sender = "news@acme.example")
    {
        var id = MessageIdFormat.Create(TimeProvider.System.GetUtcNow(), (UInt128)RandomNumberGenerator.GetInt32(int.MaxValue) << 64);
        var content = Encoding.ASCII.GetBytes($"From: news@acme.example\r\nTo: {recipient}\r\nSubject: Spring news\r\n\r\nHello\r\n");
        var envelope = new Envelope
        {
            MessageId = id, TenantName = TenantName.Account, Sender = sender, FromAddress = "news@acme.example", IdentityArn = "arn",
            Destination = [recipient], AcceptedAt = TimeProvider.System.GetUtcNow(), SizeBytes = content.Length,
        };
        var admission = await Account.Admit(new AdmitMessage(new SendScope([]), envelope, content, [recipient], []), default);
        Assert.Null(admission.Refusal);
        // The books are ahead of the disk, where reports look for how it left.
        await Until(async () => (await Events()).Any(e => e.MessageId == id && e.Kind == TenantEventKind.HandedOver), "it has left");
        var left = Relay.Messages.Single(m => m.Recipient.Contains(recipient, StringComparison.Ordinal));
        var text = Encoding.ASCII.GetString(left.Content);
        var path = left.MailCommand[(left.MailCommand.IndexOf('<') + 1)..left.MailCommand.IndexOf('>')];
        var reference = text.StartsWith("X-Silo-Ref: ", StringComparison.Ordinal)
            ? string.Concat(text[12..text.IndexOf("\r\nFrom:", StringComparison.Ordinal)].Split("\r\n").Select(l => l.Trim())) : "";
        return (id, path, reference, left.Content);
    }

    public ITenant Account => Provider.GetRequiredService<ITenants>().Get(TenantName.Account);

    public async Task<TenantBooks> Books() => (await Account.Describe(default))!.Books;

    public async Task<TenantEvent[]> Events()
    {
        var events = new List<TenantEvent>();
        for (long position = 0; await _store.Events.ReadFrom(position, 1_000, default) is { Count: > 0 } page; position = page[^1].Position)
            events.AddRange(page.Select(s => TenantEvent.FromPayload(s.Sequence, s.At, s.Kind, s.Payload.Span)));
        return [.. events];
    }

    public static Task Until(Func<Task<bool>> condition, string what) => Testing.EndToEnd.Patiently.Until(condition, () => what);

    /// <summary>Tells the listener a mail; the last reply, or the first that was no yes.</summary>
    public async Task<string> Tell(string recipient, string mail, string sender = "")
    {
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(Listener);
        using var reader = new StreamReader(tcp.GetStream(), Encoding.ASCII);
        await reader.ReadLineAsync();
        var text = mail.ReplaceLineEndings("\r\n").Replace("\r\n.", "\r\n..", StringComparison.Ordinal);
        foreach (var command in new[] { "HELO mx.example.net", $"MAIL FROM:<{sender}>", $"RCPT TO:<{recipient}>", "DATA", text + "\r\n." })
        {
            await tcp.GetStream().WriteAsync(Encoding.UTF8.GetBytes(command + "\r\n"));
            var reply = (await reader.ReadLineAsync())!;
            if (reply[0] is not ('2' or '3') || command == text + "\r\n.") return reply;
        }

        throw new InvalidOperationException();
    }

    /// <summary>A signed request.</summary>
    public async Task<(HttpStatusCode Status, string Body)> Send(string method, string path, string? body)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(Url, path));
        var bytes = Encoding.UTF8.GetBytes(body ?? "");
        if (body is not null) request.Content = new ByteArrayContent(bytes);
        ApiServer.Sign(request, bytes, declaresHash: true);
        using var response = await _client.SendAsync(request);
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    public async Task<(HttpStatusCode Status, string Body)> Post(string path, string body, bool signed = false, string? secret = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(Url, path));
        var bytes = Encoding.UTF8.GetBytes(body);
        request.Content = new ByteArrayContent(bytes);
        request.Content.Headers.TryAddWithoutValidation("Content-Type", signed ? "application/json" : "text/plain; charset=UTF-8");
        if (secret is not null) request.Headers.TryAddWithoutValidation("X-Silo-Secret", secret);
        if (signed) ApiServer.Sign(request, bytes, declaresHash: true);
        using var response = await _client.SendAsync(request);
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
        await _store.DisposeAsync();
        await Relay.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    /// <summary>A notification as Postfix writes it.</summary>
    public static string Dsn(string recipient, string action, string status, string words, string? reference = null) =>
        $"""
        From: MAILER-DAEMON@mx.example.net (Mail Delivery System)
        Subject: Undelivered Mail Returned to Sender
        Auto-Submitted: auto-replied
        MIME-Version: 1.0
        Content-Type: multipart/report; report-type=delivery-status; boundary=zz

        --zz
        Content-Type: text/plain

        I'm sorry.
        --zz
        Content-Type: message/delivery-status

        Reporting-MTA: dns; mx.example.net

        Final-Recipient: rfc822; {recipient}
        Action: {action}
        Status: {status}
        Diagnostic-Code: smtp; {words}

        --zz
        Content-Type: text/rfc822-headers

        {(reference is null ? "" : $"X-Silo-Ref: {reference}\n")}Subject: Spring news

        --zz--
        """;

    /// <summary>A report of abuse as providers write it, with the recipient blacked out.</summary>
    public static string Arf(string? reference, string type = "abuse") =>
        $"""
        From: <abuse@isp.example>
        MIME-Version: 1.0
        Content-Type: multipart/report; report-type=feedback-report; boundary=zz

        --zz
        Content-Type: message/feedback-report

        Feedback-Type: {type}
        User-Agent: SomeGenerator/1.0
        Version: 1
        Original-Rcpt-To: <redacted>

        --zz
        Content-Type: message/rfc822

        {(reference is null ? "" : $"X-Silo-Ref: {reference[..60]}\n {reference[60..]}\n")}Subject: Spring news

        Hello
        --zz--
        """;
}
