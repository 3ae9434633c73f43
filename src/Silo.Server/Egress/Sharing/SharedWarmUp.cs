using Silo.Core.Pacing;
using Silo.Core.WarmUp;

namespace Silo.Server.Egress.Sharing;

/// <summary>The warm-up of a source address, or of that towards a provider: which blocks of its hour are out.</summary>
/// <param name="stored">As it was before this activation; null when there was none.</param>
internal sealed class SharedWarmUp(WarmUpBook? stored, long activation)
{
    private WarmUpBlocks? _blocks;
    private long _key;

    /// <summary>What there is to store; null for nothing.</summary>
    public WarmUpBook? Book => _blocks is null ? stored : new WarmUpBook(_key, _blocks.Meter.State);

    /// <summary>The day of an adaptive plan; null in a plan by time, and before it was asked for.</summary>
    public int? PlanDay => _blocks is { Meter: { Plan.Mode: WarmUpMode.Adaptive, State: var state } } ? state.PlanDay : null;

    /// <param name="changed">There is something to be stored before this is answered.</param>
    public BudgetReply Answer(long silo, BudgetRequest request, WarmUpTerms terms, DateTimeOffset now, out bool changed)
    {
        var key = terms.Key;
        if (_blocks is null || key != _key)
        {
            var meter = _blocks is null && stored?.Key == key ? new WarmUpMeter(terms.Plan, terms.StartedAt, stored.State) : terms.Begin(now);
            _blocks = new WarmUpBlocks(meter, _blocks?.LastNumber ?? RateShares.NumbersOf(activation));
            _key = key;
        }

        if (request.Delivered > 0) _blocks.Meter.Delivered(request.Delivered, now);
        if (request.Refused > 0) _blocks.Meter.Refused(request.Refused, now);
        changed = _blocks.GiveBack(request.Unused, now) | request is { Delivered: > 0 } or { Refused: > 0 };
        var block = request.BlockWanted > 0 ? _blocks.Take(silo, request.BlockWanted, now) : null;
        changed |= block is not null;
        TimeSpan? freeIn = _blocks.Meter.Room(1, now) == 0 ? _blocks.Meter.RoomAt(now) - now : null;
        return new BudgetReply(request.Budget, null, block, _blocks.Meter.Use(now).SentThisHour, freeIn);
    }
}
