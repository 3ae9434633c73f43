using System.Buffers;
using System.Net;
using System.Net.Sockets;
using Silo.Dns.Wire;

namespace Silo.Dns.Asking;

/// <summary>
/// A question over UDP from a socket of its own: an answer is believed when it comes to a port that nobody could know, from the server's
/// address and port, with our id and our question (RFC 5452). Anything else is not looked at further, and the wait goes on.
/// </summary>
internal static class UdpExchange
{
    private const int BindTries = 10;

    public static async Task<Exchange> Run(
        IPEndPoint server, ReadOnlyMemory<byte> query, ushort id, DnsQuestion question, Chance chance, CancellationToken end)
    {
        using var socket = Open(server, chance);
        // Any datagram fits: a server that sends more than was asked for is believed no less.
        var buffer = ArrayPool<byte>.Shared.Rent(ushort.MaxValue);
        try
        {
            await socket.SendAsync(query, end);
            while (true)
            {
                var length = await socket.ReceiveAsync(buffer, end);
                switch (ResponseReader.TryRead(buffer.AsSpan(0, length), id, question, out var response))
                {
                    case ReadOutcome.Read:
                        return new Exchange(ExchangeKind.Answered, response, length);
                    case ReadOutcome.Malformed:
                        return Exchange.Failed(ExchangeKind.Malformed, "sent an answer that breaks the format");
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static Socket Open(IPEndPoint server, Chance chance)
    {
        var any = server.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any;
        var socket = new Socket(server.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            for (var i = 0; ; i++)
            {
                try
                {
                    // The system's own choice is the last resort: it is not everywhere by chance.
                    socket.Bind(new IPEndPoint(any, i < BindTries ? chance.Port() : 0));
                    break;
                }
                catch (SocketException e) when (i < BindTries && e.SocketErrorCode == SocketError.AddressAlreadyInUse)
                {
                    // Another port, then.
                }
            }

            // From here on the system hands on only what the server's own address and port sent.
            socket.Connect(server);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
