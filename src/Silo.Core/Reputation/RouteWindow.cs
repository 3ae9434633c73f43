namespace Silo.Core.Reputation;

/// <summary>Final outcomes of hand-overs, counted.</summary>
internal readonly record struct RouteTally(int Volume, int Bounced, int Blocked)
{
    public int Of(RouteFindingType type) => type == RouteFindingType.Bounces ? Bounced : Blocked;

    public double ShareOf(RouteFindingType type) => Volume == 0 ? 0 : (double)Of(type) / Volume;

    public RouteTally Halved() => new(Volume / 2, Bounced / 2, Blocked / 2);

    public static RouteTally operator +(RouteTally one, RouteTally other) =>
        new(one.Volume + other.Volume, one.Bounced + other.Bounced, one.Blocked + other.Blocked);
}

/// <summary>What became of mail in the last five to ten minutes, and before: of one tenant on a route, or of all.</summary>
internal sealed class RouteWindow
{
    private const int MostPast = 2_000;
    private static readonly long Span = TimeSpan.FromMinutes(5).Ticks;

    private long _epoch;
    private RouteTally _now;
    private RouteTally _last;

    /// <summary>Before the window; what is long ago fades.</summary>
    public RouteTally Past { get; private set; }

    public DateTimeOffset LatestAt { get; private set; }

    public void Add(RouteTally outcome, DateTimeOffset at, bool learns)
    {
        Advance(at, learns);
        _now += outcome;
        if (at > LatestAt) LatestAt = at;
    }

    /// <param name="learns">What leaves the window becomes part of the past: not while it is a finding.</param>
    public RouteTally Recent(DateTimeOffset at, bool learns)
    {
        Advance(at, learns);
        return _now + _last;
    }

    /// <summary>The window is of a finding that has ended: it is no part of what is usual.</summary>
    public void Drop() => (_now, _last) = (default, default);

    private void Advance(DateTimeOffset at, bool learns)
    {
        var epoch = at.UtcTicks / Span;
        if (epoch <= _epoch) return;
        var left = epoch == _epoch + 1 ? _last : _last + _now;
        (_epoch, _last, _now) = (epoch, epoch == _epoch + 1 ? _now : default, default);
        if (!learns || left.Volume == 0) return;
        Past += left;
        while (Past.Volume > MostPast) Past = Past.Halved();
    }
}
