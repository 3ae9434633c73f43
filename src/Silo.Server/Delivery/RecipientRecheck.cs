using Silo.Core.Contacts;
using Silo.Core.Delivery;
using Silo.Core.Messages;
using Silo.Core.Pacing;
using Silo.Core.Suppression;
using Silo.Core.Tenants;
using Silo.Server.Accounts;
using Silo.Server.Lists;
using Silo.Storage;

namespace Silo.Server.Delivery;

/// <summary>
/// Asks again, directly before mail leaves that has waited, what was asked when it was accepted: whether the recipient has come on a
/// suppression list, has opted out of bulk mail, or has left the contact list. Mail that leaves at once costs no look-up (decision 28).
/// </summary>
internal sealed class RecipientRecheck(ISiloStore store, AccountResources resources, ContactLists lists, TimeProvider time)
{
    /// <summary>Since the acceptance: what was asked then holds for so long.</summary>
    public static readonly TimeSpan After = TimeSpan.FromMinutes(5);

    public bool IsDue(Envelope envelope) => time.GetUtcNow() - envelope.AcceptedAt >= After;

    /// <summary>Why the recipient gets nothing of it any more; null when it may leave.</summary>
    /// <param name="tenant">The tenant's settings of suppression, null without any.</param>
    /// <exception cref="StorageException">It cannot be told now.</exception>
    public async ValueTask<DeliveryResult?> Ask(
        Envelope envelope, QueuedUnit unit, TenantSuppression? tenant, CancellationToken cancellationToken)
    {
        if (await HasLeft(envelope, unit, cancellationToken)) return KeptBack(BounceSubType.UnsubscribedRecipient, null);
        var set = envelope.ConfigurationSetName is { } name ? await resources.GetConfigurationSet(name, cancellationToken) : null;
        var settings = SuppressionSettings.Resolve(
            set?.SuppressionOptions?.SuppressionScope, set?.SuppressionOptions?.SuppressedReasons, tenant,
            (await resources.GetSettings(cancellationToken)).SuppressedReasons, envelope.TenantName == TenantName.Account);
        if (settings.IsOff) return null;
        var listed = await store.Suppressions.Find(envelope.TenantName, [unit.Recipient], cancellationToken);
        return settings.Find(unit.Recipient, listed) is { } reason
            ? KeptBack(settings.OfTenant ? BounceSubType.OnTenantSuppressionList : BounceSubType.OnAccountSuppressionList, reason)
            : null;
    }

    private async ValueTask<bool> HasLeft(Envelope envelope, QueuedUnit unit, CancellationToken cancellationToken)
    {
        if (unit.Stream == MailStream.Bulk
            && (await store.OptOuts.Find(envelope.TenantName, [unit.Recipient], cancellationToken)).Count > 0) return true;
        // With a list that is gone its contacts are gone too, and what they said of it.
        if (envelope.ListId is not { } id) return false;
        if (await lists.GetByKey(envelope.ListKey!, cancellationToken) is not { } list || list.Id != id) return false;
        return Subscriptions.StatusOf(list, await lists.Find(list, unit.Recipient, cancellationToken), envelope.ListTopic)
            == SubscriptionStatus.OptOut;
    }

    private static DeliveryResult KeptBack(BounceSubType subType, SuppressionReason? listedFor) =>
        DeliveryResult.NotStarted with { KeptBackAs = subType, ListedFor = listedFor };
}
