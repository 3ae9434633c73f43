using System.Diagnostics.Metrics;
using Silo.Core.Tenants;
using Silo.Server.Delivery;
using Silo.Server.Tenants;
using Silo.Storage;

namespace Silo.Server.Hosting;

/// <summary>
/// What an operator watches of one silo: the instruments of the meter "Silo". They are counted from commits, so that they say what is
/// on disk; nobody pays for them who does not listen.
/// </summary>
public sealed class SiloMetrics
{
    public const string MeterName = "Silo";

    private readonly Counter<long> _accepted;
    private readonly Counter<long> _outcomes;
    private readonly Counter<long> _released;
    private readonly Counter<long> _given;
    private readonly Histogram<int> _commitWrites;

    public SiloMetrics(IMeterFactory meters, ISiloStore store, IEngine engine, Dispatcher dispatcher, DispatchOptions delivery)
    {
        var meter = meters.Create(MeterName);
        _accepted = meter.CreateCounter<long>("silo.units.accepted", "{unit}", "Delivery units accepted and stored.");
        _released = meter.CreateCounter<long>("silo.units.released", "{unit}", "Delivery units released for hand-over.");
        _outcomes = meter.CreateCounter<long>("silo.units.events", "{event}", "Stored events of delivery units, by kind.");
        _given = meter.CreateCounter<long>("silo.tenants.given", "{tenant}", "Tenants given to another silo.");
        _commitWrites = meter.CreateHistogram<int>("silo.commit.writes", "{write}", "Writes that shared one commit.");
        meter.CreateObservableGauge("silo.tenants.active", () => engine.ActiveTenants, "{tenant}", "Tenants in memory here.");
        meter.CreateObservableGauge("silo.slots.free", () => dispatcher.FreeSlots, "{slot}", "Hand-overs that may still start now.");
        meter.CreateObservableGauge("silo.slots.total", () => delivery.InFlight, "{slot}", "Hand-overs that may be under way at a time.");
        meter.CreateObservableGauge("silo.lease.held", () => store.Ownership.IsHeld ? 1 : 0, null, "1 while this silo may let mail leave.");
        meter.CreateObservableGauge("silo.store.accepts", () => store.AcceptsWrites ? 1 : 0, null, "1 while new mail is taken.");
    }

    public void OnCommitted(IReadOnlyList<SpoolWrite> writes)
    {
        _commitWrites.Record(writes.Count);
        if (!_accepted.Enabled && !_outcomes.Enabled && !_released.Enabled) return;
        foreach (var write in writes)
        {
            if (write.Append is { } append) _accepted.Add(append.Recipients.Count);
            if (write.Release is { } release) _released.Add(release.UnitIds.Count);
            foreach (var e in write.Events)
                if (KindOf((TenantEventKind)e.Kind) is { } kind) _outcomes.Add(1, new KeyValuePair<string, object?>("kind", kind));
        }
    }

    public void TenantGiven() => _given.Add(1);

    // The closed set keeps the number of series small; the names are part of what dashboards rely on.
    private static string? KindOf(TenantEventKind kind) => kind switch
    {
        TenantEventKind.HandedOver => "handed_over",
        TenantEventKind.Delivered => "delivered",
        TenantEventKind.HardBounced => "hard_bounced",
        TenantEventKind.SoftBounced => "soft_bounced",
        TenantEventKind.Blocked => "blocked",
        TenantEventKind.Deferred => "deferred",
        TenantEventKind.Waited => "waited",
        TenantEventKind.Suppressed => "suppressed",
        TenantEventKind.Expired => "expired",
        TenantEventKind.Cancelled => "cancelled",
        TenantEventKind.Rejected => "rejected",
        TenantEventKind.Complained => "complained",
        TenantEventKind.PossibleDuplicate => "possible_duplicate",
        _ => null,
    };
}
