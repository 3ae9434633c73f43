using System.Security.Cryptography;
using System.Text;
using Silo.Core.Feedback;
using Silo.Server.SesApi;
using Silo.Storage;

namespace Silo.Server.Feedback;

/// <summary>
/// Where AWS calls: no signature of ours comes along, so a message proves itself by its own (SNS) or by a secret (EventBridge). 200 means
/// stored, or found to be none; 503 asks for it again.
/// </summary>
internal sealed partial class FeedbackEndpoints(
    FeedbackOptions options, SnsVerifier sns, PinnedFetch fetch, SesFeedback records, FeedbackIntake intake, BodyBudget budget,
    ILogger<FeedbackEndpoints> logger)
{
    private readonly byte[]? _secretHash =
        options.EventBridge.Secret is { } secret ? SHA256.HashData(Encoding.UTF8.GetBytes(secret)) : null;

    public async Task HandleSns(HttpContext context) =>
        await Answer(context, options.Sns.Topics.Count == 0 ? null : body => TakeSns(body, context.RequestAborted));

    public async Task HandleEventBridge(HttpContext context) =>
        await Answer(context, _secretHash is null ? null : body => TakeEvent(body, context));

    private async Task Answer(HttpContext context, Func<ReadOnlyMemory<byte>, ValueTask<int>>? take)
    {
        if (take is null)
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        using var body = new RequestBody(budget);
        try
        {
            var unread = await body.Read(
                context.Request.BodyReader, context.Request.ContentLength, FeedbackLimits.MaxJsonBytes, context.RequestAborted);
            context.Response.StatusCode = unread?.Status ?? await take(body.Bytes);
        }
        catch (Exception e) when (e is OperationCanceledException && context.RequestAborted.IsCancellationRequested)
        {
            // The caller is gone, and will come again.
        }
        catch (BadHttpRequestException)
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
        }
        catch (StorageException)
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        }
    }

    private async ValueTask<int> TakeSns(ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        // Raw delivery has no envelope, so nothing is signed: it is refused here as well.
        if (!SnsMessage.TryRead(body, out var message)) return Refused(FeedbackSource.Sns, "NoMessage", StatusCodes.Status400BadRequest);
        var verdict = await sns.Check(message, cancellationToken);
        if (verdict == SnsVerdict.NotNow) return StatusCodes.Status503ServiceUnavailable;
        if (verdict != SnsVerdict.Valid) return Refused(FeedbackSource.Sns, verdict.ToString(), StatusCodes.Status403Forbidden);
        switch (message.Type)
        {
            case SnsMessageType.SubscriptionConfirmation:
                return await Confirm(message, cancellationToken);
            case SnsMessageType.UnsubscribeConfirmation:
                LogUnsubscribed(message.TopicArn);
                return StatusCodes.Status200OK;
            default:
                return await Take(FeedbackSource.Sns, SesRecordReader.Read(Encoding.UTF8.GetBytes(message.Message)), cancellationToken);
        }
    }

    private async ValueTask<int> Confirm(SnsMessage message, CancellationToken cancellationToken)
    {
        if (!PinnedFetcher.IsPinned(message.SubscribeUrl, out var address)
            && !PinnedFetcher.IsOthersConfirmation(options.Sns, message.SubscribeUrl, out address))
            return Refused(FeedbackSource.Sns, "Forged", StatusCodes.Status403Forbidden);
        if (await fetch(address, cancellationToken) is null) return StatusCodes.Status503ServiceUnavailable;
        LogSubscribed(message.TopicArn);
        return StatusCodes.Status200OK;
    }

    private async ValueTask<int> TakeEvent(ReadOnlyMemory<byte> body, HttpContext context)
    {
        var given = SHA256.HashData(Encoding.UTF8.GetBytes(context.Request.Headers[options.EventBridge.Header].ToString()));
        if (!CryptographicOperations.FixedTimeEquals(given, _secretHash))
            return Refused(FeedbackSource.EventBridge, "Forged", StatusCodes.Status403Forbidden);
        return await Take(FeedbackSource.EventBridge, SesRecordReader.ReadEvent(body), context.RequestAborted);
    }

    private async ValueTask<int> Take(FeedbackSource source, SesRecordReading reading, CancellationToken cancellationToken) =>
        await records.Take(source, reading, cancellationToken) ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;

    private int Refused(FeedbackSource source, string result, int status)
    {
        intake.Count(source, result);
        return status;
    }

    [LoggerMessage(3006, LogLevel.Information, "Subscribed to the topic {TopicArn}")]
    private partial void LogSubscribed(string topicArn);

    [LoggerMessage(3007, LogLevel.Warning, "Unsubscribed from the topic {TopicArn}: no records of SES come from it any more")]
    private partial void LogUnsubscribed(string topicArn);
}
