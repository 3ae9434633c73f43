using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Silo.Core.Feedback;

namespace Silo.Server.Events.Sending;

/// <summary>
/// Writes messages as SNS posts them (SNS developer guide, HTTP/HTTPS notification and subscription confirmation JSON format), signed with
/// this platform's own key.
/// </summary>
internal sealed class SnsEnvelope(SigningKeys.Loaded keys, SnsAddresses addresses)
{
    public const string CertificatePath = "/silo/v1/sns/certificate.pem";
    public const string ConfirmPath = "/silo/v1/sns/confirm";
    public const string UnsubscribePath = "/silo/v1/sns/unsubscribe";

    // As SES gives it to what it publishes.
    private const string Subject = "Amazon SES Email Event Notification";

    /// <summary>How long a confirmation can be answered (SNS: tokens are good for two days; three here, as what waits).</summary>
    public static readonly TimeSpan TokenValidity = TimeSpan.FromDays(3);

    private static readonly TimeSpan UnsubscribeValidity = TimeSpan.FromDays(365);

    public (byte[] Body, IReadOnlyList<(string Name, string Value)> Headers) Notification(
        string topicArn, string subscription, Notice notice, DateTimeOffset now)
    {
        var message = Message(SnsMessageType.Notification, notice.Id, topicArn, Encoding.UTF8.GetString(notice.Record.Span), now)
            with { Subject = Subject };
        var token = SubscriptionToken.Write(keys, SubscriptionStep.End, subscription, now + UnsubscribeValidity);
        return Write(message, subscription, addresses.Of($"{UnsubscribePath}?token={token}"));
    }

    public (byte[] Body, IReadOnlyList<(string Name, string Value)> Headers) Confirmation(
        string topicArn, string subscription, DateTimeOffset now)
    {
        var token = SubscriptionToken.Write(keys, SubscriptionStep.Confirm, subscription, now + TokenValidity);
        var message = Message(
            SnsMessageType.SubscriptionConfirmation, $"{subscription} {now.UtcTicks}", topicArn,
            $"You have chosen to subscribe to the topic {topicArn}.\nTo confirm the subscription, visit the SubscribeURL included in this message.",
            now) with
        {
            Token = token, SubscribeUrl = addresses.Of($"{ConfirmPath}?token={token}"),
        };
        return Write(message, subscription, null);
    }

    /// <summary>The ARN that a topic's subscription goes by.</summary>
    public static string SubscriptionArn(string topicArn, string subscription) => $"{topicArn}:{IdOf(subscription)}";

    private SnsMessage Message(SnsMessageType type, string id, string topicArn, string text, DateTimeOffset now) => new()
    {
        Type = type, MessageId = IdOf(id), TopicArn = topicArn, Message = text,
        Timestamp = now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture),
        SignatureVersion = "2", Signature = "", SigningCertUrl = addresses.Of(CertificatePath),
    };

    private (byte[] Body, IReadOnlyList<(string Name, string Value)> Headers) Write(SnsMessage message, string subscription, string? unsubscribe)
    {
        var signature = Convert.ToBase64String(keys.Sign(message.SignedBytes()));
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            json.WriteString("Type", message.Type.ToString());
            json.WriteString("MessageId", message.MessageId);
            if (message.Token is not null) json.WriteString("Token", message.Token);
            json.WriteString("TopicArn", message.TopicArn);
            if (message.Subject is not null) json.WriteString("Subject", message.Subject);
            json.WriteString("Message", message.Message);
            if (message.SubscribeUrl is not null) json.WriteString("SubscribeURL", message.SubscribeUrl);
            json.WriteString("Timestamp", message.Timestamp);
            json.WriteString("SignatureVersion", message.SignatureVersion);
            json.WriteString("Signature", signature);
            json.WriteString("SigningCertURL", message.SigningCertUrl);
            if (unsubscribe is not null) json.WriteString("UnsubscribeURL", unsubscribe);
            json.WriteEndObject();
        }

        List<(string, string)> headers =
        [
            ("x-amz-sns-message-type", message.Type.ToString()), ("x-amz-sns-message-id", message.MessageId),
            ("x-amz-sns-topic-arn", message.TopicArn),
        ];
        if (message.Type == SnsMessageType.Notification)
            headers.Add(("x-amz-sns-subscription-arn", SubscriptionArn(message.TopicArn, subscription)));
        return (bytes.ToArray(), headers);
    }

    // SNS's ids are UUIDs; the same each time that the same is sent.
    private static string IdOf(string text) => new Guid(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 16)).ToString();
}

/// <summary>How endpoints reach this server.</summary>
/// <param name="PublicUrl">Without a slash at its end.</param>
internal sealed record SnsAddresses(string PublicUrl)
{
    public string Of(string path) => PublicUrl + path;
}
