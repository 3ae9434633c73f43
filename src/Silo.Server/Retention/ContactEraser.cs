using Silo.Server.Lists;

namespace Silo.Server.Retention;

/// <summary>
/// Takes the address off contact lists, some lists at a time: off all of them, or off those of the tenant. What it had said there goes with
/// it, so that mail to the list puts it there anew.
/// </summary>
internal sealed class ContactEraser(ContactLists lists) : IAddressEraser
{
    private const int ListsAtOnce = 100;

    public string Kind => "Contacts";

    public async ValueTask<EraserStep> Erase(Erasure erasure, CancellationToken cancellationToken)
    {
        var page = await lists.List(erasure.Cursor, ListsAtOnce, cancellationToken);
        var found = 0;
        foreach (var list in page.Items.Where(l => erasure.TenantName is null || l.TenantName == erasure.TenantName))
        {
            // Reading first: most lists do not have it, and each write is a commit.
            if (await lists.Find(list, erasure.Address!, cancellationToken) is null) continue;
            if (await lists.Remove(list, erasure.Address!, cancellationToken)) found++;
        }

        return new EraserStep(found, page.Next);
    }
}
