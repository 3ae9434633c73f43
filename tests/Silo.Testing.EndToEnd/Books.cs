using Silo.Core.Tenants;
using Silo.Storage;
using Xunit;

namespace Silo.Testing.EndToEnd;

/// <summary>The books of a store whose processes have ended: folded from its log, and checked against its spool.</summary>
public sealed record Books(IReadOnlyDictionary<string, TenantBooks> ByTenant, IReadOnlyList<TenantEvent> Events)
{
    /// <param name="setAside">Units that may still be there; no other may.</param>
    public static async Task<Books> Read(ISiloStore store, long setAside = 0)
    {
        var ledgers = new Dictionary<long, TenantLedger>();
        var events = new List<TenantEvent>();
        long position = 0;
        while (await store.Events.ReadFrom(position, 10_000, default) is { Count: > 0 } page)
        {
            position = page[^1].Position;
            foreach (var stored in page)
            {
                if (!ledgers.TryGetValue(stored.TenantKey, out var ledger))
                    ledgers.Add(stored.TenantKey, ledger = TenantLedger.New(stored.At, null));
                var e = TenantEvent.FromPayload(stored.Sequence, stored.At, stored.Kind, stored.Payload.Span);
                ledger.Apply(e);
                events.Add(e);
            }
        }

        var counts = await store.Spool.CountQueued(default);
        Assert.Equal(ledgers.Values.Sum(l => l.Books.Open), counts.Sum(c => c.Queued + c.SetAside));
        Assert.Equal((0, setAside), (counts.Sum(c => c.Queued), counts.Sum(c => c.SetAside)));
        Assert.Empty(await store.Spool.ReadUnsettled(default));
        var books = new Dictionary<string, TenantBooks>();
        foreach (var listing in (await store.Tenants.List(new TenantFilter(), 1_000, default)).Items)
            books.Add(listing.Name, ledgers[(await store.Tenants.Load(listing.Name, default))!.TenantKey].Books);
        return new Books(books, events);
    }

    public static TenantBooks Sum(IEnumerable<TenantBooks> books) => books.Aggregate(new TenantBooks(), (s, b) => s with
    {
        Accepted = s.Accepted + b.Accepted, HandedOver = s.HandedOver + b.HandedOver,
        PossibleDuplicates = s.PossibleDuplicates + b.PossibleDuplicates,
    });
}
