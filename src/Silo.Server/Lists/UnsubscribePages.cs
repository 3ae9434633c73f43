using Microsoft.AspNetCore.Http.Features;
using Silo.Server.PublicWeb;
using Silo.Storage;

namespace Silo.Server.Lists;

/// <summary>
/// The pages behind links to unsubscribe. Looking changes nothing, since scanners follow every link of a message; a POST does, at once and
/// without cookies or redirects (RFC 8058). The token is all that is asked for: who has the mail may leave.
/// </summary>
internal sealed class UnsubscribePages(ISiloStore store, ContactLists lists, Unsubscriptions wishes, LinkTokens tokens)
{
    private const string OneClickName = "List-Unsubscribe";
    private const string OneClickValue = "One-Click";

    private static readonly FormOptions Limits = new()
    {
        BufferBody = false, ValueCountLimit = 64, KeyLengthLimit = 128, ValueLengthLimit = 256, MultipartBodyLengthLimit = 16 * 1024,
    };

    public async Task Show(HttpContext context)
    {
        if (!UnsubscribeLink.TryRead(tokens, context.Token(), out var link))
        {
            await Write(context, StatusCodes.Status404NotFound, PreferencePage.Unknown(PageText.For(context)));
            return;
        }

        await Write(context, StatusCodes.Status200OK, await Page(context, link));
    }

    public async Task Take(HttpContext context)
    {
        if (!UnsubscribeLink.TryRead(tokens, context.Token(), out var link))
        {
            await Write(context, StatusCodes.Status404NotFound, PreferencePage.Unknown(PageText.For(context)));
            return;
        }

        if (await Form(context) is not { } form)
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            return;
        }

        var isOneClick = form[OneClickName] == OneClickValue;
        if (!isOneClick && form["do"].ToString() is not ("save" or "leave" or "return"))
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            return;
        }

        if (isOneClick) await wishes.Leave(link, context.RequestAborted);
        else await wishes.Prefer(link, form["do"].ToString(), form["topic"], context.RequestAborted);
        var text = PageText.For(context);
        await Write(context, StatusCodes.Status200OK, isOneClick ? PreferencePage.Done(text) : await Page(context, link, text.Saved));
    }

    private async ValueTask<string> Page(HttpContext context, UnsubscribeLink link, string? notice = null)
    {
        var (text, token) = (PageText.For(context), context.RequestAborted);
        if (link.ListName is null)
        {
            var isOut = (await store.OptOuts.Find(link.TenantName, [link.Address], token)).Count > 0;
            return PreferencePage.OfBulk(text, link.Address, isOut, notice);
        }

        return await wishes.ListOf(link, token) is { } list
            ? PreferencePage.OfList(text, list, await lists.Find(list, link.Address, token), link.Address, notice)
            : PreferencePage.Done(text);
    }

    private static async ValueTask<IFormCollection?> Form(HttpContext context)
    {
        if (!context.Request.HasFormContentType) return null;
        try
        {
            return await new FormFeature(context.Request, Limits).ReadFormAsync(context.RequestAborted);
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    private static async Task Write(HttpContext context, int status, string html)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/html; charset=utf-8";
        context.Response.Headers.Vary = "Accept-Language";
        await context.Response.WriteAsync(html, context.RequestAborted);
    }
}
