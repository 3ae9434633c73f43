using System.Text;
using System.Text.Json;
using Silo.Core.Contacts;
using Silo.Storage;

namespace Silo.Server.Retention;

/// <summary>Puts the pseudonym in place of the address in one of the store's tables, a thousand rows at a time.</summary>
internal sealed class StoredTextEraser(IAddressStore addresses, AddressTable table) : IAddressEraser
{
    private const int RowsAtOnce = 1_000;

    public string Kind => table.ToString();

    public async ValueTask<EraserStep> Erase(Erasure erasure, CancellationToken cancellationToken)
    {
        var rows = await addresses.Read(table, erasure.Cursor, RowsAtOnce, cancellationToken);
        var redactor = new AddressRedactor(erasure.Address!, erasure.Pseudonym[..erasure.Pseudonym.LastIndexOf('@')]);
        var changed = new List<AddressRow>();
        foreach (var row in rows)
        {
            if (row.TenantKey != 0 && erasure.TenantName is not null && row.TenantKey != erasure.TenantKey) continue;
            var changedText = table == AddressTable.AuditResources ? Named(row, erasure) : redactor.Rewrite(row.Text.Span);
            if (changedText is not { } rewritten) continue;
            if (row.TenantKey == 0 && erasure.TenantName is { } tenant && !IsOf(row.Text, tenant)) continue;
            changed.Add(row with { Text = rewritten });
        }

        var found = await addresses.Replace(table, changed, cancellationToken);
        return new EraserStep(found, rows.Count < RowsAtOnce ? null : rows[^1].Place);
    }

    /// <summary>An ARN that ends with the address, which no byte before it tells from a longer one.</summary>
    private static byte[]? Named(AddressRow row, Erasure erasure)
    {
        const string type = ":address/";
        var resource = Encoding.UTF8.GetString(row.Text.Span);
        var at = resource.IndexOf(type, StringComparison.Ordinal) + type.Length;
        return at >= type.Length && string.Equals(Contact.Plain(resource[at..]), erasure.Address, StringComparison.OrdinalIgnoreCase)
            ? Encoding.UTF8.GetBytes(resource[..at] + erasure.Pseudonym)
            : null;
    }

    /// <summary>What is kept of a message names its tenant among its tags.</summary>
    private static bool IsOf(ReadOnlyMemory<byte> facts, string tenantName)
    {
        try
        {
            using var json = JsonDocument.Parse(facts);
            return json.RootElement.TryGetProperty("tags", out var tags) && tags.TryGetProperty("ses:tenant-name", out var names)
                && names.ValueKind == JsonValueKind.Array && names.EnumerateArray().Any(n => n.ValueEquals(tenantName));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return false;
        }
    }
}
