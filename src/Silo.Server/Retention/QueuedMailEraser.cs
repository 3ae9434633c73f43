using System.Globalization;
using System.Security.Cryptography;
using Silo.Core.QueueControl;
using Silo.Server.Tenants;
using Silo.Storage;

namespace Silo.Server.Retention;

/// <summary>
/// Cancels what waits for the address, by an order about the queue that binds at once, and is done when no delivery to it is left: what is in
/// hand ends first. With its last delivery the message goes, body and envelope. Then it waits until all that was being stored is: an event
/// of a writer that stalls would be read by none of the erasers that follow.
/// </summary>
internal sealed class QueuedMailEraser(IAddressStore addresses, ITenants tenants, RandomNumberGenerator random, TimeProvider time) : IAddressEraser
{
    /// <summary>With the number of looks behind it.</summary>
    private const string Counted = "counted:";

    /// <summary>With the number of looks behind it, a colon, and the end that is waited for.</summary>
    private const string Settling = "settling:";

    private const string Settled = "settled";

    private static readonly TimeSpan ShortestRest = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestRest = TimeSpan.FromMinutes(1);

    public string Kind => "QueuedDeliveries";

    public async ValueTask<EraserStep> Erase(Erasure erasure, CancellationToken cancellationToken)
    {
        var found = await addresses.FindUnits(erasure.Address!, cancellationToken);
        var meant = found.Where(f => erasure.TenantName is null || f.TenantName == erasure.TenantName).ToList();
        var looks = Looks(erasure.Cursor);
        // What is in hand ends in a moment or waits for a slow server: a look asks the store and the tenants.
        var rest = ShortestRest * Math.Pow(2, Math.Min(looks, 8));
        if (meant.Count == 0) return await Settle(erasure.Cursor, looks, rest, cancellationToken);
        foreach (var (_, name, _) in meant)
        {
            var order = new QueueOrder(erasure.Id, QueueAction.Cancel, FilterOf(erasure.Address!), time.GetUtcNow(), "The recipient was erased.");
            // One that is in force already is acknowledged again; with too many of others this waits for its turn, which takes a person.
            var reply = await tenants.Get(name).OrderQueue(order, cancellationToken);
            if (reply.Result != QueueOrderResult.InForce) rest = LongestRest;
        }

        return new EraserStep(
            erasure.Cursor is null ? meant.Sum(m => m.Units) : 0, Counted + (looks + 1).ToString(CultureInfo.InvariantCulture),
            rest < LongestRest ? rest : LongestRest);
    }

    /// <summary>Done when all that was being stored is settled, and a look at the queue afterwards has found nothing.</summary>
    private async ValueTask<EraserStep> Settle(string? cursor, int looks, TimeSpan rest, CancellationToken cancellationToken)
    {
        if (cursor?.StartsWith(Settling, StringComparison.Ordinal) != true)
        {
            var mark = await addresses.MarkEnd(cancellationToken);
            return new EraserStep(0, string.Create(CultureInfo.InvariantCulture, $"{Settling}0:{mark}"));
        }

        var end = cursor.Split(':')[2];
        if (end == Settled) return new EraserStep(0, null);
        return await addresses.IsSettled(end, cancellationToken)
            ? new EraserStep(0, $"{Settling}0:{Settled}")
            : new EraserStep(
                0, string.Create(CultureInfo.InvariantCulture, $"{Settling}{looks + 1}:{end}"), rest < LongestRest ? rest : LongestRest);
    }

    private static int Looks(string? cursor) =>
        cursor?.Split(':') is [_, var text, ..] && int.TryParse(text, CultureInfo.InvariantCulture, out var looks) ? looks : 0;

    private QueueFilter FilterOf(string address)
    {
        Span<byte> salt = stackalloc byte[RecipientDigest.SaltBytes];
        random.GetBytes(salt);
        return new QueueFilter
        {
            RecipientDomain = address[(address.LastIndexOf('@') + 1)..], RecipientDigest = RecipientDigest.Of(address, salt),
        };
    }
}
