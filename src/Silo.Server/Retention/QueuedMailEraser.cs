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
    private const string Counted = "counted";
    private static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(250);

    public string Kind => "QueuedDeliveries";

    public async ValueTask<EraserStep> Erase(Erasure erasure, CancellationToken cancellationToken)
    {
        var found = await addresses.FindUnits(erasure.Address!, cancellationToken);
        var meant = found.Where(f => erasure.TenantName is null || f.TenantName == erasure.TenantName).ToList();
        if (meant.Count == 0) return new EraserStep(0, null);
        foreach (var (_, name, _) in meant)
        {
            var order = new QueueOrder(erasure.Id, QueueAction.Cancel, FilterOf(erasure.Address!), time.GetUtcNow(), "The recipient was erased.");
            // One that is in force already is acknowledged again; with too many of others this waits for its turn.
            await tenants.Get(name).OrderQueue(order, cancellationToken);
        }

        return new EraserStep(erasure.Cursor == Counted ? 0 : meant.Sum(m => m.Units), Counted, Rest);
    }

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
