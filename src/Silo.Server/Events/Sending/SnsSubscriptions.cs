using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Silo.Storage;

namespace Silo.Server.Events.Sending;

/// <summary>
/// Which endpoints of SNS destinations have confirmed that they want what is sent. One that gets another URL has to confirm anew. Safe for
/// several threads.
/// </summary>
internal sealed partial class SnsSubscriptions(IResourceStore store, TimeProvider time)
{
    private const int MaxSubscriptions = 100_000;
    private const int MaxRemembered = 10_000;

    private readonly ConcurrentDictionary<string, bool> _confirmed = new(StringComparer.Ordinal);

    /// <summary>Told of each subscription that is confirmed here.</summary>
    public Action<string>? Confirmed { get; set; }

    /// <summary>The name of a destination's subscription: the same for all silos.</summary>
    public static string NameOf(ScopedDestination destination, Uri endpoint) =>
        $"{destination.Id}#{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(endpoint.AbsoluteUri)).AsSpan(0, 12))}";

    /// <summary>The id of the destination of a subscription.</summary>
    public static string DestinationOf(string subscription) => subscription[..subscription.LastIndexOf('#')];

    /// <exception cref="StorageException">It is not known now.</exception>
    public async ValueTask<bool> IsConfirmed(string subscription, CancellationToken cancellationToken)
    {
        if (_confirmed.ContainsKey(subscription)) return true;
        if (await store.Get(ResourceKind.EventSubscription, subscription, cancellationToken) is null) return false;
        Remember(subscription);
        return true;
    }

    /// <summary>False when there are too many.</summary>
    public async ValueTask<bool> Confirm(string subscription, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var json = JsonSerializer.SerializeToUtf8Bytes(new(now), SubscriptionJson.Default.SubscriptionDocument);
        var creation = await store.Create(
            new NewResource(ResourceKind.EventSubscription, subscription, subscription, json, now, [], MaxSubscriptions), cancellationToken);
        if (creation == ResourceCreation.LimitReached) return false;
        Remember(subscription);
        Confirmed?.Invoke(subscription);
        return true;
    }

    private void Remember(string subscription)
    {
        if (_confirmed.Count >= MaxRemembered) _confirmed.Clear();
        _confirmed[subscription] = true;
    }

    internal sealed record SubscriptionDocument(DateTimeOffset ConfirmedAt);

    [JsonSerializable(typeof(SubscriptionDocument))]
    private sealed partial class SubscriptionJson : JsonSerializerContext;
}
