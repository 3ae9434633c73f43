using System.Net;
using System.Net.Sockets;
using Silo.Core.Delivery;
using Silo.Server.Delivery.Smtp;
using Silo.Server.Egress;
using Silo.Smtp.Client;

namespace Silo.Server.Delivery.Mx;

/// <summary>Where mail leaves from, with the connections that leave from there.</summary>
internal sealed class MxSource : IAsyncDisposable
{
    private readonly IPAddress? _address;
    private readonly EndPoint? _proxy;
    private readonly SmtpCredential? _credential;
    private readonly TimeSpan _connectTimeout;
    private readonly TimeProvider _time;

    public MxSource(int number, MxSourceOptions source, MxOptions options, TimeProvider time)
    {
        (Number, _connectTimeout, _time) = (number, options.ConnectTimeout, time);
        _address = source.Address is null ? null : IPAddress.Parse(source.Address);
        _proxy = source.ProxyEndPoint();
        _credential = CredentialOf(source.ProxyUser, source.ProxyPassword);
        (Name, HelloName) = (source.ToString(), source.HelloName ?? options.HelloName);
        Pool = new ConnectionPool(options.ToPoolLimits(), time);
    }

    /// <summary>An address of a sending pool.</summary>
    public MxSource(int number, SourceIp ip, MxOptions options, TimeProvider time)
    {
        (Number, _connectTimeout, _time) = (number, options.ConnectTimeout, time);
        (Name, HelloName) = (ip.Document.Ip, ip.Document.HelloName);
        if (ip.Document.Via is { } via)
        {
            _proxy = IPAddress.TryParse(via.Host, out var host) ? new IPEndPoint(host, via.Port) : new DnsEndPoint(via.Host, via.Port);
            _credential = CredentialOf(via.User, via.Password);
        }
        else
        {
            _address = ip.Address;
        }

        Pool = new ConnectionPool(options.ToPoolLimits(ip.Pool.Limits), time);
    }

    /// <summary>Another one for each source: those that are configured count from 0, in their order.</summary>
    public int Number { get; }

    public string Name { get; }

    public string HelloName { get; }

    public ConnectionPool Pool { get; }

    /// <summary>
    /// The source of a tenant's mail to a domain: always the same, as those who greylist ask, also when sources of others come and go.
    /// </summary>
    public static MxSource Of(IReadOnlyList<MxSource> sources, string tenantName, string domain)
    {
        if (sources.Count == 1) return sources[0];
        var mail = Rendezvous.Of(tenantName, domain);
        return sources.MaxBy(s => Rendezvous.Weight(mail, s.Name))!;
    }

    /// <summary>Whether the address can be reached from here at all.</summary>
    public bool Reaches(IPAddress address) => _address is null || _address.AddressFamily == address.AddressFamily;

    /// <summary>
    /// A connected socket, or how it failed; at <see cref="DeliveryStage.None"/> when the source itself failed, whatever the address.
    /// </summary>
    public async ValueTask<(Socket? Socket, SmtpOutcome? Failure)> Connect(IPEndPoint to, CancellationToken cancellationToken)
    {
        if (_proxy is null) return await SmtpConnection.Connect(to, _address, _connectTimeout, _time, cancellationToken);
        var (socket, failure) = await SmtpConnection.Connect(_proxy, null, _connectTimeout, _time, cancellationToken);
        if (socket is null)
            return (null, failure!.Fault == SmtpFault.Cancelled ? failure : failure with { Stage = DeliveryStage.None });

        using var patience = new CancellationTokenSource(_connectTimeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        await using var stream = new NetworkStream(socket, ownsSocket: false);
        var (result, detail) = await Socks5.Connect(stream, to, _credential, either.Token);
        if (result == SocksResult.Connected) return (socket, null);
        socket.Dispose();
        return (null, new SmtpOutcome(
            SmtpOutcomeKind.Broken, result == SocksResult.Unreachable ? DeliveryStage.Connect : DeliveryStage.None)
        {
            Fault = cancellationToken.IsCancellationRequested ? SmtpFault.Cancelled : SmtpFault.Closed, Detail = detail,
        });
    }

    public ValueTask DisposeAsync() => Pool.DisposeAsync();

    private static SmtpCredential? CredentialOf(string? user, string? password) =>
        user is null ? null : new SmtpCredential(user, password ?? "");
}
