using System.Net.Sockets;
using Silo.Server.Delivery.Smtp;
using Silo.Smtp.Client;
using Xunit;

namespace Silo.Server.Tests.Delivery.Smtp;

public class PoolBooksTests
{
    [Fact]
    public void No_cap_is_ever_exceeded_nobody_waits_while_there_is_room_and_nothing_is_remembered_in_the_end()
    {
        for (var seed = 0; seed < 500; seed++) new Run(seed).Go();
    }

    /// <summary>Some hundred random steps, each followed by a look at everything.</summary>
    private sealed class Run
    {
        private static readonly PoolRoute[] Routes = [.. from site in Enumerable.Range(0, 4) from host in Enumerable.Range(0, 3)
            select new PoolRoute($"s{site}", $"h{(site + host) % 5}")];

        private readonly Random _random;
        private readonly int _seed;
        private readonly ConnectionPoolLimits _limits;
        private readonly PoolBooks _books;
        private readonly List<PoolRoute> _opening = [];
        private readonly List<SmtpConnection> _lent = [];
        private readonly List<PoolWaiter> _waiting = [];

        public Run(int seed)
        {
            (_seed, _random) = (seed, new Random(seed));
            _limits = new ConnectionPoolLimits
            {
                Total = _random.Next(1, 8), PerSite = _random.Next(1, 5), PerHost = _random.Next(1, 5), Waiting = _random.Next(0, 6),
                Patience = default, MessagesPerConnection = 1, IdleTimeout = default,
            };
            _books = new PoolBooks(_limits);
        }

        public void Go()
        {
            for (var step = 0; step < 300; step++)
            {
                Step();
                Look();
            }

            while (_lent.Count + _opening.Count + _waiting.Count > 0)
            {
                foreach (var connection in _lent.ToArray()) Close(connection);
                foreach (var route in _opening.ToArray()) Fail(route);
                Settle();
                Look();
            }

            _books.Drop(_books.Idle);
            Assert.True((_books.OpenCount, _books.IdleCount, _books.LevelCount) == (0, 0, 0), $"seed {_seed}");
        }

        private void Step()
        {
            switch (_random.Next(6))
            {
                case 0 or 1:
                    var route = Routes[_random.Next(Routes.Length)];
                    var (grant, waiter) = _books.Ask(new PoolRequest(route, Fresh: _random.Next(5) == 0));
                    if (grant is { } place) Take(route, place);
                    else if (waiter is not null) _waiting.Add(waiter);
                    break;
                case 2 when _opening.Count > 0:
                    var opened = _opening[_random.Next(_opening.Count)];
                    _opening.Remove(opened);
                    if (_random.Next(4) == 0) _books.Free(opened);
                    else _lent.Add(Connection(opened));
                    break;
                case 3 when _lent.Count > 0:
                    var kept = _lent[_random.Next(_lent.Count)];
                    _lent.Remove(kept);
                    _books.Keep(kept);
                    break;
                case 4 when _lent.Count > 0:
                    Close(_lent[_random.Next(_lent.Count)]);
                    break;
                case 5 when _waiting.Count > 0 && _random.Next(3) == 0:
                    var tired = _waiting[_random.Next(_waiting.Count)];
                    if (_books.GiveUp(tired)) _waiting.Remove(tired);
                    break;
            }

            Settle();
        }

        private void Settle()
        {
            foreach (var waiter in _waiting.Where(w => w.Granted.Task.IsCompleted).ToArray())
            {
                _waiting.Remove(waiter);
                Take(waiter.Route, waiter.Granted.Task.Result);
            }

            _books.TakeDropped();
        }

        private void Take(PoolRoute route, PoolGrant grant)
        {
            if (grant.Idle is { } idle) _lent.Add(idle);
            else _opening.Add(route);
        }

        private void Close(SmtpConnection connection)
        {
            _lent.Remove(connection);
            _books.Free(connection.Route);
        }

        private void Fail(PoolRoute route)
        {
            _opening.Remove(route);
            _books.Free(route);
        }

        private void Look()
        {
            PoolRoute[] open = [.. _opening, .. _lent.Select(c => c.Route), .. _books.Idle.Select(c => c.Route)];
            Assert.True(open.Length == _books.OpenCount && open.Length <= _limits.Total, $"seed {_seed}: {open.Length} open in total");
            foreach (var site in open.GroupBy(r => r.Site)) Assert.True(site.Count() <= _limits.PerSite, $"seed {_seed}: {site.Key}");
            foreach (var host in open.GroupBy(r => r.Host)) Assert.True(host.Count() <= _limits.PerHost, $"seed {_seed}: {host.Key}");
            foreach (var waiter in _waiting)
            {
                var hasRoom = open.Length < _limits.Total && open.Count(r => r.Site == waiter.Route.Site) < _limits.PerSite
                    && open.Count(r => r.Host == waiter.Route.Host) < _limits.PerHost;
                // Somebody before it in one of its lines may wait for something else, but not for ever: the end shows that.
                var isFirst = waiter.Queue?.Waiters.First?.Value == waiter;
                Assert.False(hasRoom && isFirst, $"seed {_seed}: {waiter.Route} waits although there is room");
            }
        }

        private static SmtpConnection Connection(PoolRoute route) => new(
            new Socket(SocketType.Stream, ProtocolType.Tcp),
            new SmtpClientSession(Stream.Null, new SmtpClientOptions { HelloName = "a", ServerName = "b" }, TimeProvider.System), route, verified: false);
    }
}
