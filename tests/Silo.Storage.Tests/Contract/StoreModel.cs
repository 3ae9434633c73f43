namespace Silo.Storage.Tests.Contract;

/// <summary>What a store is to hold, kept the plain way.</summary>
internal sealed class StoreModel
{
    public List<ModelTenant> Tenants { get; } = [];

    public SortedDictionary<long, ModelUnit> Units { get; } = [];

    public Dictionary<long, int> UnitsLeft { get; } = [];

    public List<long> Tickets { get; } = [];

    /// <summary>Tickets of writes that the store is to refuse.</summary>
    public List<long> Refused { get; } = [];

    public int Appended { get; private set; }

    public int Removed { get; private set; }

    public void Append(ModelTenant tenant, MessageAppend message)
    {
        var count = message.Recipients.Count;
        UnitsLeft[message.MessageKey] = count;
        Appended += count;
        for (var i = 0; i < count; i++)
        {
            var id = message.MessageKey + 1 + i;
            Units[id] = new(tenant, new QueuedUnit(id, message.MessageKey, count, message.Recipients[i], message.DueAt, 0, null, 0, false)
            {
                Stream = message.Stream, Pool = message.Pool,
            });
        }
    }

    public IReadOnlyList<EventAppend> NextEvents(ModelTenant tenant, int count, Func<long, EventAppend> make) =>
        [.. Enumerable.Range(0, count).Select(_ => make(++tenant.Sequence))];

    public ReleaseRecord Release(long id, Random random)
    {
        var released = Units.Values.Where(u => u.Release == 0 && random.Next(3) == 0).Take(40).ToList();
        foreach (var unit in released) unit.Release = id;
        // A unit that is gone already may stand in a release.
        return new(id, [.. released.Select(u => u.Queued.Id), .. Tenants.Where(t => t.LastGone is not null).Take(1).Select(t => t.LastGone!.UnitId)]);
    }

    /// <summary>Outcomes of units in hand, and now and then the end of one that is not.</summary>
    public List<UnitSettlement> Settle(ModelTenant tenant, Random random, DateTimeOffset now)
    {
        var settlements = new List<UnitSettlement>();
        foreach (var unit in Units.Values.Where(u => u.Tenant == tenant && (u.Release != 0 || random.Next(20) == 0) && random.Next(2) == 0).ToList())
        {
            var queued = unit.Queued;
            if (random.Next(3) > 0)
            {
                // Cancelled, even while in hand, or its final outcome.
                settlements.Add(new(queued.Id, queued.MessageKey, queued.UnitsOfMessage, random.Next(4) == 0 ? 0 : unit.Release, null));
                Units.Remove(queued.Id);
                UnitsLeft[queued.MessageKey]--;
                Removed++;
                tenant.LastGone = settlements[^1] with { ReleaseId = 0 };
                continue;
            }

            var due = random.Next(4) == 0 ? DateTimeOffset.MaxValue : now.AddMinutes(random.Next(9));
            var retry = new UnitRetry(due, random.Next(9), random.Next(2) == 0 ? null : now, random.Next(3), random.Next(2) == 0)
            {
                DelaysTold = random.Next(9), Pool = random.Next(3) == 0 ? "other" : null,
            };
            settlements.Add(new(queued.Id, queued.MessageKey, queued.UnitsOfMessage, unit.Release, retry));
            unit.Queued = queued with
            {
                DueAt = due, Attempts = retry.Attempts, FirstAttemptAt = retry.FirstAttemptAt, Crashes = retry.Crashes,
                PossibleDuplicate = retry.PossibleDuplicate, DelaysTold = retry.DelaysTold,
                Pool = retry.Pool ?? queued.Pool,
            };
            unit.Release = 0;
        }

        return settlements;
    }

    /// <summary>Of a unit of the tenant that is gone, or of a release that was never this unit's: to be refused.</summary>
    public UnitSettlement? LateOutcome(ModelTenant tenant, Random random)
    {
        if (tenant.LastGone is { } gone && random.Next(2) == 0) return gone with { ReleaseId = 5 };
        return Units.Values.FirstOrDefault(u => u.Tenant == tenant)?.Queued is { } queued
            ? new(queued.Id, queued.MessageKey, queued.UnitsOfMessage, 999_999_999_999, null)
            : null;
    }
}

internal sealed class ModelTenant(long key, string name)
{
    public long Key => key;

    public string Name => name;

    public long Sequence { get; set; }

    public long Applied { get; set; }

    public UnitSettlement? LastGone { get; set; }
}

internal sealed class ModelUnit(ModelTenant tenant, QueuedUnit queued)
{
    public ModelTenant Tenant => tenant;

    public QueuedUnit Queued { get; set; } = queued;

    public long Release { get; set; }
}
