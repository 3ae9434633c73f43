using Microsoft.Extensions.Logging.Abstractions;
using Silo.Core.Delivery;
using Silo.Dns;
using Silo.Server.Delivery;
using Silo.Server.Delivery.Mx;
using Silo.Testing;
using Silo.Testing.Dns;

namespace Silo.Server.Tests.Delivery.Mx;

/// <summary>The MX transport with a name server of its own; all servers are on loopback addresses and share a port.</summary>
internal sealed class MxUnderTest : IAsyncDisposable
{
    private readonly DnsClient _client;

    public MxUnderTest(int port, Action<MxOptions>? with = null, TimeProvider? time = null, HttpMessageHandler? https = null, int seed = 1)
    {
        var options = new MxOptions { Port = port, AllowLoopback = true, HelloName = "silo.test" };
        with?.Invoke(options);
        time ??= TimeProvider.System;
        _client = new DnsClient(
            new DnsClientOptions { Servers = [Dns.EndPoint], NegativeMax = TimeSpan.FromMinutes(5) }, time, new UnpredictableRandom());
        Transport = new MxTransport(
            options, _client, Providers, ReplyRules.Shipped, new Random(seed), time, NullLogger<MxTransport>.Instance, https);
    }

    public ScriptedDnsServer Dns { get; } = new();

    public MailboxProviders Providers { get; } = new([]);

    public MxTransport Transport { get; }

    /// <summary>A domain whose mail is taken at these addresses, the first one preferred.</summary>
    public MxUnderTest Domain(string name, params string[] addresses)
    {
        for (var i = 0; i < addresses.Length; i++)
        {
            Dns.AddMx(name, 10 * (i + 1), $"mx{i + 1}.{name}");
            Dns.AddAddress($"mx{i + 1}.{name}", addresses[i]);
        }

        return this;
    }

    public Task<DeliveryResult> Carry(string recipient, bool tlsRequired = false, SendingGate? gate = null) =>
        Transport.Carry(HandOvers.To(recipient, gate, with: e => e with { TlsRequired = tlsRequired }));

    public async ValueTask DisposeAsync()
    {
        await Transport.DisposeAsync();
        await _client.DisposeAsync();
        await Dns.DisposeAsync();
    }

    /// <summary>Lets time pass until it is done.</summary>
    public static async Task<T> Eventually<T>(Task<T> task, HostileTimeProvider clock)
    {
        while (!task.IsCompleted)
        {
            clock.Advance(TimeSpan.FromSeconds(20));
            await Task.Yield();
        }

        return await task;
    }
}
