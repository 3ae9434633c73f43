using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Silo.Core.Feedback;

/// <summary>What an SNS message asks for.</summary>
public enum SnsMessageType
{
    Notification,
    SubscriptionConfirmation,
    UnsubscribeConfirmation,
}

/// <summary>
/// A message of SNS as it arrives over HTTPS (SNS developer guide, HTTP/HTTPS notification JSON format). Not yet verified.
/// </summary>
public sealed record SnsMessage
{
    public required SnsMessageType Type { get; init; }

    public required string MessageId { get; init; }

    public required string TopicArn { get; init; }

    /// <summary>For a notification of SES: the record. At most 512 KiB.</summary>
    public required string Message { get; init; }

    /// <summary>As it was sent: it is signed in this form.</summary>
    public required string Timestamp { get; init; }

    public required string SignatureVersion { get; init; }

    /// <summary>Base64.</summary>
    public required string Signature { get; init; }

    public required string SigningCertUrl { get; init; }

    public string? Subject { get; init; }

    /// <summary>Of the two confirmations.</summary>
    public string? SubscribeUrl { get; init; }

    public string? Token { get; init; }

    /// <summary>False: the bytes are no such message, or lack something that one has.</summary>
    public static bool TryRead(ReadOnlyMemory<byte> json, [NotNullWhen(true)] out SnsMessage? message)
    {
        message = null;
        using var document = JsonMembers.Parse(json);
        if (document?.RootElement is not { } root) return false;
        if (TypeOf(root.Text("Type")) is not { } type) return false;
        if (root.Text("MessageId") is not { Length: > 0 } id || root.Text("TopicArn") is not { Length: > 0 } topic
            || root.Text("Message", FeedbackLimits.MaxJsonBytes) is not { } text || root.Text("Timestamp") is not { Length: > 0 } at
            || root.Text("SignatureVersion") is not { } version || root.Text("Signature", 4_096) is not { } signature
            || root.Text("SigningCertURL") is not { } certificate) return false;
        message = new SnsMessage
        {
            Type = type, MessageId = id, TopicArn = topic, Message = text, Timestamp = at,
            SignatureVersion = version, Signature = signature, SigningCertUrl = certificate, Subject = root.Text("Subject"),
            SubscribeUrl = root.Text("SubscribeURL", 4_096), Token = root.Text("Token", 4_096),
        };
        return type == SnsMessageType.Notification || message is { SubscribeUrl: not null, Token: not null };
    }

    /// <summary>What the signature covers: names and values in a fixed order, each on a line of its own.</summary>
    public byte[] SignedBytes()
    {
        var text = new StringBuilder();
        void Add(string name, string? value)
        {
            if (value is not null) text.Append(name).Append('\n').Append(value).Append('\n');
        }

        Add("Message", Message);
        Add("MessageId", MessageId);
        if (Type == SnsMessageType.Notification) Add("Subject", Subject);
        else Add("SubscribeURL", SubscribeUrl);
        Add("Timestamp", Timestamp);
        if (Type != SnsMessageType.Notification) Add("Token", Token);
        Add("TopicArn", TopicArn);
        Add("Type", Type.ToString());
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static SnsMessageType? TypeOf(string? name) => name switch
    {
        "Notification" => SnsMessageType.Notification,
        "SubscriptionConfirmation" => SnsMessageType.SubscriptionConfirmation,
        "UnsubscribeConfirmation" => SnsMessageType.UnsubscribeConfirmation,
        _ => null,
    };
}
