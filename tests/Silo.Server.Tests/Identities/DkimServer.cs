using System.Text;
using System.Text.Json;
using Silo.Core.Dkim;
using Silo.Server.Accounts;
using Silo.Server.Identities;
using Silo.Server.Tests.SesApi;
using Silo.Testing.Dns;
using Silo.Testing.EndToEnd;
using Silo.Testing.SmtpSink;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Silo.Server.Tests.Identities;

/// <summary>The whole server with a relay that keeps what leaves, and a name server that shows the keys.</summary>
public sealed class DkimServer : IAsyncLifetime
{
    public const string Platform = "platform.example";
    public const string MailFrom = "bounce.mailfrom.example";

    public ApiServer Api { get; } = new();

    internal SinkServer Relay { get; } = new();

    internal ScriptedDnsServer Dns { get; } = new();

    public async Task InitializeAsync()
    {
        Api.Settings["Silo:Transport:Kind"] = "Smtp";
        Api.Settings["Silo:Transport:Smtp:Host"] = "127.0.0.1";
        Api.Settings["Silo:Transport:Smtp:Port"] = $"{Relay.Port}";
        Api.Settings["Silo:Dns:Servers:0"] = Dns.EndPoint.ToString();
        Api.Settings["Silo:Dns:Timeout"] = "00:00:20";
        Api.Settings["Silo:Dkim:PlatformDomain"] = Platform;
        Api.Settings["Silo:Feedback:ReturnPathDomain"] = "return.example";
        Api.Settings["Silo:Feedback:Smtp:Endpoint"] = "127.0.0.1:0";
        Api.Settings["Silo:Identities:MailFromMx"] = "mx.silo.example";
        await Api.InitializeAsync();
        var platform = (await Api.Provider.GetRequiredService<DkimSigning>().PlatformWanted(default))!.Value.Wanted;
        Dns.AddText($"{platform.Selector}._domainkey.{platform.Domain}", DkimKeyRecord.Write(Convert.FromBase64String(platform.PublicKey)));
    }

    public async Task DisposeAsync()
    {
        await Api.DisposeAsync();
        await Relay.DisposeAsync();
        await Dns.DisposeAsync();
    }

    public async Task<JsonElement> Ok(string method, string path, string? body = null)
    {
        var (response, answer) = await Api.Send(method, path, body);
        Assert.True(response.IsSuccessStatusCode, $"{method} {path}: {answer}");
        return JsonDocument.Parse(answer).RootElement;
    }

    /// <summary>An identity whose records are published as the server says.</summary>
    public async Task Create(string domain)
    {
        await Ok("POST", "/v2/email/identities", JsonSerializer.Serialize(
            new { EmailIdentity = domain, DkimSigningAttributes = new { NextSigningKeyLength = "RSA_1024_BIT" } }));
        var records = await Ok("GET", $"/silo/v1/identities/{domain}/records");
        foreach (var record in records.GetProperty("Records").EnumerateArray().Where(r => r.GetProperty("Type").GetString() == "TXT"))
            Dns.AddText(record.GetProperty("Name").GetString()!, record.GetProperty("Value").GetString()!);
    }

    /// <summary>What left to this recipient, and the MAIL command that it left with.</summary>
    internal async Task<SinkMessage> Left(string recipient)
    {
        await Patiently.Until(() => Task.FromResult(Relay.Messages.Any(m => m.Recipient.Contains(recipient, StringComparison.Ordinal))), () => recipient);
        return Relay.Messages.Single(m => m.Recipient.Contains(recipient, StringComparison.Ordinal));
    }

    public Task<JsonElement> SendSimple(string from, string to, string text = "Hello,\n\n  world\n.\n") => Ok(
        "POST", "/v2/email/outbound-emails", JsonSerializer.Serialize(new
        {
            FromEmailAddress = from, Destination = new { ToAddresses = new[] { to } },
            Content = new { Simple = new { Subject = new { Data = "Grüße and more" }, Body = new { Text = new { Data = text }, Html = new { Data = "<p>ü</p>" } } } },
        }));

    public Task<JsonElement> SendRaw(string to, string raw) => Ok(
        "POST", "/v2/email/outbound-emails", JsonSerializer.Serialize(new
        {
            Destination = new { ToAddresses = new[] { to } }, Content = new { Raw = new { Data = Convert.ToBase64String(Encoding.UTF8.GetBytes(raw)) } },
        }));
}
