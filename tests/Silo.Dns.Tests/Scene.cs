using System.Net;
using Silo.Testing;
using Silo.Testing.Dns;

namespace Silo.Dns.Tests;

/// <summary>A client on a clock driven by hand, and the servers that it asks on real sockets.</summary>
internal sealed class Scene : IAsyncDisposable
{
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(2);

    // Only a test that would hang comes here.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private Scene(HostileTimeProvider time, ScriptedDnsServer[] servers, DnsClient client) =>
        (Time, Servers, Client) = (time, servers, client);

    public HostileTimeProvider Time { get; }

    public ScriptedDnsServer[] Servers { get; }

    public ScriptedDnsServer Server => Servers[0];

    public DnsClient Client { get; }

    public static Scene Of(int servers = 1, DnsClientOptions? options = null, IReadOnlyList<IPEndPoint>? first = null, int seed = 1)
    {
        var time = new HostileTimeProvider();
        var scripted = Enumerable.Range(0, servers).Select(_ => new ScriptedDnsServer()).ToArray();
        options ??= new DnsClientOptions();
        options = options with { Timeout = Timeout, Servers = [.. first ?? [], .. scripted.Select(s => s.EndPoint)] };
        return new Scene(time, scripted, new DnsClient(options, time, new Random(seed)));
    }

    public Task<DnsAnswer> Ask(string name, DnsRecordType type = DnsRecordType.A, CancellationToken cancellationToken = default) =>
        Client.Query(name, type, cancellationToken).AsTask().WaitAsync(Patience, CancellationToken.None);

    public Task<ScriptedQuery> Next(int server = 0) => Servers[server].NextQuery().WaitAsync(Patience);

    public static string AddressOf(DnsAnswer answer) =>
        answer is { Kind: DnsAnswerKind.Found, Records: [AddressRecord only] }
            ? only.Address.ToString()
            : $"{answer.Kind}, {answer.Records.Count} records: {answer.Detail}";

    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync();
        foreach (var server in Servers) await server.DisposeAsync();
    }
}
