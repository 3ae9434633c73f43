using Silo.Core.Tracking;
using Silo.Server.PublicWeb;

namespace Silo.Server.Tracking;

/// <summary>The image of an open and the redirect of a click. Both answer at once; what they notice is told behind the answer.</summary>
internal sealed class TrackingPages(LinkTokens tokens, EngagementInbox inbox)
{
    // A GIF of one transparent pixel.
    private static readonly byte[] Pixel = Convert.FromBase64String("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7");

    /// <summary>The image comes whatever the token says: a mail that shows a broken image helps nobody.</summary>
    public async Task Open(HttpContext context)
    {
        if (tokens.TryRead(LinkPurpose.Open, context.Token(), out var payload)
            && TrackedMessage.TryRead(payload, out var message, out var link) && link is null)
            Notice(context, message, null);
        context.Response.ContentType = "image/gif";
        context.Response.ContentLength = Pixel.Length;
        if (!HttpMethods.IsHead(context.Request.Method)) await context.Response.Body.WriteAsync(Pixel, context.RequestAborted);
    }

    /// <summary>Leads nowhere but where the signed token says.</summary>
    public Task Click(HttpContext context)
    {
        if (!tokens.TryRead(LinkPurpose.Click, context.Token(), out var payload)
            || !TrackedMessage.TryRead(payload, out var message, out var link) || link is null)
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        }

        Notice(context, message, link);
        context.Response.StatusCode = StatusCodes.Status302Found;
        context.Response.Headers.Location = link.Target;
        return Task.CompletedTask;
    }

    // What only asks whether the link is good has looked at nothing.
    private void Notice(HttpContext context, TrackedMessage message, TrackedLink? link)
    {
        if (!HttpMethods.IsGet(context.Request.Method)) return;
        var ip = context.Connection.RemoteIpAddress;
        if (ip is { IsIPv4MappedToIPv6: true }) ip = ip.MapToIPv4();
        inbox.Take(message, link, ip?.ToString(), context.Request.Headers.UserAgent);
    }
}
