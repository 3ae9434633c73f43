using System.Net.Http.Headers;
using System.Text.Json;

namespace Silo.Server.Delivery.Ses;

/// <summary>What the server answered to a call; every part of it may be missing or made up.</summary>
internal sealed record SesReply
{
    private const int MaxCode = 128;
    private const int MaxText = 1000;

    public required int Status { get; init; }

    /// <summary>The error's code, without namespace and suffix; empty when there was none.</summary>
    public string Code { get; init; } = "";

    /// <summary>The error's text on one line, at most 1,000 characters; empty when there was none.</summary>
    public string Text { get; init; } = "";

    /// <summary>All of the body was read, within the limit.</summary>
    public bool IsWhole { get; init; }

    public ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>Retry-after, if it was given in seconds.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Of SendEmail: the id under which the server took the message. Null when the body holds none.</summary>
    public string? MessageId => Member("MessageId") is { Length: > 0 and <= 256 } id && !id.Any(char.IsControl) ? id : null;

    /// <summary>One sentence: what was answered.</summary>
    public override string ToString() => $"SES answered {Status}{(Code.Length == 0 ? "" : " " + Code)}{(Text.Length == 0 ? "." : ": " + Text)}";

    public static SesReply Of(int status, HttpResponseHeaders headers, ReadOnlyMemory<byte> body, bool isWhole)
    {
        var reply = new SesReply { Status = status, Body = body, IsWhole = isWhole, RetryAfter = headers.RetryAfter?.Delta };
        if (status is >= 200 and < 300) return reply;
        // The header wins, then code, then __type (restJson1; ses-v2-surface 1.6).
        var code = headers.TryGetValues("x-amzn-ErrorType", out var types) ? types.FirstOrDefault() : null;
        return reply with
        {
            Code = CodeOf(code ?? reply.Member("code") ?? reply.Member("__type") ?? ""),
            Text = OneLine(reply.Member("message") ?? reply.Member("Message") ?? ""),
        };
    }

    private string? Member(string name)
    {
        if (!IsWhole || Body.IsEmpty) return null;
        try
        {
            using var json = JsonDocument.Parse(Body, new JsonDocumentOptions { MaxDepth = 16 });
            return json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty(name, out var member)
                && member.ValueKind == JsonValueKind.String ? member.GetString() : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // No JSON, or a string that is no text (a lone surrogate).
            return null;
        }
    }

    private static string CodeOf(string text)
    {
        var end = text.IndexOf(':');
        if (end >= 0) text = text[..end];
        text = text[(text.LastIndexOf('#') + 1)..].Trim();
        return text.Length <= MaxCode && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-') ? text : "";
    }

    private static string OneLine(string text)
    {
        if (text.Length > MaxText) text = text[..(char.IsHighSurrogate(text[MaxText - 1]) ? MaxText - 1 : MaxText)];
        return string.Create(text.Length, text, (line, from) =>
        {
            for (var i = 0; i < line.Length; i++) line[i] = char.IsControl(from[i]) ? ' ' : from[i];
        }).Trim();
    }
}
