using System.Buffers;
using Silo.Core.Tracking;

namespace Silo.Server.Intake;

/// <summary>Takes a template apart into literal text and placeholders.</summary>
internal static class PlainTemplate
{
    /// <summary>The service's own placeholder, which stays until the recipient's link is known (subscription management).</summary>
    public const string UnsubscribeUrl = "{{amazonSESUnsubscribeUrl}}";

    /// <summary>Where the image of an open is to stand; the service's own too, and put in when the HTML is whole.</summary>
    public const string OpenTracker = HtmlTracking.OpenTracker;

    // What separates or means something in Handlebars; a name holds none of it.
    private static readonly SearchValues<char> NotInNames = SearchValues.Create("!\"#%&'()*+,/;<=>@[\\]^`{|}~ \t\r\n");

    internal enum Step
    {
        Placeholder,
        End,
        Broken,
    }

    internal readonly ref struct Placeholder(ReadOnlySpan<char> path, bool isRaw)
    {
        /// <summary>Names joined by dots.</summary>
        public ReadOnlySpan<char> Path { get; } = path;

        /// <summary>In three braces: never escaped.</summary>
        public bool IsRaw { get; } = isRaw;

        /// <summary>What stays as it is where the data has no attribute of this name; null for a name of the sender's.</summary>
        public string? OfService => ServicePlaceholder(Path);
    }

    /// <summary>The placeholder of the service that has this name; null when none has.</summary>
    public static string? ServicePlaceholder(ReadOnlySpan<char> name) => name switch
    {
        "amazonSESUnsubscribeUrl" => UnsubscribeUrl,
        "ses:openTracker" => OpenTracker,
        _ => null,
    };

    /// <summary>The text up to the next placeholder, and the placeholder. Broken: the position is where it begins.</summary>
    public static Step Next(ReadOnlySpan<char> template, ref int position, out ReadOnlySpan<char> literal, out Placeholder placeholder)
    {
        placeholder = default;
        var rest = template[position..];
        var open = rest.IndexOf("{{");
        if (open < 0)
        {
            literal = rest;
            position = template.Length;
            return Step.End;
        }

        literal = rest[..open];
        position += open;
        rest = rest[open..];
        var isRaw = rest.StartsWith("{{{");
        var braces = isRaw ? 3 : 2;
        var close = rest[braces..].IndexOf('}');
        if (close < 0 || !rest[(braces + close)..].StartsWith(isRaw ? "}}}" : "}}")) return Step.Broken;
        var path = rest.Slice(braces, close).Trim();
        if (!IsPath(path)) return Step.Broken;
        placeholder = new Placeholder(path, isRaw);
        position += close + (2 * braces);
        return Step.Placeholder;
    }

    private static bool IsPath(ReadOnlySpan<char> path) =>
        path.Length > 0 && path.IndexOfAny(NotInNames) < 0 && !path.ContainsAnyInRange('\ud800', '\udfff')
        && path[0] != '.' && path[^1] != '.' && path.IndexOf("..") < 0
        && path is not ("else" or "this" or "true" or "false" or "null" or "undefined") && !path.StartsWith("this.");
}
