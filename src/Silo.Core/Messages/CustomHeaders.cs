using System.Buffers;

namespace Silo.Core.Messages;

/// <summary>Rules of the headers that a sender adds to composed content (SES MessageHeader).</summary>
internal static class CustomHeaders
{
    private static readonly SearchValues<char> NameCharacters = Range('!', '~', except: ':');
    private static readonly SearchValues<char> ValueCharacters = Range(' ', '~');

    /// <summary>Null when all is well, else the member and what is wrong with it.</summary>
    public static ComposeResult.Refused? Check(IReadOnlyList<MessageHeader> headers)
    {
        if (headers.Count > MessageLimits.MaxCustomHeaders)
        {
            return Refuse("Headers", $"holds {headers.Count} headers; {MessageLimits.MaxCustomHeaders} are allowed");
        }

        for (var i = 0; i < headers.Count; i++)
        {
            var (name, value) = headers[i];
            if (CheckOne($"Headers[{i}]", name, value) is { } refused) return refused;
            if (HeaderNames.IsWrittenByComposer(name)) return Refuse($"Headers[{i}].Name", "names a header that is set by other members");
            if (name.StartsWith(HeaderNames.ServicePrefix, StringComparison.OrdinalIgnoreCase))
            {
                return Refuse($"Headers[{i}].Name", "begins with X-SES-, which is for SMTP and raw messages; use the request's members");
            }

            if (HeaderNames.IsOfService(name)) return Refuse($"Headers[{i}].Name", "is for SMTP and raw messages; give it as a header of the request");

            if (HeaderNames.IsSingle(name) && headers.Take(i).Any(h => h.Name.Equals(name, StringComparison.OrdinalIgnoreCase)))
            {
                return Refuse($"Headers[{i}].Name", "repeats a header that may stand once only");
            }
        }

        return null;
    }

    /// <summary>The service's own headers, which get the same protection against line breaks.</summary>
    public static ComposeResult.Refused? CheckService(IReadOnlyList<MessageHeader> headers)
    {
        for (var i = 0; i < headers.Count; i++)
        {
            if (CheckOne($"ServiceHeaders[{i}]", headers[i].Name, headers[i].Value) is { } refused) return refused;
        }

        return null;
    }

    private static ComposeResult.Refused? CheckOne(string member, string? name, string? value)
    {
        if (string.IsNullOrEmpty(name) || name.Length > MessageLimits.MaxHeaderNameCharacters
            || name.AsSpan().IndexOfAnyExcept(NameCharacters) >= 0)
        {
            return Refuse($"{member}.Name", $"must be 1 to {MessageLimits.MaxHeaderNameCharacters} printable ASCII characters without a colon");
        }

        if (string.IsNullOrEmpty(value) || value.Length > MessageLimits.MaxHeaderValueCharacters
            || value.AsSpan().IndexOfAnyExcept(ValueCharacters) >= 0)
        {
            return Refuse($"{member}.Value", $"must be 1 to {MessageLimits.MaxHeaderValueCharacters} printable ASCII characters");
        }

        return name.Length + value.Length > MessageLimits.MaxHeaderNameAndValueCharacters
            ? Refuse(member, $"has more than {MessageLimits.MaxHeaderNameAndValueCharacters} characters in name and value together")
            : null;
    }

    private static ComposeResult.Refused Refuse(string member, string reason) => new(member, $"{member} {reason}.");

    private static SearchValues<char> Range(char first, char last, char? except = null) =>
        SearchValues.Create([.. Enumerable.Range(first, last - first + 1).Select(c => (char)c).Where(c => c != except)]);
}
