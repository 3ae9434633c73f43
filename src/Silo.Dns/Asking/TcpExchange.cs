using System.Buffers;
using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Silo.Dns.Wire;

namespace Silo.Dns.Asking;

/// <summary>A question over a TCP connection of its own (RFC 1035 4.2.2, RFC 7766).</summary>
internal static class TcpExchange
{
    private const int LengthBytes = 2;

    // Answers to other questions on a connection that asked only one.
    private const int MaxMessages = 16;

    public static async Task<Exchange> Run(
        IPEndPoint server, ReadOnlyMemory<byte> query, ushort id, DnsQuestion question, CancellationToken end)
    {
        using var socket = new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(server, end);
        // In one piece: servers exist that take a length alone for a whole message.
        var framed = new byte[LengthBytes + query.Length];
        BinaryPrimitives.WriteUInt16BigEndian(framed, (ushort)query.Length);
        query.CopyTo(framed.AsMemory(LengthBytes));
        await using var stream = new NetworkStream(socket);
        var buffer = ArrayPool<byte>.Shared.Rent(ushort.MaxValue);
        try
        {
            await stream.WriteAsync(framed, end);
            for (var i = 0; i < MaxMessages; i++)
            {
                await stream.ReadExactlyAsync(buffer.AsMemory(0, LengthBytes), end);
                var message = buffer.AsMemory(0, BinaryPrimitives.ReadUInt16BigEndian(buffer));
                await stream.ReadExactlyAsync(message, end);
                switch (ResponseReader.TryRead(message.Span, id, question, out var response))
                {
                    case ReadOutcome.Read when response!.IsTruncated:
                        return Exchange.Failed(ExchangeKind.Malformed, "sent an answer over TCP that is cut");
                    case ReadOutcome.Read:
                        return new Exchange(ExchangeKind.Answered, response, message.Length);
                    case ReadOutcome.Malformed:
                        return Exchange.Failed(ExchangeKind.Malformed, "sent an answer over TCP that breaks the format");
                }
            }

            return Exchange.Failed(ExchangeKind.Malformed, "answers other questions over TCP than the one it was asked");
        }
        catch (IOException)
        {
            return Exchange.Failed(ExchangeKind.Malformed, "closed the TCP connection before its answer was whole");
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
