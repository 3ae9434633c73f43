using System.Net;
using System.Net.Sockets;
using Silo.Dns.Wire;

namespace Silo.Dns.Asking;

/// <summary>Asks one server once: with extensions, without when it does not know them, over TCP when the answer was cut.</summary>
internal sealed class Exchanger(DnsClientOptions options, TimeProvider time, Chance chance)
{
    public async Task<Exchange> Ask(IPEndPoint server, DnsQuestion question, CancellationToken end)
    {
        int? payload = options.UdpPayload;
        var exchange = await Send(server, question, payload, overTcp: false, end);
        if (exchange.RefusesExtensions)
        {
            payload = null;
            exchange = await Send(server, question, payload, overTcp: false, end);
        }

        return exchange.IsTruncated ? await Send(server, question, payload, overTcp: true, end) : exchange;
    }

    private async Task<Exchange> Send(IPEndPoint server, DnsQuestion question, int? payload, bool overTcp, CancellationToken end)
    {
        var query = new byte[QueryWriter.MaxBytes];
        var id = chance.Id();
        var message = query.AsMemory(0, QueryWriter.Write(query, id, question, payload));
        using var patience = new CancellationTokenSource(options.Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, end);
        try
        {
            return overTcp
                ? await TcpExchange.Run(server, message, id, question, either.Token)
                : await UdpExchange.Run(server, message, id, question, chance, either.Token);
        }
        catch (OperationCanceledException)
        {
            var limit = end.IsCancellationRequested ? "before the question ended" : $"within {options.Timeout.TotalSeconds:0.###} s";
            return Exchange.Failed(ExchangeKind.TimedOut, $"did not answer {limit}");
        }
        catch (SocketException e)
        {
            return Exchange.Failed(ExchangeKind.Unreachable, $"cannot be reached ({e.SocketErrorCode})");
        }
    }
}
