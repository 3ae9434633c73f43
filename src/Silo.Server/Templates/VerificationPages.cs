using System.Net;
using Silo.Server.Accounts;

namespace Silo.Server.Templates;

/// <summary>
/// The page behind a verification link. Programs that scan mail open links, so opening it changes nothing; its button does (SES verifies
/// when the link is opened). Who asks learns no more than the mail said.
/// </summary>
internal sealed class VerificationPages(
    VerificationLinks links, AccountResources account, CustomVerificationTemplates templates,
    Func<string, CancellationToken, ValueTask<ResourceChange>> markVerified)
{
    public const string Prefix = "/v/";
    public const string Pattern = Prefix + "{token}";

    /// <summary>GET: asks.</summary>
    public async Task Show(HttpContext context, string token)
    {
        var (link, isGood) = await Look(token, context.RequestAborted);
        if (!isGood)
        {
            await Fail(context, link);
            return;
        }

        // Browsers hold a form to this also where its answer leads on to.
        if (link!.TemplateName is not null)
        {
            var headers = context.Response.Headers;
            headers.ContentSecurityPolicy = headers.ContentSecurityPolicy.ToString()
                .Replace("form-action 'self'", "form-action http: https:", StringComparison.Ordinal);
        }

        await Page(context, StatusCodes.Status200OK, "Confirm your address", $"""
            <p>Somebody wants to send e-mail from <b>{WebUtility.HtmlEncode(link.Address)}</b>. Confirm this only if you asked for it.</p>
            <form method="post"><button type="submit">Confirm</button></form>
            """);
    }

    /// <summary>POST: verifies. Once more is as good as once.</summary>
    public async Task Confirm(HttpContext context, string token)
    {
        var (link, isGood) = await Look(token, context.RequestAborted);
        if (!isGood || await markVerified(link!.Address, context.RequestAborted) != ResourceChange.Done)
        {
            await Fail(context, link);
            return;
        }

        if (await TemplateOf(link, context.RequestAborted) is { } template) SeeOther(context, template.SuccessRedirectionUrl);
        else await Page(context, StatusCodes.Status200OK, "Thank you", $"<p><b>{WebUtility.HtmlEncode(link.Address)}</b> is verified.</p>");
    }

    private async ValueTask<(VerificationLink? Link, bool IsGood)> Look(string token, CancellationToken cancellationToken)
    {
        if (!links.TryRead(token, out var link)) return (null, false);
        return (link, links.IsGood(link, await account.GetIdentity(link.Address, cancellationToken)));
    }

    private async Task Fail(HttpContext context, VerificationLink? link)
    {
        if (await TemplateOf(link, context.RequestAborted) is { } template) SeeOther(context, template.FailureRedirectionUrl);
        else
        {
            await Page(
                context, StatusCodes.Status404NotFound, "This link is not good any more",
                "<p>Ask for another one, and use it within 24 hours.</p>");
        }
    }

    private async ValueTask<CustomVerificationTemplate?> TemplateOf(VerificationLink? link, CancellationToken cancellationToken) =>
        link?.TemplateName is { } name ? await templates.Get(name, cancellationToken) : null;

    // The URLs were checked when the template was written.
    private static void SeeOther(HttpContext context, string url)
    {
        context.Response.StatusCode = StatusCodes.Status303SeeOther;
        context.Response.Headers.Location = url;
    }

    private static async Task Page(HttpContext context, int status, string title, string body)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/html; charset=utf-8";
        await context.Response.WriteAsync(
            $$"""
            <!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{{title}}</title>
            <style>body{font:1rem/1.5 system-ui,sans-serif;max-width:34rem;margin:4rem auto;padding:0 1rem}button{font:inherit;padding:.5rem 1.5rem}</style>
            </head><body><h1>{{title}}</h1>{{body}}</body></html>
            """,
            context.RequestAborted);
    }
}
