using System.Net;
using System.Net.Sockets;
using Silo.Core.Delivery;
using Silo.Smtp.Client;

namespace Silo.Server.Delivery.Smtp;

/// <summary>One open dialogue with the relay, and what the pool has to know of it.</summary>
internal sealed class RelayConnection(Socket socket, SmtpClientSession session) : IAsyncDisposable
{
    public SmtpClientSession Session => session;

    /// <summary>It has carried a transaction before, so that it may have gone stale in the meantime.</summary>
    public bool Reused => session.Transactions > 0;

    public long IdleSince { get; set; }

    /// <summary>
    /// Nothing was heard from the relay since the last reply. A close, or a 421 that nobody asked for, makes an idle socket
    /// readable.
    /// </summary>
    public bool IsQuiet()
    {
        try
        {
            return !socket.Poll(0, SelectMode.SelectRead);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return false;
        }
    }

    /// <summary>Connects and opens the dialogue. Either a connection or how it failed.</summary>
    public static async ValueTask<(RelayConnection? Connection, SmtpOutcome? Failure)> Open(
        SmtpRelayOptions options, TimeProvider time, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        using var patience = new CancellationTokenSource(options.ConnectTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            await socket.ConnectAsync(options.Host, options.Port, either.Token);
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            socket.Dispose();
            var fault = cancellationToken.IsCancellationRequested ? SmtpFault.Cancelled
                : e is OperationCanceledException ? SmtpFault.TimedOut : SmtpFault.Closed;
            return (null, new SmtpOutcome(SmtpOutcomeKind.Broken, DeliveryStage.Connect) { Fault = fault, Detail = e.Message });
        }

        var loopback = socket.RemoteEndPoint is IPEndPoint peer && IPAddress.IsLoopback(
            peer.Address.IsIPv4MappedToIPv6 ? peer.Address.MapToIPv4() : peer.Address);
        var session = new SmtpClientSession(new NetworkStream(socket, ownsSocket: true), options.ToClientOptions(loopback), time);
        var opened = await session.Open(cancellationToken);
        if (opened.IsAccepted) return (new RelayConnection(socket, session), null);
        await session.DisposeAsync();
        return (null, opened);
    }

    public ValueTask DisposeAsync() => session.DisposeAsync();
}
