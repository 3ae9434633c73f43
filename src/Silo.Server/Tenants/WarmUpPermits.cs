using Silo.Core.Addresses;
using Silo.Core.Tenants;
using Silo.Core.WarmUp;

namespace Silo.Server.Tenants;

/// <summary>
/// Lets a tenant's warm-up go no further than its caps: what is known to have left is in the ledger, and permits that are out and of which
/// nothing is known yet are here. A permit starts in the hour that it was given for or not at all. Owned by one actor.
/// </summary>
internal sealed class WarmUpPermits
{
    private readonly Dictionary<PermitKey, int> _out = [];
    private DateTimeOffset _latest;
    private bool _knowsAll;

    /// <summary>Another activation: what the one before gave out may still start.</summary>
    public void Begin() => Begin(knowsAll: false);

    /// <summary>
    /// A warm-up was set. With the start of the one before it goes on, and its permits that began count; else those say nothing of it.
    /// </summary>
    public void Follow(bool goesOn)
    {
        if (!goesOn) Begin(knowsAll: true);
    }

    /// <summary>
    /// To be told with each request for permits. Nothing of the tenant is on its way to the dispatcher then, so when nothing is in hand
    /// there, no permit of an earlier activation is out any more.
    /// </summary>
    public void Asked(PermitUse use) => _knowsAll |= use.Unsettled == 0;

    /// <summary>How many recipients may leave in this hour, in total and to the provider.</summary>
    /// <param name="key">As <see cref="WarmUpLedger.KeyOf"/> gave it; its warm-up has begun.</param>
    public WarmUpRoom RoomFor(WarmUpLedger ledger, string? key, string? provider, DateTimeOffset now)
    {
        if (ledger.SetBy == 0) return WarmUpRoom.Unlimited;
        now = Latest(now);
        var term = new PermitTerm(ledger.SetBy, null, null);
        if (ledger.Of(key) is not { } meters) return WarmUpRoom.Unlimited with { Term = term };
        var (total, towards) = (MeterOf(meters, null, now)!, provider is null ? null : MeterOf(meters, provider, now));
        var isCapped = total.Use(now).Cap is not null || towards?.Use(now).Cap is not null;
        if (!isCapped) return WarmUpRoom.Unlimited with { Term = term };
        if (!_knowsAll) return new WarmUpRoom(0, 0, null, null, term);
        return new WarmUpRoom(
            total.Room(int.MaxValue, now), towards?.Room(int.MaxValue, now) ?? int.MaxValue, total.RoomAt(now), towards?.RoomAt(now),
            TermOf(ledger.SetBy, meters, total.State));
    }

    public void Give(PermitTerm? term, string? key, string? provider, int count)
    {
        if (term?.Until is null || count == 0) return;
        var given = new PermitKey(term, key, provider);
        _out[given] = _out.GetValueOrDefault(given) + count;
    }

    /// <summary>Permits came back with which nothing started.</summary>
    public void TakeBack(WarmUpLedger ledger, IReadOnlyList<ReturnedPermits>? returned)
    {
        foreach (var each in returned ?? [])
            TakeBack(new PermitKey(each.Term, ledger.KeyOf(each.SendingDomain), each.Provider), each.Count);
    }

    /// <summary>What became of their hand-overs is in the ledger, or they did not start.</summary>
    public void Settle(WarmUpLedger ledger, IReadOnlyList<Outcome> outcomes)
    {
        foreach (var (unit, term) in outcomes.Where(o => o.Term is not null).Select(o => (o.Unit, o.Term!)))
            TakeBack(new PermitKey(term, ledger.KeyOf(unit.SendingDomain), MailboxProvider.Of(unit.Recipient, unit.Provider).Name), 1);
    }

    /// <summary>For the tenant or each of its domains the total first, then each provider; empty without a warm-up.</summary>
    public IReadOnlyList<WarmUpReport> Report(WarmUpLedger ledger, DateTimeOffset now)
    {
        now = Latest(now);
        return [.. ledger.All.SelectMany(m => m.Providers.Prepend(null).Select(p => Of(m, p, MeterOf(m, p, now)!)))];

        WarmUpReport Of(WarmUpMeters meters, string? provider, WarmUpMeter meter)
        {
            var (use, plan) = (meter.Use(now), meter.Plan);
            var percentage = plan.Mode == WarmUpMode.Time
                ? WarmUpSchedule.Percentage(plan, meters.StartedAt, now)
                : Math.Max(1, use.PlanDay * 100 / plan.Days);
            var at = meter.RoomAt(now);
            return new WarmUpReport(
                provider, use.Cap is null ? null : use.PlanDay + 1, plan.Days, percentage, use.Cap, use.SentToday, use.Slice, use.SentThisHour,
                at > now ? at : null)
            {
                Domain = meters.Domain,
            };
        }
    }

    /// <summary>No earlier than anything that was said here: an hour that was over stays so.</summary>
    public DateTimeOffset Latest(DateTimeOffset now) => _latest = now > _latest ? now : _latest;

    private static PermitTerm TermOf(long setBy, WarmUpMeters meters, WarmUpState state)
    {
        var hours = ((long)state.Day * WarmUpSchedule.SlicesPerDay) + state.Hour;
        var begin = meters.StartedAt.AddHours(hours);
        // The first hour goes on from whenever it was set.
        return new PermitTerm(setBy, hours == 0 || begin < meters.BegunAt ? meters.BegunAt : begin, begin.AddHours(1));
    }

    private WarmUpMeter? MeterOf(WarmUpMeters meters, string? provider, DateTimeOffset now) => meters.MeterFor(provider, now, state =>
    {
        var begin = meters.StartedAt.AddDays(state.Day);
        var hourEnds = begin.AddHours(state.Hour + 1);
        var (today, thisHour) = (0L, 0L);
        foreach (var ((term, key, towards), count) in _out)
        {
            if (key != meters.Domain || (provider is not null && provider != towards) || term.Until <= begin) continue;
            today += count;
            if (term.Until == hourEnds) thisHour += count;
        }

        return state with { Sent = state.Sent + today, SentThisHour = state.SentThisHour + thisHour };
    });

    private void Begin(bool knowsAll)
    {
        _out.Clear();
        _knowsAll = knowsAll;
    }

    private void TakeBack(PermitKey key, int count)
    {
        // Of an earlier warm-up or activation nothing is known here.
        if (!_out.TryGetValue(key, out var given)) return;
        if (given > count) _out[key] = given - count;
        else _out.Remove(key);
    }

    /// <param name="Domain">As <see cref="WarmUpLedger.KeyOf"/> says.</param>
    private readonly record struct PermitKey(PermitTerm Term, string? Domain, string? Provider);
}

/// <param name="Total">Recipients that may leave now by the total's cap.</param>
/// <param name="Towards">The same by the provider's.</param>
/// <param name="TotalAt">When there is more; null while only an outcome helps.</param>
/// <param name="Term">What the permits are for; null when there never was a warm-up.</param>
internal readonly record struct WarmUpRoom(int Total, int Towards, DateTimeOffset? TotalAt, DateTimeOffset? TowardsAt, PermitTerm? Term)
{
    public static WarmUpRoom Unlimited { get; } = new(int.MaxValue, int.MaxValue, null, null, null);
}
