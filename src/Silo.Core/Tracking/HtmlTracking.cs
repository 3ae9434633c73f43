using System.Net;
using System.Text;
using Silo.Core.Messages;

namespace Silo.Core.Tracking;

/// <summary>A link of a mail that clicks are to be told of.</summary>
/// <param name="Target">Where it leads: http or https, printable ASCII.</param>
/// <param name="Tags">What <c>ses:tags</c> says of it.</param>
public sealed record TrackedLink(string Target, IReadOnlyList<MessageTag> Tags);

/// <summary>
/// Puts what opens and clicks are noticed by into an HTML text, and changes no other character of it: links of <c>a</c> and <c>area</c>,
/// and an image at its end, or where <c>{{ses:openTracker}}</c> stands. The attributes <c>ses:no-track</c>, <c>ses:tags</c> and
/// <c>ses:custom-path</c> are taken out (SES developer guide, email metrics FAQs).
/// </summary>
public static class HtmlTracking
{
    /// <summary>Links of one text that are tracked; more stay as they are (SES).</summary>
    public const int MaxLinks = 250;

    public const string OpenTracker = "{{ses:openTracker}}";

    private const int MaxTags = 10;
    private const int MaxTagLength = 256;

    /// <param name="link">
    /// What stands in the place of a link: printable ASCII without quotes, blanks, ampersands and angle brackets; null leaves it alone.
    /// </param>
    /// <param name="image">Where the image is; null for none.</param>
    /// <returns>The text, or what is wrong with it.</returns>
    public static (string? Html, string? Fault) Rewrite(string html, Func<TrackedLink, string?>? link, string? image)
    {
        var edits = new List<Edit>();
        var (bodyEnd, links) = (-1, 0);
        var scanner = new HtmlScanner(html);
        while (scanner.Next())
        {
            if (scanner.IsEndTag && (scanner.Is("body") || (bodyEnd < 0 && scanner.Is("html")))) bodyEnd = scanner.TagStart;
            if (scanner.IsEndTag || !(scanner.Is("a") || scanner.Is("area"))) continue;
            if (Link(html, scanner.Attributes, edits) is not { } found || link is null || links >= MaxLinks) continue;
            if (link(found.Link) is { } replacement)
            {
                links++;
                edits.Add(new Edit(found.Start, found.Length, replacement));
            }
        }

        var pixel = image is null ? "" : $"""<img alt="" src="{image}" style="display: none; width: 1px; height: 1px;">""";
        var marked = html.IndexOf(OpenTracker, StringComparison.Ordinal);
        if (marked >= 0 && html.IndexOf(OpenTracker, marked + 1, StringComparison.Ordinal) >= 0)
            return (null, $"The HTML holds {OpenTracker} more than once.");
        if (marked >= 0) edits.Add(new Edit(marked, OpenTracker.Length, pixel));
        else if (image is not null) edits.Add(new Edit(bodyEnd < 0 ? html.Length : bodyEnd, 0, pixel));
        return (Apply(html, edits), null);
    }

    /// <summary>There is something in it for <see cref="Rewrite"/> even when nothing is tracked.</summary>
    public static bool HasMarks(ReadOnlySpan<char> html) => html.Contains("ses:", StringComparison.OrdinalIgnoreCase);

    /// <summary>The link of a tag, if it is to be tracked; what is no HTML of its attributes is taken out.</summary>
    private static (TrackedLink Link, int Start, int Length)? Link(string html, List<HtmlAttribute> attributes, List<Edit> edits)
    {
        Range? href = null;
        var isTracked = true;
        IReadOnlyList<MessageTag> tags = [];
        foreach (var attribute in attributes)
        {
            var name = html.AsSpan()[attribute.Name];
            if (name.Equals("href", StringComparison.OrdinalIgnoreCase))
            {
                // Of several the first counts, as in browsers.
                href ??= attribute.Value;
                continue;
            }

            if (name.Equals("ses:no-track", StringComparison.OrdinalIgnoreCase)) isTracked = false;
            else if (name.Equals("ses:tags", StringComparison.OrdinalIgnoreCase)) tags = Tags(html[attribute.Value]);
            else if (!name.Equals("ses:custom-path", StringComparison.OrdinalIgnoreCase)) continue;
            var start = attribute.Name.Start.Value;
            if (char.IsWhiteSpace(html[start - 1])) start--;
            edits.Add(new Edit(start, attribute.End - start, ""));
        }

        if (!isTracked || href is not { } value || Target(html[value]) is not { } target) return null;
        var (offset, length) = value.GetOffsetAndLength(html.Length);
        return (new TrackedLink(target, tags), offset, length);
    }

    /// <summary>Where an href leads; null for what is not tracked: other schemes, left-overs of templates, what is badly encoded.</summary>
    private static string? Target(string href)
    {
        var target = WebUtility.HtmlDecode(href).Trim(' ', '\t', '\n', '\f', '\r');
        if (!target.StartsWith("http://", StringComparison.OrdinalIgnoreCase)
            && !target.StartsWith("https://", StringComparison.OrdinalIgnoreCase)) return null;
        if (target.AsSpan().ContainsAnyExceptInRange('!', '~') || target.AsSpan().ContainsAny("\\<>\"")) return null;
        if (target.Contains("{{", StringComparison.Ordinal)) return null;
        for (var i = target.IndexOf('%'); i >= 0; i = target.IndexOf('%', i + 1))
        {
            if (i + 2 >= target.Length || !char.IsAsciiHexDigit(target[i + 1]) || !char.IsAsciiHexDigit(target[i + 2])) return null;
        }

        return Uri.TryCreate(target, UriKind.Absolute, out var uri) && uri.Host.Length > 0 ? target : null;
    }

    /// <summary><c>product:book;genre:crime;</c>; what is not of this form is left out.</summary>
    private static List<MessageTag> Tags(string text)
    {
        var tags = new List<MessageTag>();
        foreach (var pair in text.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var colon = pair.IndexOf(':');
            if (colon <= 0 || tags.Count == MaxTags || !IsTagText(pair[..colon]) || !IsTagText(pair[(colon + 1)..])) continue;
            tags.Add(new MessageTag(pair[..colon], pair[(colon + 1)..]));
        }

        return tags;
    }

    private static bool IsTagText(string text) =>
        text.Length is > 0 and <= MaxTagLength && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-');

    private static string Apply(string html, List<Edit> edits)
    {
        if (edits.Count == 0) return html;
        var result = new StringBuilder(html.Length + edits.Sum(e => e.Text.Length));
        var position = 0;
        foreach (var edit in edits.OrderBy(e => e.Start))
        {
            // A mark inside an attribute that is taken out as a whole.
            if (edit.Start < position) continue;
            result.Append(html, position, edit.Start - position).Append(edit.Text);
            position = edit.Start + edit.Length;
        }

        return result.Append(html, position, html.Length - position).ToString();
    }

    private readonly record struct Edit(int Start, int Length, string Text);
}
