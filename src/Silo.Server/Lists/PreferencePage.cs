using System.Globalization;
using System.Net;
using System.Text;
using Silo.Core.Contacts;

namespace Silo.Server.Lists;

/// <summary>The pages as HTML: no script, nothing from elsewhere; every form goes back to where it came from.</summary>
internal static class PreferencePage
{
    private const string Style =
        "body{font:16px/1.5 sans-serif;max-width:34em;margin:3em auto;padding:0 1em;color:#222}"
        + "button{font:inherit;padding:.4em 1em;margin:.5em .5em 0 0}label{display:block;margin:.4em 0}small{display:block;color:#555}";

    public static string Unknown(PageText text) => Page(text, $"<p>{Encode(text.UnknownLink)}</p>");

    public static string Done(PageText text) => Page(text, $"<p>{Encode(text.Unsubscribed)}</p>");

    public static string OfBulk(PageText text, string address, bool isOut, string? notice) => Page(text, new StringBuilder()
        .Append(Head(text, address, notice))
        .Append("<form method=\"post\"><p>").Append(Encode(isOut ? text.Left : text.BulkQuestion)).Append("</p>")
        .Append(isOut ? Button("return", text.Return) : Button("leave", text.Leave)).Append("</form>").ToString());

    /// <param name="contact">Null for somebody who is not on the list.</param>
    public static string OfList(PageText text, ContactList list, Contact? contact, string address, string? notice)
    {
        var page = new StringBuilder().Append(Head(text, address, notice)).Append("<form method=\"post\">");
        if (list.Description is { Length: > 0 } description) page.Append("<p>").Append(Encode(description)).Append("</p>");
        var hasLeft = contact?.UnsubscribeAll == true;
        if (hasLeft) page.Append("<p>").Append(Encode(text.Left)).Append("</p>");
        if (list.Topics.Count > 0)
        {
            page.Append("<p>").Append(Encode(text.Topics)).Append("</p>");
            foreach (var topic in list.Topics)
            {
                var isIn = Subscriptions.StatusOf(list, contact, topic.TopicName) == SubscriptionStatus.OptIn;
                page.Append("<label><input type=\"checkbox\" name=\"topic\" value=\"").Append(Encode(topic.TopicName)).Append('"')
                    .Append(isIn ? " checked" : "").Append("> ").Append(Encode(topic.DisplayName));
                if (topic.Description is { Length: > 0 } about) page.Append("<small>").Append(Encode(about)).Append("</small>");
                page.Append("</label>");
            }

            page.Append(Button("save", text.Save));
        }

        if (!hasLeft) page.Append(Button("leave", text.Leave));
        else if (list.Topics.Count == 0) page.Append(Button("return", text.Return));
        return Page(text, page.Append("</form>").ToString());
    }

    private static string Head(PageText text, string address, string? notice) =>
        (notice is null ? "" : $"<p><strong>{Encode(notice)}</strong></p>")
        + $"<p>{string.Format(CultureInfo.InvariantCulture, Encode(text.ForAddress), Encode(address))}</p>";

    private static string Button(string value, string label) =>
        $"<button type=\"submit\" name=\"do\" value=\"{value}\">{Encode(label)}</button>";

    private static string Page(PageText text, string body) =>
        $"<!doctype html><html lang=\"{text.Language}\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">"
        + $"<title>{Encode(text.Title)}</title><style>{Style}</style></head><body><h1>{Encode(text.Title)}</h1>{body}</body></html>";

    private static string Encode(string text) => WebUtility.HtmlEncode(text);
}
