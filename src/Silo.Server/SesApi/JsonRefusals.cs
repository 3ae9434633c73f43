using System.Security.Cryptography;

namespace Silo.Server.SesApi;

/// <summary>
/// Gives the bare refusals of the web server (404, 405, 413, 500, …) a JSON body and a request id, since SDKs choke on anything else.
/// </summary>
internal sealed class JsonRefusals(RequestDelegate next, RandomNumberGenerator random)
{
    public async Task InvokeAsync(HttpContext context)
    {
        await next(context);
        var response = context.Response;
        if (response.HasStarted || response.StatusCode < 400 || response.ContentLength > 0 || response.ContentType is not null) return;
        RequestId.Give(response, random);
        await ResponseWriter.Write(response, ErrorOf(context), context.RequestAborted);
    }

    private static SesError ErrorOf(HttpContext context)
    {
        var path = MemberChecks.Shown(context.Request.Path.Value ?? "/");
        return context.Response.StatusCode switch
        {
            404 => SesError.UnknownOperation($"Nothing is served at {path}."),
            405 => SesError.MethodNotAllowed($"{MemberChecks.Shown(context.Request.Method)} is not a method of {path}."),
            413 => new SesError("BadRequestException", 413, "The request body is too large."),
            429 => SesError.TooManyRequests("Too many requests."),
            503 => SesError.Unavailable("The service is not available now."),
            >= 500 and var status => SesError.Internal with { Status = status },
            var status => SesError.BadRequest("The request was refused.") with { Status = status },
        };
    }
}
