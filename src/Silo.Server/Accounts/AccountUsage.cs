using System.Text.Json;
using Silo.Core.Tenants;
using Silo.Storage;

namespace Silo.Server.Accounts;

/// <summary>
/// Recipients that the account accepted over the last 24 hours, in slots of 5 minutes (GetAccount, SentLast24Hours). Counted from
/// commits; stored each minute, so that a crash forgets at most a minute.
/// </summary>
public sealed class AccountUsage(IResourceStore resources, TimeProvider time)
{
    private const string DocumentName = "usage";
    private static readonly TimeSpan Slot = TimeSpan.FromMinutes(5);
    private static readonly int Slots = (int)(TimeSpan.FromHours(24) / Slot);

    private readonly Lock _lock = new();
    private readonly SortedDictionary<long, long> _bySlot = [];

    public long Last24Hours
    {
        get
        {
            lock (_lock)
            {
                Forget();
                return _bySlot.Values.Sum();
            }
        }
    }

    public void OnCommitted(IReadOnlyList<SpoolWrite> writes)
    {
        var accepted = 0L;
        foreach (var write in writes)
        {
            if (write.Append is { } append) accepted += append.Recipients.Count;
            foreach (var e in write.Events)
            {
                if (e.Kind == (int)TenantEventKind.Suppressed) accepted++;
            }
        }

        if (accepted == 0) return;
        lock (_lock)
        {
            var slot = SlotOf(time.GetUtcNow());
            _bySlot[slot] = _bySlot.GetValueOrDefault(slot) + accepted;
        }
    }

    public async Task Load(CancellationToken cancellationToken)
    {
        if (await resources.Get(ResourceKind.Account, DocumentName, cancellationToken) is not { } stored) return;
        var counts = JsonSerializer.Deserialize<Dictionary<long, long>>(stored.Document.Span)!;
        lock (_lock)
        {
            foreach (var (slot, count) in counts) _bySlot[slot] = count;
        }
    }

    public async Task Save(CancellationToken cancellationToken)
    {
        byte[] document;
        lock (_lock)
        {
            Forget();
            document = JsonSerializer.SerializeToUtf8Bytes(_bySlot);
        }

        if (await resources.Get(ResourceKind.Account, DocumentName, cancellationToken) is { } stored)
        {
            await resources.Replace(ResourceKind.Account, DocumentName, document, stored.Version, cancellationToken);
            return;
        }

        var resource = new NewResource(ResourceKind.Account, DocumentName, "", document, time.GetUtcNow(), [], int.MaxValue);
        await resources.Create(resource, cancellationToken);
    }

    private void Forget()
    {
        var oldest = SlotOf(time.GetUtcNow()) - Slots;
        while (_bySlot.Count > 0 && _bySlot.Keys.First() <= oldest) _bySlot.Remove(_bySlot.Keys.First());
    }

    private static long SlotOf(DateTimeOffset at) => at.UtcTicks / Slot.Ticks;
}
