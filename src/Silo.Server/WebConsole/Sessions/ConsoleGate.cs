using System.Net;
using Silo.Server.Access;
using Silo.Storage;

namespace Silo.Server.WebConsole.Sessions;

/// <summary>Before every page: headers that keep it closed in the browser, and a session, or the way to the sign-in page.</summary>
internal sealed class ConsoleGate(RequestDelegate next, SessionCookie cookie)
{
    // No scripts, styles from here alone; in no frame; forms lead nowhere else.
    private const string ContentPolicy =
        "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

    public async Task InvokeAsync(HttpContext context, ConsoleSession session)
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = ContentPolicy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "same-origin";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        if (context.Request.Path.StartsWithSegments(WebConsoleRegistration.AssetPath))
        {
            await next(context);
            return;
        }

        // Pages with a form say so themselves.
        context.Response.OnStarting(() =>
        {
            if (headers.CacheControl.Count == 0) headers.CacheControl = "no-store";
            return Task.CompletedTask;
        });
        AccessKey? key;
        try
        {
            key = await cookie.Read(context, context.RequestAborted);
        }
        catch (StorageException)
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            context.Response.ContentType = "text/plain; charset=utf-8";
            await context.Response.WriteAsync("The store cannot be reached. Try again.", context.RequestAborted);
            return;
        }

        if (key is not null) session.SignIn(new Caller(key, AddressOf(context)));
        else if (!context.Request.Path.StartsWithSegments(WebConsoleRegistration.SignInPath))
        {
            var wanted = context.Request.Method == "GET" ? context.Request.Path + context.Request.QueryString : WebConsoleRegistration.Path;
            context.Response.Redirect($"{WebConsoleRegistration.SignInPath}?return={Uri.EscapeDataString(wanted)}");
            return;
        }

        await next(context);
    }

    public static string AddressOf(HttpContext context) =>
        context.Connection.RemoteIpAddress is { } ip ? (ip.IsIPv4MappedToIPv6 ? ip.MapToIPv4() : ip).ToString() : IPAddress.None.ToString();
}
