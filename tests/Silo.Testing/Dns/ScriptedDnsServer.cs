using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Silo.Dns;

namespace Silo.Testing.Dns;

/// <summary>
/// A name server on loopback, UDP and TCP on one port, that answers from records and lies as told. A name without any record does not
/// exist (NXDOMAIN), one without a record of the asked type has no data; both come with the zone's SOA. An alias is followed. What does
/// not fit into UDP is cut.
/// </summary>
public sealed class ScriptedDnsServer : IAsyncDisposable
{
    private static readonly TimeSpan TimeToLive = TimeSpan.FromMinutes(5);

    private readonly Socket _udp;
    private readonly Socket _tcp;
    private readonly CancellationTokenSource _stop = new();
    private readonly ScriptedZone _zone = new();
    private readonly ConcurrentDictionary<string, IReadOnlyList<ScriptedReply>> _replies = new(StringComparer.OrdinalIgnoreCase);
    private readonly ConcurrentQueue<ScriptedQuery> _asked = new();
    private readonly Channel<ScriptedQuery> _next = Channel.CreateUnbounded<ScriptedQuery>();
    private readonly ConcurrentDictionary<Task, byte> _work = new();
    private readonly Task _listening;
    private volatile Func<ScriptedQuery, IReadOnlyList<ScriptedReply>?>? _program;

    /// <param name="address">Default 127.0.0.1.</param>
    public ScriptedDnsServer(IPAddress? address = null)
    {
        (_udp, _tcp) = Open(address ?? IPAddress.Loopback);
        EndPoint = (IPEndPoint)_udp.LocalEndPoint!;
        _listening = Task.WhenAll(ListenUdp(), ListenTcp());
    }

    public IPEndPoint EndPoint { get; }

    /// <summary>Questions in the order of their arrival.</summary>
    public IReadOnlyList<ScriptedQuery> Asked => [.. _asked];

    /// <summary>Of the SOA in negative answers: how long it is known that something does not exist. Default 5 min.</summary>
    public TimeSpan NegativeTimeToLive { get; set; } = TimeToLive;

    /// <summary>Adds to the records.</summary>
    public ScriptedDnsServer Add(params DnsRecord[] records)
    {
        foreach (var record in records) _zone.Add(record);
        return this;
    }

    /// <summary>Adds an A or AAAA record that lives 5 minutes.</summary>
    public ScriptedDnsServer AddAddress(string name, string address) => Add(new AddressRecord(name, TimeToLive, IPAddress.Parse(address)));

    /// <summary>Adds an MX record that lives 5 minutes.</summary>
    public ScriptedDnsServer AddMx(string name, int preference, string exchange) =>
        Add(new MxRecord(name, TimeToLive, preference, exchange));

    /// <summary>Adds a TXT record that lives 5 minutes.</summary>
    public ScriptedDnsServer AddText(string name, string text) => Add(new TextRecord(name, TimeToLive, text));

    /// <summary>Adds a CNAME record that lives 5 minutes.</summary>
    public ScriptedDnsServer AddAlias(string name, string target) => Add(new NameRecord(name, TimeToLive, DnsRecordType.Cname, target));

    /// <summary>Removes all records of a name, and what was programmed for it.</summary>
    public void Remove(string name)
    {
        _zone.Remove(name);
        _replies.TryRemove(name, out _);
    }

    /// <summary>Sends these, one after the other, whenever the name is asked for; none: it is never answered.</summary>
    public ScriptedDnsServer Reply(string name, params ScriptedReply[] replies)
    {
        _replies[name] = replies;
        return this;
    }

    /// <summary>Asks the test what to send; null: what the records say.</summary>
    public ScriptedDnsServer Reply(Func<ScriptedQuery, IReadOnlyList<ScriptedReply>?> program)
    {
        _program = program;
        return this;
    }

    /// <summary>What the records say to a question.</summary>
    public ScriptedReply Honest(ScriptedQuery query) => _zone.Answer(query.Name, query.Type, NegativeTimeToLive);

    /// <summary>The next question that comes, whether or not it is answered. In the order of arrival; each is returned once.</summary>
    public Task<ScriptedQuery> NextQuery(CancellationToken cancellationToken = default) =>
        _next.Reader.ReadAsync(cancellationToken).AsTask();

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _udp.Dispose();
        _tcp.Dispose();
        await _listening;
        await Task.WhenAll(_work.Keys);
        _stop.Dispose();
    }

    private static (Socket Udp, Socket Tcp) Open(IPAddress address)
    {
        for (var attempt = 1; ; attempt++)
        {
            var udp = new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
            var tcp = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                udp.Bind(new IPEndPoint(address, 0));
                tcp.Bind(udp.LocalEndPoint!);
                tcp.Listen(64);
                return (udp, tcp);
            }
            catch (SocketException) when (attempt < 20)
            {
                // The port is somebody's over TCP.
                udp.Dispose();
                tcp.Dispose();
            }
        }
    }

    private async Task ListenUdp()
    {
        var buffer = new byte[ushort.MaxValue];
        await Endless(async () =>
        {
            var received = await _udp.ReceiveFromAsync(buffer, new IPEndPoint(EndPoint.Address, 0), _stop.Token);
            var message = buffer[..received.ReceivedBytes];
            if (Take(message, overTcp: false, (IPEndPoint)received.RemoteEndPoint) is { } query) Do(AnswerUdp(query));
        });
    }

    private Task ListenTcp() => Endless(async () => Do(Serve(await _tcp.AcceptAsync(_stop.Token))));

    private async Task AnswerUdp(ScriptedQuery query)
    {
        foreach (var reply in RepliesTo(query))
        {
            await reply.After.WaitAsync(_stop.Token);
            var message = reply.MessageTo(query);
            if (message.Length > (query.UdpPayload ?? 512) && reply.Raw is null && !reply.ExceedsPayload)
                message = (reply with { IsTruncated = true, Answers = [], Authority = [] }).MessageTo(query);
            using var other = reply.FromElsewhere ? new Socket(EndPoint.AddressFamily, SocketType.Dgram, ProtocolType.Udp) : null;
            await (other ?? _udp).SendToAsync(message, query.From, _stop.Token);
        }
    }

    private async Task Serve(Socket connection)
    {
        using var stream = new NetworkStream(connection, ownsSocket: true);
        var length = new byte[2];
        while (true)
        {
            await stream.ReadExactlyAsync(length, _stop.Token);
            var message = new byte[length[0] << 8 | length[1]];
            await stream.ReadExactlyAsync(message, _stop.Token);
            if (Take(message, overTcp: true, (IPEndPoint)connection.RemoteEndPoint!) is not { } query) return;
            foreach (var reply in RepliesTo(query))
            {
                await reply.After.WaitAsync(_stop.Token);
                var answer = reply.MessageTo(query);
                byte[] framed = [(byte)(answer.Length >> 8), (byte)answer.Length, .. answer];
                await stream.WriteAsync(reply.ClosesMidway ? framed.AsMemory(0, framed.Length / 2) : framed, _stop.Token);
                if (reply.ClosesMidway) return;
            }
        }
    }

    private ScriptedQuery? Take(byte[] message, bool overTcp, IPEndPoint from)
    {
        if (ScriptedQuery.Read(message, overTcp, from) is not { } query) return null;
        _asked.Enqueue(query);
        _next.Writer.TryWrite(query);
        return query;
    }

    private IReadOnlyList<ScriptedReply> RepliesTo(ScriptedQuery query) =>
        _program?.Invoke(query) ?? (_replies.TryGetValue(query.Name, out var programmed) ? programmed : [Honest(query)]);

    private void Do(Task work)
    {
        var quiet = Endless(() => work, once: true);
        _work[quiet] = 0;
        _ = quiet.ContinueWith(done => _work.TryRemove(done, out _), TaskScheduler.Default);
    }

    private static async Task Endless(Func<Task> step, bool once = false)
    {
        try
        {
            do await step();
            while (!once);
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or IOException or ObjectDisposedException)
        {
            // The server was disposed, or the client has gone.
        }
    }
}
