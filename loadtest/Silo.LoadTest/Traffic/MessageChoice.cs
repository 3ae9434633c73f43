using Silo.LoadTest.Doors;
using Silo.LoadTest.Marks;

namespace Silo.LoadTest.Traffic;

/// <summary>Draws one sender's messages: to whom, of which kind, with which fate; and numbers them in their lanes.</summary>
internal sealed class MessageChoice
{
    private readonly FlowPlan _flow;
    private readonly LaneRegister _book;
    private readonly string _run;
    private readonly Random _random;
    private readonly string[] _domains;
    private readonly WeightedChoice _domain;
    private readonly WeightedChoice _kind;
    private readonly (LoadFate Fate, double UpTo)[] _fates;
    private readonly Dictionary<(int Tenant, int Domain), SentLane> _lanes = [];

    public MessageChoice(FlowPlan flow, LaneRegister book, string run, Random random)
    {
        (_flow, _book, _run, _random) = (flow, book, run, random);
        _domains = [.. flow.Domains.Keys];
        _domain = new WeightedChoice([.. flow.Domains.Values]);
        _kind = new WeightedChoice([.. flow.Kinds.Select(k => k.Weight)]);
        var upTo = 0.0;
        _fates = [.. flow.Fates.Select(f => (f.Key, upTo += f.Value))];
    }

    /// <param name="tenant">Index into the flow's tenants.</param>
    /// <param name="due">UTC ticks.</param>
    public LoadMessage Next(int tenant, long due, out SentLane lane)
    {
        var domain = _domain.Draw(_random);
        if (!_lanes.TryGetValue((tenant, domain), out lane!))
            _lanes.Add((tenant, domain), lane = _book.Open(_flow, _flow.Tenants[tenant], _domains[domain]));
        var number = lane.Next();
        var own = _flow.Tenants[tenant];
        return new LoadMessage(
            own, new LoadMark(_run, own.Number, lane.Number, number, due),
            new LoadAddress(Fate(), _run, own.Number, lane.Number, number, _domains[domain]), _kind.Draw(_random));
    }

    private LoadFate Fate()
    {
        if (_fates.Length == 0) return LoadFate.Profile;
        var drawn = _random.NextDouble();
        foreach (var (fate, upTo) in _fates)
            if (drawn < upTo) return fate;
        return LoadFate.Profile;
    }
}
