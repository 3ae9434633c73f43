using Silo.LoadTest.Doors;
using Silo.LoadTest.Marks;
using Silo.LoadTest.Sinks.Accounting;
using Silo.LoadTest.Traffic;

namespace Silo.LoadTest.Peers;

/// <summary>
/// The load of one peer: a fixed number of connections, each sending the next message as soon as the last was answered. It shows what a
/// server can do at most; how long mail waits at a given rate is what <c>run</c> shows. Numbers go on from round to round.
/// </summary>
internal sealed class PeerLoad : IAsyncDisposable
{
    private const int MostRefusals = 100;

    private readonly Sender[] _senders;
    private readonly string _run;
    private readonly TimeProvider _time;
    private readonly LoadTenant[] _tenants;

    public PeerLoad(SmtpDoorOptions options, PeerCase of, int connections, int bytes, string run, TimeProvider time)
    {
        (_run, _time) = (run, time);
        _tenants = [.. Enumerable.Range(0, of.Tenants).Select(t => new LoadTenant(t, SiloPeer.TenantName(t)))];
        var flow = new FlowPlan
        {
            Name = "peers", Tenants = _tenants, Weights = [.. _tenants.Select(_ => 1.0)], Arrivals = Arrivals.Flood,
            MaxMessages = long.MaxValue, MaxTime = TimeSpan.MaxValue, Senders = connections, Kinds = [new MessageKind(bytes)],
            Domains = new Dictionary<string, double> { ["recipient.example"] = 1 }, SenderDomain = PeerPlace.Domain,
            ConfigurationSet = SiloPeer.ConfigurationSet,
        };
        var door = new SmtpDoor(options);
        _senders = [.. Enumerable.Range(0, connections).Select(i => new Sender(i, door.Connect(flow)))];
    }

    public SentBooks Sent { get; } = new();

    /// <summary>Sends so many messages, and answers when the last of them was answered.</summary>
    /// <returns>Accept latencies, from the first byte of MAIL to the answer to the content.</returns>
    /// <exception cref="InvalidOperationException">The server refuses mail.</exception>
    public async Task<LatencyHistogram> Run(int messages, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await Task.WhenAll(_senders.Select(s => Task.Run(
            async () =>
            {
                try
                {
                    var share = messages / _senders.Length + (s.Index < messages % _senders.Length ? 1 : 0);
                    await SendAll(s, share, stop.Token);
                }
                catch
                {
                    await stop.CancelAsync();
                    throw;
                }
            },
            cancellationToken)));
        var all = new LatencyHistogram();
        foreach (var sender in _senders)
        {
            all.Add(sender.Latency);
            sender.Latency.Clear();
        }

        return all;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var sender in _senders) await sender.Connection.DisposeAsync();
    }

    private async Task SendAll(Sender sender, int messages, CancellationToken cancellationToken)
    {
        var refusals = 0;
        for (var sent = 0; sent < messages;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            SendAnswer answer;
            var message = sender.Next(_tenants, _senders.Length, _run);
            if (await sender.Connection.TryOpen(cancellationToken))
            {
                var began = _time.GetTimestamp();
                answer = await sender.Connection.Send(message, cancellationToken);
                if (answer.Result == SendResult.Accepted) sender.Latency.Add(_time.GetElapsedTime(began));
            }
            else
            {
                answer = new SendAnswer(SendResult.NotOffered, "no connection");
            }

            var mark = message.Mark;
            if (answer.Result == SendResult.Accepted)
            {
                Sent.Accepted(mark.Tenant, mark.Lane, mark.Number);
                sent++;
                continue;
            }

            if (answer.Result == SendResult.Unknown) Sent.Unknown(mark.Tenant, mark.Lane, mark.Number);
            if (answer.Result == SendResult.Refused || ++refusals > MostRefusals)
                throw new InvalidOperationException($"The server does not take mail: {answer.Text}");
            await Task.Delay(TimeSpan.FromMilliseconds(50), _time, cancellationToken);
        }
    }

    private sealed class Sender(int index, IDoorConnection connection)
    {
        private readonly Dictionary<int, long> _numbers = [];
        private int _turn;

        public int Index => index;

        public IDoorConnection Connection => connection;

        public LatencyHistogram Latency { get; } = new();

        /// <summary>
        /// Many tenants are dealt out to the senders, each with a lane of its own; of few each sender has all, and a lane for each.
        /// </summary>
        public LoadMessage Next(LoadTenant[] tenants, int senders, string run)
        {
            var own = tenants.Length >= senders ? index + senders * _turn : _turn;
            if (own >= tenants.Length) (own, _turn) = (tenants.Length >= senders ? index : 0, 0);
            _turn++;
            var lane = tenants.Length >= senders ? own : own * senders + index;
            var number = _numbers.GetValueOrDefault(lane);
            _numbers[lane] = number + 1;
            var mark = new LoadMark(run, own, lane, number, 0);
            return new LoadMessage(tenants[own], mark, new LoadAddress(LoadFate.Profile, run, own, lane, number, "recipient.example"), 0);
        }
    }
}
