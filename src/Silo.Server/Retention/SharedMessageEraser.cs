using System.Text.Json;
using Silo.Core.Messages;
using Silo.Storage;

namespace Silo.Server.Retention;

/// <summary>
/// Waits for messages that name the address and are still on their way to others: they cannot be changed without breaking their signature,
/// and are gone with their last delivery.
/// </summary>
internal sealed class SharedMessageEraser(IAddressStore addresses) : IAddressEraser
{
    private const int RowsAtOnce = 1_000;
    private static readonly TimeSpan Rest = TimeSpan.FromMinutes(1);

    public string Kind => "MessagesToOthers";

    public async ValueTask<EraserStep> Erase(Erasure erasure, CancellationToken cancellationToken)
    {
        var redactor = new AddressRedactor(erasure.Address!, "erased");
        var (after, found) = ((string?)null, 0L);
        IReadOnlyList<AddressRow> rows;
        do
        {
            rows = await addresses.Read(AddressTable.Envelopes, after, RowsAtOnce, cancellationToken);
            found += rows.Count(r => redactor.Contains(r.Text.Span) && IsMeant(r.Text.Span, erasure));
            if (rows.Count > 0) after = rows[^1].Place;
        }
        while (rows.Count == RowsAtOnce);

        // Told once, when they are found first.
        return found == 0 ? new EraserStep(0, null) : new EraserStep(erasure.Cursor is null ? found : 0, "waits", Rest);
    }

    private static bool IsMeant(ReadOnlySpan<byte> envelope, Erasure erasure)
    {
        var read = JsonSerializer.Deserialize<Envelope>(envelope);
        return read is not null && (erasure.TenantName is null || read.TenantName == erasure.TenantName)
            && read.Destination.Any(d => d.Equals(erasure.Address, StringComparison.OrdinalIgnoreCase));
    }
}
