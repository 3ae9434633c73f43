using System.Net;
using System.Net.Sockets;
using System.Text;
using Silo.Core.Delivery;
using Silo.Server.Delivery.Smtp;
using Silo.Smtp.Client;

namespace Silo.Server.Delivery.Mx;

/// <summary>Where mail leaves from, with the connections that leave from there.</summary>
internal sealed class MxSource : IAsyncDisposable
{
    private readonly MxSourceOptions _options;
    private readonly IPAddress? _address;
    private readonly EndPoint? _proxy;
    private readonly TimeSpan _connectTimeout;
    private readonly TimeProvider _time;

    public MxSource(int number, MxSourceOptions source, MxOptions options, TimeProvider time)
    {
        (Number, _options, _connectTimeout, _time) = (number, source, options.ConnectTimeout, time);
        _address = source.Address is null ? null : IPAddress.Parse(source.Address);
        _proxy = source.ProxyEndPoint();
        HelloName = source.HelloName ?? options.HelloName;
        Pool = new ConnectionPool(options.ToPoolLimits(), time);
    }

    /// <summary>Its place in the list.</summary>
    public int Number { get; }

    public string Name => _options.ToString();

    public string HelloName { get; }

    public ConnectionPool Pool { get; }

    /// <summary>
    /// The source of a tenant's mail to a domain: always the same, as those who greylist ask, also when sources of others come and go.
    /// </summary>
    public static MxSource Of(IReadOnlyList<MxSource> sources, string tenantName, string domain) => sources.Count == 1
        ? sources[0]
        : sources.MaxBy(s => Weight($"{tenantName}\n{domain}\n{s.Name}"))!;

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

        var credential = _options.ProxyUser is null ? null : new SmtpCredential(_options.ProxyUser, _options.ProxyPassword ?? "");
        using var patience = new CancellationTokenSource(_connectTimeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        await using var stream = new NetworkStream(socket, ownsSocket: false);
        var (result, detail) = await Socks5.Connect(stream, to, credential, either.Token);
        if (result == SocksResult.Connected) return (socket, null);
        socket.Dispose();
        return (null, new SmtpOutcome(
            SmtpOutcomeKind.Broken, result == SocksResult.Unreachable ? DeliveryStage.Connect : DeliveryStage.None)
        {
            Fault = cancellationToken.IsCancellationRequested ? SmtpFault.Cancelled : SmtpFault.Closed, Detail = detail,
        });
    }

    public ValueTask DisposeAsync() => Pool.DisposeAsync();

    // FNV-1a: the same in every process, which string.GetHashCode is not.
    private static ulong Weight(string text)
    {
        var hash = 14_695_981_039_346_656_037UL;
        foreach (var octet in Encoding.UTF8.GetBytes(text)) hash = (hash ^ octet) * 1_099_511_628_211UL;
        // Its high bits hardly mix by themselves.
        hash ^= hash >> 33;
        hash *= 0xff51afd7ed558ccdUL;
        return hash ^ (hash >> 33);
    }
}
