using System.Net;

namespace Silo.Server.PublicWeb;

/// <summary>
/// In front of every page: how often an address may ask, what browsers may do with an answer, and an end to what breaks. What is not there
/// and what is not allowed look alike, and no answer tells why.
/// </summary>
internal sealed partial class PublicGuard(RequestDelegate next, AddressLimiter limiter, ILogger<PublicGuard> log)
{
    public async Task InvokeAsync(HttpContext context)
    {
        var response = context.Response;
        Secure(response.Headers);
        if (!limiter.Allows(context.Connection.RemoteIpAddress ?? IPAddress.None))
        {
            response.Headers.RetryAfter = "1";
            response.StatusCode = StatusCodes.Status429TooManyRequests;
            return;
        }

        try
        {
            await next(context);
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody is there to be told.
        }
        catch (BadHttpRequestException e) when (!response.HasStarted)
        {
            response.StatusCode = e.StatusCode;
        }
        catch (Exception e) when (!response.HasStarted)
        {
            LogFailed(log, context.Request.Path.Value is [_, var kind, ..] ? kind : '?', e);
            response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            response.Headers.RetryAfter = "60";
        }
    }

    private static void Secure(IHeaderDictionary headers)
    {
        headers.ContentSecurityPolicy =
            "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";
        headers["Referrer-Policy"] = "no-referrer";
        headers.XContentTypeOptions = "nosniff";
        headers.CacheControl = "no-store";
        headers["X-Robots-Tag"] = "noindex, nofollow";
    }

    // A path holds a token, and that is as good as what it stands for: only its first letter is told.
    [LoggerMessage(4503, LogLevel.Error, "A public page of kind {Kind} failed")]
    private static partial void LogFailed(ILogger logger, char kind, Exception exception);
}
