using System.Security.Cryptography;
using Silo.Server.Events;
using Silo.Server.SesApi;
using Silo.Server.SesApi.Operations.EventDestinations;

namespace Silo.Server.AdminApi;

/// <summary>One of SES's destinations or a webhook; MatchingEventTypes as in SES.</summary>
/// <param name="Enabled">Default true.</param>
internal sealed record PutEventDestinationRequest(
    bool? Enabled, IReadOnlyList<string?>? MatchingEventTypes, WebhookDestination? WebhookDestination,
    KinesisFirehoseDestination? KinesisFirehoseDestination, CloudWatchDestination? CloudWatchDestination, SnsDestination? SnsDestination,
    EventBridgeDestination? EventBridgeDestination)
{
    public bool HasOther => KinesisFirehoseDestination is not null || CloudWatchDestination is not null || SnsDestination is not null
        || EventBridgeDestination is not null;

    public EventDestinationDefinition ToDefinition() => new(
        Enabled, MatchingEventTypes, KinesisFirehoseDestination, CloudWatchDestination, SnsDestination, EventBridgeDestination, null);
}

/// <param name="Url">http or https.</param>
/// <param name="Secrets">1 to 3 of "whsec_" and base64; the first is the newest. Without any the ones of before stay, or one is made.</param>
internal sealed record WebhookDestination(string? Url, IReadOnlyList<string?>? Secrets);

/// <param name="DisabledReason">Why the service disabled it, and when (epoch seconds).</param>
internal sealed record EventDestinationAnswer(
    string Name, bool Enabled, IReadOnlyList<string> MatchingEventTypes, WebhookDestination? WebhookDestination,
    KinesisFirehoseDestination? KinesisFirehoseDestination, CloudWatchDestination? CloudWatchDestination, SnsDestination? SnsDestination,
    EventBridgeDestination? EventBridgeDestination, string? DisabledReason, decimal? DisabledTimestamp);

internal sealed record ListEventDestinationsResponse(IReadOnlyList<EventDestinationAnswer> EventDestinations);

internal static class WebhookShape
{
    private const string Member = "WebhookDestination";
    private const string SecretPrefix = "whsec_";
    private const int MaxUrlCharacters = 2_048;
    private const int MaxSecrets = 3;
    private const int SecretBytes = 32;

    /// <param name="withSecrets">In the answer to the call that made one; nobody is shown them later.</param>
    public static EventDestinationAnswer Describe(EventDestination destination, bool withSecrets = false)
    {
        var ses = EventDestinationShape.Describe(destination);
        return new EventDestinationAnswer(
            ses.Name, ses.Enabled, ses.MatchingEventTypes,
            destination.Target is WebhookTarget hook ? new WebhookDestination(hook.Url.AbsoluteUri, withSecrets ? hook.Secrets : null) : null,
            ses.KinesisFirehoseDestination, ses.CloudWatchDestination, ses.SnsDestination, ses.EventBridgeDestination,
            destination.DisabledReason, destination.DisabledAt is { } at ? EpochSeconds.From(at) : null);
    }

    /// <summary>Null when something is wrong, which the checks then say.</summary>
    public static WebhookTarget? Check(WebhookDestination webhook, WebhookTarget? before, RandomNumberGenerator random, MemberChecks checks)
    {
        if (!checks.RequiredText(webhook.Url, $"{Member}.Url")) return null;
        checks.Length(webhook.Url, $"{Member}.Url", 1, MaxUrlCharacters);
        if (!Uri.TryCreate(webhook.Url, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https")
            || url.UserInfo.Length > 0 || url.Fragment.Length > 0)
        {
            checks.Fail($"{Member}.Url must be an http or https URL without user name and fragment");
            return null;
        }

        if (webhook.Secrets is not { Count: > 0 } secrets) return new WebhookTarget(url, before?.Secrets ?? [NewSecret(random)]);
        if (!checks.Items(secrets, $"{Member}.Secrets", MaxSecrets)) return null;
        if (secrets.All(IsSecret)) return new WebhookTarget(url, [.. secrets.Select(s => s!)]);
        checks.Fail($"{Member}.Secrets must each be {SecretPrefix} and the base64 of 24 to 64 bytes");
        return null;
    }

    private static bool IsSecret(string? secret)
    {
        if (secret is null || !secret.StartsWith(SecretPrefix, StringComparison.Ordinal)) return false;
        Span<byte> key = stackalloc byte[66];
        return Convert.TryFromBase64String(secret[SecretPrefix.Length..], key, out var bytes) && bytes is >= 24 and <= 64;
    }

    private static string NewSecret(RandomNumberGenerator random)
    {
        var key = new byte[SecretBytes];
        random.GetBytes(key);
        return SecretPrefix + Convert.ToBase64String(key);
    }
}
