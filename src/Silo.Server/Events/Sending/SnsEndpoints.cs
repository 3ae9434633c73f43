using System.Net.Mime;
using System.Text;
using Silo.Storage;

namespace Silo.Server.Events.Sending;

/// <summary>
/// Where receivers of SNS messages come to: without credentials, so tokens prove that who comes got a message, and whoever has none learns
/// nothing but that.
/// </summary>
internal sealed partial class SnsEndpoints(
    SigningKeys keys, SnsSubscriptions subscriptions, DestinationSwitch destinations, NoticeSender sender, TimeProvider time,
    ILogger<SnsEndpoints> logger)
{
    public Task Certificate(HttpContext context) => Answer(context, async () =>
    {
        var pem = (await keys.Get(context.RequestAborted)).CertificatePem;
        context.Response.Headers.CacheControl = "public, max-age=3600";
        await Write(context.Response, "application/x-pem-file", pem);
    });

    public Task Confirm(HttpContext context) => Answer(context, async () =>
    {
        if (await Read(context, SubscriptionStep.Confirm) is not { } subscription) return;
        if (!await subscriptions.Confirm(subscription, context.RequestAborted))
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            return;
        }

        LogConfirmed(subscription);
        await Write(context.Response, MediaTypeNames.Text.Xml, "<ConfirmSubscriptionResponse/>\n");
    });

    public Task Unsubscribe(HttpContext context) => Answer(context, async () =>
    {
        if (await Read(context, SubscriptionStep.End) is not { } subscription) return;
        var id = SnsSubscriptions.DestinationOf(subscription);
        // Who had the notices before is not to end those of who has them now.
        if (destinations.Find(id) is { } destination && sender.EndpointOf(destination.Destination.Target) is { } endpoint
            && SnsSubscriptions.NameOf(destination, endpoint) == subscription)
            await destinations.Disable(id, "its endpoint unsubscribed", context.RequestAborted);
        await Write(context.Response, MediaTypeNames.Text.Xml, "<UnsubscribeResponse/>\n");
    });

    private static async Task Answer(HttpContext context, Func<Task> answer)
    {
        try
        {
            await answer();
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The caller is gone.
        }
        catch (StorageException)
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        }
    }

    private async ValueTask<string?> Read(HttpContext context, SubscriptionStep step)
    {
        var token = context.Request.Query["token"].ToString();
        var subscription = SubscriptionToken.Read(await keys.Get(context.RequestAborted), step, token, time.GetUtcNow());
        if (subscription is null) context.Response.StatusCode = StatusCodes.Status403Forbidden;
        return subscription;
    }

    private static Task Write(HttpResponse response, string type, string text)
    {
        response.ContentType = type;
        response.Headers.XContentTypeOptions = "nosniff";
        return response.Body.WriteAsync(Encoding.UTF8.GetBytes(text)).AsTask();
    }

    [LoggerMessage(7007, LogLevel.Information, "The endpoint of {Subscription} confirmed that it wants notices")]
    private partial void LogConfirmed(string subscription);
}
