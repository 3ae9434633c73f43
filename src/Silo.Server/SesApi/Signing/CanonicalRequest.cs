using System.Security.Cryptography;

namespace Silo.Server.SesApi.Signing;

/// <summary>The canonical request of SigV4, hashed (docs.aws.amazon.com: Create a signed AWS API request).</summary>
internal static class CanonicalRequest
{
    private const int UsualBytes = 2 * 1024;

    /// <summary>Query parameters that are sorted; a request with more is refused.</summary>
    public const int MaxQueryParameters = 256;

    /// <param name="payloadHash">Hex of the body's SHA-256.</param>
    /// <param name="destination">32 bytes.</param>
    /// <returns>False when a signed header is absent, the list of them is odd, or the query has too many parameters.</returns>
    public static bool TryHash(
        string method, RequestTarget target, IHeaderDictionary headers, ReadOnlySpan<char> signedHeaders, ReadOnlySpan<char> payloadHash,
        Span<byte> destination)
    {
        var text = new PooledText(UsualBytes);
        try
        {
            text.Append(method);
            text.Append((byte)'\n');
            AppendPath(ref text, target.Path);
            text.Append((byte)'\n');
            if (!TryAppendQuery(ref text, target.Query)) return false;
            text.Append((byte)'\n');
            foreach (var range in signedHeaders.Split(';'))
                if (!TryAppendHeader(ref text, headers, signedHeaders[range])) return false;
            text.Append((byte)'\n');
            text.Append(signedHeaders);
            text.Append((byte)'\n');
            text.Append(payloadHash);
            SHA256.HashData(text.Written, destination);
            return true;
        }
        finally
        {
            text.Dispose();
        }
    }

    // Encoded twice: the path as sent is escaped again, so that %3A becomes %253A.
    private static void AppendPath(ref PooledText text, string path)
    {
        if (path.Contains("//", StringComparison.Ordinal) || path.Contains("/.", StringComparison.Ordinal)) path = Normalized(path);
        foreach (var c in path)
        {
            if (c == '/') text.Append((byte)'/');
            else text.AppendEscaped((byte)c);
        }
    }

    // SDKs drop empty and dot segments (RFC 3986 5.2.4) before they sign.
    private static string Normalized(string path)
    {
        var kept = new List<string>();
        foreach (var segment in path.Split('/'))
        {
            if (segment is "" or ".") continue;
            if (segment != "..") kept.Add(segment);
            else if (kept.Count > 0) kept.RemoveAt(kept.Count - 1);
        }

        var joined = "/" + string.Join('/', kept);
        return kept.Count > 0 && path.EndsWith('/') ? joined + "/" : joined;
    }

    private static bool TryAppendQuery(ref PooledText text, string query)
    {
        if (query.Length == 0) return true;
        var parameters = new List<(string Name, string Value)>();
        foreach (var range in query.AsSpan().Split('&'))
        {
            var part = query.AsSpan(range);
            if (part.IsEmpty) continue;
            if (parameters.Count == MaxQueryParameters) return false;
            var equals = part.IndexOf('=');
            var name = Reescaped(equals < 0 ? part : part[..equals]);
            var value = equals < 0 ? "" : Reescaped(part[(equals + 1)..]);
            if (name is null || value is null) return false;
            parameters.Add((name, value));
        }

        parameters.Sort(static (a, b) =>
            string.CompareOrdinal(a.Name, b.Name) is not 0 and var order ? order : string.CompareOrdinal(a.Value, b.Value));
        var separator = false;
        foreach (var (name, value) in parameters)
        {
            if (separator) text.Append((byte)'&');
            separator = true;
            text.Append(name);
            text.Append((byte)'=');
            text.Append(value);
        }

        return true;
    }

    private static string? Reescaped(ReadOnlySpan<char> text) =>
        RequestTarget.Decode(text, plusIsBlank: true) is { } decoded ? Uri.EscapeDataString(decoded) : null;

    private static bool TryAppendHeader(ref PooledText text, IHeaderDictionary headers, ReadOnlySpan<char> name)
    {
        if (name.IsEmpty || name.ContainsAnyInRange('A', 'Z')) return false;
        var values = headers[Known(name) ?? name.ToString()];
        if (values.Count == 0) return false;
        text.Append(name);
        text.Append((byte)':');
        for (var i = 0; i < values.Count; i++)
        {
            if (i > 0) text.Append((byte)',');
            AppendCollapsed(ref text, values[i]);
        }

        text.Append((byte)'\n');
        return true;
    }

    private static void AppendCollapsed(ref PooledText text, ReadOnlySpan<char> value)
    {
        value = value.Trim(' ');
        while (value.IndexOf("  ") is >= 0 and var gap)
        {
            text.Append(value[..(gap + 1)]);
            value = value[gap..].TrimStart(' ');
        }

        text.Append(value);
    }

    // The headers that SDKs sign, as interned names, so that looking them up makes no string.
    private static string? Known(ReadOnlySpan<char> name) => name switch
    {
        "host" => "host",
        "x-amz-date" => "x-amz-date",
        "x-amz-content-sha256" => "x-amz-content-sha256",
        "x-amz-user-agent" => "x-amz-user-agent",
        "content-type" => "content-type",
        "content-length" => "content-length",
        "amz-sdk-invocation-id" => "amz-sdk-invocation-id",
        "amz-sdk-request" => "amz-sdk-request",
        _ => null,
    };
}
