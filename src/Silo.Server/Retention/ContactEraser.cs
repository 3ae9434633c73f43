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
            found += await lists.Erase(list, Spellings(erasure.Address!), cancellationToken);
        return new EraserStep(found, page.Next);
    }

    /// <summary>
    /// The address as recipients are written down, and in needless quotes: so it may stand on lists of earlier releases, found by no send.
    /// </summary>
    private static string[] Spellings(string address)
    {
        var at = address.LastIndexOf('@');
        return address[0] == '"' ? [address] : [address, $"\"{address[..at]}\"{address[at..]}"];
    }
}
