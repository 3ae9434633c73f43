using System.Net;
using System.Net.Sockets;
using Silo.Core.Delivery;
using Silo.Smtp.Client;

namespace Silo.Server.Delivery.Smtp;

/// <summary>How well a connection is protected; each one serves who asks for less.</summary>
internal enum ConnectionProtection
{
    /// <summary>Nothing is known of the peer, or all passes in plain text.</summary>
    None,

    /// <summary>Encrypted, for whoever answered.</summary>
    Encrypted,

    /// <summary>Encrypted, and the peer's certificate is valid for its name.</summary>
    Verified,
}

/// <summary>One open dialogue, and what its pool has to know of it.</summary>
internal sealed class SmtpConnection : IAsyncDisposable
{
    private readonly Socket _socket;

    public SmtpConnection(Socket socket, SmtpClientSession session, PoolRoute route, bool verified)
    {
        (_socket, Session, Route) = (socket, session, route);
        Protection = !session.IsSecure ? ConnectionProtection.None
            : verified ? ConnectionProtection.Verified : ConnectionProtection.Encrypted;
    }

    public SmtpClientSession Session { get; }

    /// <summary>Whose places it takes in the pool.</summary>
    public PoolRoute Route { get; }

    public ConnectionProtection Protection { get; }

    /// <summary>It has carried a transaction before, so that it may have gone stale in the meantime.</summary>
    public bool Reused => Session.Transactions > 0;

    public long IdleSince { get; set; }

    /// <summary>Where the pool keeps it while it is idle.</summary>
    public LinkedListNode<SmtpConnection>? IdlePlace { get; set; }

    /// <summary>
    /// Nothing was heard from the peer since the last reply. A close, or a 421 that nobody asked for, makes an idle socket
    /// readable.
    /// </summary>
    public bool IsQuiet()
    {
        try
        {
            return !_socket.Poll(0, SelectMode.SelectRead);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return false;
        }
    }

    /// <summary>
    /// Connects a socket. Either one or how it failed: at <see cref="DeliveryStage.None"/> when there is no socket to be had, or not that
    /// local address.
    /// </summary>
    /// <param name="from">The local address to leave from; null for the system's choice.</param>
    public static async ValueTask<(Socket? Socket, SmtpOutcome? Failure)> Connect(
        EndPoint to, IPAddress? from, TimeSpan timeout, TimeProvider time, CancellationToken cancellationToken)
    {
        Socket? socket = null;
        var stage = DeliveryStage.None;
        using var patience = new CancellationTokenSource(timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            socket = to is IPEndPoint { AddressFamily: var family }
                ? new Socket(family, SocketType.Stream, ProtocolType.Tcp)
                : new Socket(SocketType.Stream, ProtocolType.Tcp);
            socket.NoDelay = true;
            if (from is not null) socket.Bind(new IPEndPoint(from, 0));
            stage = DeliveryStage.Connect;
            await socket.ConnectAsync(to, either.Token);
            return (socket, null);
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            socket?.Dispose();
            var fault = cancellationToken.IsCancellationRequested ? SmtpFault.Cancelled
                : e is OperationCanceledException ? SmtpFault.TimedOut : SmtpFault.Closed;
            return (null, new SmtpOutcome(SmtpOutcomeKind.Broken, stage) { Fault = fault, Detail = e.Message });
        }
    }

    /// <summary>Opens the dialogue on a socket that is connected, and owns the socket. Either a connection or how it failed.</summary>
    public static async ValueTask<(SmtpConnection? Connection, SmtpOutcome? Failure)> Open(
        Socket socket, PoolRoute route, SmtpClientOptions options, TimeProvider time, CancellationToken cancellationToken)
    {
        var session = new SmtpClientSession(new NetworkStream(socket, ownsSocket: true), options, time);
        var opened = await session.Open(cancellationToken);
        if (opened.IsAccepted) return (new SmtpConnection(socket, session, route, options.MustVerify), null);
        await session.DisposeAsync();
        return (null, opened);
    }

    /// <summary>The other side of a connected socket is this machine.</summary>
    public static bool IsLoopback(Socket socket) => socket.RemoteEndPoint is IPEndPoint peer && IPAddress.IsLoopback(
        peer.Address.IsIPv4MappedToIPv6 ? peer.Address.MapToIPv4() : peer.Address);

    public ValueTask DisposeAsync() => Session.DisposeAsync();
}
