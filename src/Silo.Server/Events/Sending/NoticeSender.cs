using System.Net.Http.Headers;
using Silo.Storage;

namespace Silo.Server.Events.Sending;

/// <summary>Brings notices to a destination's endpoint, in the form that its kind of target has. Safe for several threads.</summary>
internal sealed class NoticeSender(
    ArnTargets targets, SnsAddresses addresses, EndpointClient client, SigningKeys keys, SnsSubscriptions subscriptions,
    EventCounters counters, TimeProvider time)
{
    /// <summary>Records of one Firehose request, and their bytes (Firehose: 500 records and 4 MiB).</summary>
    public const int MaxRecords = 500;

    private const int MaxBatchBytes = 4 << 20;
    private static readonly TimeSpan ConfirmAgain = TimeSpan.FromHours(1);

    private readonly Dictionary<string, long> _asked = new(StringComparer.Ordinal);

    /// <summary>How many notices one POST may carry.</summary>
    public static int BatchOf(EventTarget target) => target is FirehoseTarget or CloudWatchTarget ? MaxRecords : 1;

    /// <summary>The notice would make the batch too long.</summary>
    public static bool IsFull(int batchBytes, Notice next) => batchBytes + next.Record.Length > MaxBatchBytes;

    /// <summary>Where a target's notices go; null when nothing is sent for it, or its ARN has no endpoint here.</summary>
    public Uri? EndpointOf(EventTarget target) => target switch
    {
        WebhookTarget webhook => webhook.Url,
        SnsTarget sns => targets.Find(sns.TopicArn)?.Url,
        FirehoseTarget firehose => targets.Find(firehose.DeliveryStreamArn)?.Url,
        EventBridgeTarget bus => targets.Find(bus.EventBusArn)?.Url,
        _ => null,
    };

    /// <param name="notices">1 to <see cref="BatchOf"/>, of one tenant, in their order.</param>
    public async Task<SendOutcome> Send(ScopedDestination destination, IReadOnlyList<Notice> notices, CancellationToken cancellationToken)
    {
        var target = destination.Destination.Target;
        if (target is CloudWatchTarget)
        {
            foreach (var notice in notices) counters.Count(destination, notice);
            return SendOutcome.Taken.Instance;
        }

        if (EndpointOf(target) is not { } endpoint) return new SendOutcome.NotNow("its ARN is mapped to no endpoint in Silo:Events:Targets");
        try
        {
            return target switch
            {
                WebhookTarget webhook => await SendSigned(endpoint, webhook.Secrets, notices[0], cancellationToken),
                EventBridgeTarget bus => await SendSigned(endpoint, Secrets(bus.EventBusArn), notices[0], cancellationToken),
                FirehoseTarget firehose => await SendRecords(endpoint, firehose, notices, cancellationToken),
                SnsTarget sns => await SendMessage(endpoint, sns, destination, notices[0], cancellationToken),
                _ => throw new ArgumentException($"{target.GetType().Name} has no endpoint.", nameof(destination)),
            };
        }
        catch (StorageException)
        {
            return new SendOutcome.NotNow("the store of this server could not be asked");
        }
    }

    private Task<SendOutcome> SendSigned(Uri endpoint, IReadOnlyList<string> secrets, Notice notice, CancellationToken cancellationToken) =>
        client.Post(
            endpoint, Content(notice.Record, "application/json"),
            WebhookSignature.Headers(secrets, notice.Id, time.GetUtcNow(), notice.Record.Span), cancellationToken);

    /// <summary>
    /// A record on each line, with the headers of Firehose's HTTP endpoint deliveries (Firehose developer guide, HTTP endpoint delivery
    /// request specification; its own body would be base64 in JSON).
    /// </summary>
    private Task<SendOutcome> SendRecords(
        Uri endpoint, FirehoseTarget target, IReadOnlyList<Notice> notices, CancellationToken cancellationToken)
    {
        var body = new byte[notices.Sum(n => n.Record.Length + 1)];
        var at = 0;
        foreach (var notice in notices)
        {
            notice.Record.CopyTo(body.AsMemory(at));
            at += notice.Record.Length;
            body[at++] = (byte)'\n';
        }

        // Of first and last: a batch that is made anew may have grown, and is another request then.
        List<(string, string)> headers =
        [
            ("X-Amz-Firehose-Protocol-Version", "1.0"), ("X-Amz-Firehose-Request-Id", $"{notices[0].Id}_{notices[^1].Sequence}"),
            ("X-Amz-Firehose-Source-Arn", target.DeliveryStreamArn),
        ];
        if (targets.Find(target.DeliveryStreamArn)?.Secret is { } key) headers.Add(("X-Amz-Firehose-Access-Key", key));
        return client.Post(endpoint, Content(body, "application/x-ndjson"), headers, cancellationToken);
    }

    private async Task<SendOutcome> SendMessage(
        Uri endpoint, SnsTarget target, ScopedDestination destination, Notice notice, CancellationToken cancellationToken)
    {
        var subscription = SnsSubscriptions.NameOf(destination, endpoint);
        var envelope = new SnsEnvelope(await keys.Get(cancellationToken), addresses);
        if (!await subscriptions.IsConfirmed(subscription, cancellationToken))
            return await Ask(endpoint, envelope, target.TopicArn, subscription, cancellationToken);
        var (body, headers) = envelope.Notification(target.TopicArn, subscription, notice, time.GetUtcNow());
        return await client.Post(endpoint, SnsContent(body), headers, cancellationToken);
    }

    /// <summary>Asks the endpoint to confirm, once an hour at most; until it does nothing of any notice leaves.</summary>
    private async Task<SendOutcome> Ask(
        Uri endpoint, SnsEnvelope envelope, string topicArn, string subscription, CancellationToken cancellationToken)
    {
        var waits = new SendOutcome.Unconfirmed("its endpoint has not confirmed the subscription");
        lock (_asked)
        {
            if (_asked.TryGetValue(subscription, out var asked) && time.GetElapsedTime(asked) < ConfirmAgain) return waits;
            _asked[subscription] = time.GetTimestamp();
        }

        var (body, headers) = envelope.Confirmation(topicArn, subscription, time.GetUtcNow());
        var outcome = await client.Post(endpoint, SnsContent(body), headers, cancellationToken);
        if (outcome is SendOutcome.Taken) return waits;
        lock (_asked) _asked.Remove(subscription);
        return outcome;
    }

    private static ByteArrayContent SnsContent(byte[] body) => Content(body, "text/plain; charset=UTF-8");

    private static ByteArrayContent Content(ReadOnlyMemory<byte> body, string type)
    {
        var content = new ByteArrayContent(body.ToArray());
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        content.Headers.ContentLength = body.Length;
        return content;
    }

    private IReadOnlyList<string> Secrets(string arn) => targets.Find(arn)?.Secret is { } secret ? [secret] : [];
}
