using System.Text.Json;
using Silo.Core.Messages;
using Silo.Storage;

namespace Silo.Server.Retention;

/// <summary>
/// Waits for messages that name the address and are still on their way to others: they cannot be changed without breaking their signature,
/// and are gone with their last delivery. First it counts them, a page of the spool at a time; then it looks at the first page that had one
/// until none is left there, and goes on behind it: a message that comes later lies further on.
/// </summary>
internal sealed class SharedMessageEraser(IAddressStore addresses) : IAddressEraser
{
    private const int RowsAtOnce = 1_000;
    private static readonly TimeSpan Rest = TimeSpan.FromMinutes(1);

    public string Kind => "MessagesToOthers";

    public async ValueTask<EraserStep> Erase(Erasure erasure, CancellationToken cancellationToken)
    {
        var at = Place.Parse(erasure.Cursor);
        var redactor = new AddressRedactor(erasure.Address!, "erased");
        var rows = await addresses.Read(AddressTable.Envelopes, at.After, RowsAtOnce, cancellationToken);
        var found = rows.Count(r => redactor.Contains(r.Text.Span) && IsMeant(r.Text.Span, erasure));
        var (isLast, next) = (rows.Count < RowsAtOnce, at with { After = rows.Count == 0 ? at.After : rows[^1].Place });
        if (!at.Counts)
            return found > 0 ? new EraserStep(0, at.ToString(), Rest) : new EraserStep(0, isLast ? null : next.ToString());
        if (found > 0 && !at.HasFound) next = next with { HasFound = true, First = at.After };
        if (!isLast) return new EraserStep(found, next.ToString());
        return next.HasFound ? new EraserStep(found, new Place(false, true, null, next.First).ToString(), Rest) : new EraserStep(found, null);
    }

    /// <param name="Counts">Else it waits.</param>
    /// <param name="First">While it counts: behind it lies the first page that had any, if <paramref name="HasFound"/>.</param>
    /// <param name="After">Behind it lies the page to look at; null for the first one.</param>
    private readonly record struct Place(bool Counts, bool HasFound, string? First, string? After)
    {
        public static Place Parse(string? cursor)
        {
            if (cursor is null) return new(true, false, null, null);
            var parts = cursor.Split(':');
            // As the release before wrote it: wait, from the beginning.
            if (parts.Length != 4) return new(false, true, null, null);
            return new(parts[0] == "counts", parts[1] == "found", Null(parts[2]), Null(parts[3]));
        }

        public override string ToString() => $"{(Counts ? "counts" : "waits")}:{(HasFound ? "found" : "")}:{First}:{After}";

        private static string? Null(string text) => text.Length == 0 ? null : text;
    }

    private static bool IsMeant(ReadOnlySpan<byte> envelope, Erasure erasure)
    {
        var read = JsonSerializer.Deserialize<Envelope>(envelope);
        return read is not null && (erasure.TenantName is null || read.TenantName == erasure.TenantName)
            && read.Destination.Any(d => d.Equals(erasure.Address, StringComparison.OrdinalIgnoreCase));
    }
}
