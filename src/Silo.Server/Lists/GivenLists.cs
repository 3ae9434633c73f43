using System.Text.Json;
using Silo.Core.Contacts;
using Silo.Storage;

namespace Silo.Server.Lists;

/// <summary>
/// Which lists under the account's names were given to which tenant. They are among all others, so they are looked through for all tenants
/// at once and remembered for half a minute: what a tenant's key asks for costs no more where others have many. Safe for several threads.
/// </summary>
internal sealed class GivenLists(IResourceStore store, TimeProvider time)
{
    private const int PageSize = 500;
    private static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(30);

    private readonly SemaphoreSlim _turn = new(1);
    private (ILookup<string, ContactList> ByTenant, long At)? _known;

    public async ValueTask<IEnumerable<ContactList>> Of(string tenantId, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            if (_known is not { } known || time.GetElapsedTime(known.At) >= MaxAge)
                _known = known = ((await Read(cancellationToken)).ToLookup(l => l.TenantId!, StringComparer.Ordinal), time.GetTimestamp());
            return known.ByTenant[tenantId];
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task<List<ContactList>> Read(CancellationToken cancellationToken)
    {
        var given = new List<ContactList>();
        string? after = null;
        do
        {
            var page = await store.List(ResourceKind.ContactList, after, null, PageSize, cancellationToken);
            given.AddRange(page.Items.Select(i => JsonSerializer.Deserialize(i.Document.Span, ListJson.Default.ContactList)!)
                .Where(l => l is { TenantId: not null, IsNamedByTenant: false }));
            after = page.Next;
        }
        while (after is not null);
        return given;
    }
}
