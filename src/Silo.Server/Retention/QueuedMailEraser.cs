using System.Globalization;
using System.Security.Cryptography;
using Silo.Core.QueueControl;
using Silo.Server.Tenants;
using Silo.Storage;

namespace Silo.Server.Retention;

/// <summary>
/// Cancels what waits for the address, by an order about the queue that binds at once, and is done when no delivery to it is left: what is in
/// hand ends first. With its last delivery the message goes, body and envelope.
/// </summary>
internal sealed class QueuedMailEraser(IAddressStore addresses, ITenants tenants, RandomNumberGenerator random, TimeProvider time) : IAddressEraser
{
    /// <summary>With the number of looks behind it.</summary>
    private const string Counted = "counted:";

    private static readonly TimeSpan ShortestRest = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestRest = TimeSpan.FromMinutes(1);

    public string Kind => "QueuedDeliveries";

    public async ValueTask<EraserStep> Erase(Erasure erasure, CancellationToken cancellationToken)
    {
        var found = await addresses.FindUnits(erasure.Address!, cancellationToken);
        var meant = found.Where(f => erasure.TenantName is null || f.TenantName == erasure.TenantName).ToList();
        if (meant.Count == 0) return new EraserStep(0, null);
        var looks = Looks(erasure.Cursor);
        // What is in hand ends in a moment or waits for a slow server: a look asks the store and the tenants.
        var rest = ShortestRest * Math.Pow(2, Math.Min(looks, 8));
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

    private static int Looks(string? cursor) =>
        cursor is not null && int.TryParse(cursor.AsSpan(cursor.IndexOf(':') + 1), CultureInfo.InvariantCulture, out var looks) ? looks : 0;

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
