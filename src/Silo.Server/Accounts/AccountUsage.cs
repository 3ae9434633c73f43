using System.Text.Json;
using Silo.Core.Tenants;
using Silo.Storage;

namespace Silo.Server.Accounts;

/// <summary>
/// Recipients that the account accepted over the last 24 hours, in slots of 5 minutes (GetAccount, SentLast24Hours). Counted from
/// commits; stored each minute, so that a crash forgets at most a minute. Of several silos each counts what it stored itself, in a document
/// of its own, and reads those of the others when it stores its own.
/// </summary>
/// <param name="incarnation">Of this silo among several; null when there is one.</param>
public sealed class AccountUsage(IResourceStore resources, TimeProvider time, long? incarnation)
{
    private const string Prefix = "usage";
    private const int MaxDocuments = 1_000;
    private static readonly TimeSpan Slot = TimeSpan.FromMinutes(5);
    private static readonly int Slots = (int)(TimeSpan.FromHours(24) / Slot);

    private readonly Lock _lock = new();
    private readonly SortedDictionary<long, long> _bySlot = [];
    private readonly string _documentName = incarnation is null ? Prefix : $"{Prefix}-{incarnation}";
    private Dictionary<long, long> _others = [];

    public long Last24Hours
    {
        get
        {
            lock (_lock)
            {
                Forget();
                var oldest = OldestSlot;
                return _bySlot.Values.Sum() + _others.Where(o => o.Key > oldest).Sum(o => o.Value);
            }
        }
    }

    public void OnCommitted(IReadOnlyList<SpoolWrite> writes)
    {
        var accepted = 0L;
        foreach (var write in writes)
        {
            if (write.Append is { } append) accepted += append.Recipients.Count;
            // Those who came on a list while their mail waited were counted when it was accepted.
            if (write.Events.All(e => (TenantEventKind)e.Kind != TenantEventKind.Accepted)) continue;
            foreach (var e in write.Events)
            {
                if ((TenantEventKind)e.Kind is TenantEventKind.Suppressed or TenantEventKind.Rejected) accepted++;
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
        if (await Read(_documentName, cancellationToken) is { } counts)
        {
            lock (_lock)
            {
                foreach (var (slot, count) in counts) _bySlot[slot] = count;
            }
        }

        if (incarnation is not null) await ReadOthers(cancellationToken);
    }

    public async Task Save(CancellationToken cancellationToken)
    {
        byte[] document;
        lock (_lock)
        {
            Forget();
            document = JsonSerializer.SerializeToUtf8Bytes(_bySlot);
        }

        await Write(document, cancellationToken);
        if (incarnation is not null) await ReadOthers(cancellationToken);
    }

    private async Task Write(byte[] document, CancellationToken cancellationToken)
    {
        if (await resources.Get(ResourceKind.Account, _documentName, cancellationToken) is { } stored)
        {
            await resources.Replace(ResourceKind.Account, _documentName, document, stored.Version, cancellationToken);
            return;
        }

        // It has no ARN; what stands in its place only has to be its own.
        var resource = new NewResource(ResourceKind.Account, _documentName, _documentName, document, time.GetUtcNow(), [], int.MaxValue);
        await resources.Create(resource, cancellationToken);
    }

    private async Task ReadOthers(CancellationToken cancellationToken)
    {
        var sum = new Dictionary<long, long>();
        var page = await resources.List(ResourceKind.Account, null, Prefix, MaxDocuments, cancellationToken);
        foreach (var other in page.Items.Where(i => i.Name.StartsWith(Prefix, StringComparison.Ordinal) && i.Name != _documentName))
        {
            var counts = JsonSerializer.Deserialize<Dictionary<long, long>>(other.Document.Span)!;
            foreach (var (slot, count) in counts) sum[slot] = sum.GetValueOrDefault(slot) + count;
            // Of a silo that ended a day ago; a living one writes each minute.
            if (other.CreatedAt < time.GetUtcNow() - TimeSpan.FromHours(24) && counts.Keys.All(slot => slot <= OldestSlot))
                await resources.Delete(ResourceKind.Account, other.Name, other.Name, cancellationToken);
        }

        lock (_lock) _others = sum;
    }

    private async ValueTask<Dictionary<long, long>?> Read(string name, CancellationToken cancellationToken) =>
        await resources.Get(ResourceKind.Account, name, cancellationToken) is { } stored
            ? JsonSerializer.Deserialize<Dictionary<long, long>>(stored.Document.Span)
            : null;

    private void Forget()
    {
        var oldest = OldestSlot;
        while (_bySlot.Count > 0 && _bySlot.Keys.First() <= oldest) _bySlot.Remove(_bySlot.Keys.First());
    }

    private long OldestSlot => SlotOf(time.GetUtcNow()) - Slots;

    private static long SlotOf(DateTimeOffset at) => at.UtcTicks / Slot.Ticks;
}
