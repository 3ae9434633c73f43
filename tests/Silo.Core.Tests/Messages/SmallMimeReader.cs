using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Silo.Core.Tests.Messages;

/// <summary>A part as a mail program sees it. Written for the tests, with nothing of the product in it.</summary>
internal sealed partial record SmallMimeReader(List<(string Name, string Value)> Headers, byte[] Content, List<SmallMimeReader> Parts)
{
    public string ContentType => (Header("Content-Type") ?? "text/plain").Split(';')[0];

    public string? Header(string name) => Headers.Where(h => h.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(h => h.Value).FirstOrDefault();

    public IEnumerable<SmallMimeReader> Leaves => Parts.Count == 0 ? [this] : Parts.SelectMany(p => p.Leaves);

    public string Text => Charset(Parameter("Content-Type", "charset")!).GetString(Content);

    public string? FileName => Parameter("Content-Disposition", "filename");

    public static SmallMimeReader Read(byte[] bytes) => Read(Encoding.Latin1.GetString(bytes));

    public static string DecodeWords(string value) =>
        Words().Replace(Between().Replace(value, "$1"), match => Charset(match.Groups[1].Value).GetString(match.Groups[2].Value is "B" or "b"
            ? Convert.FromBase64String(match.Groups[3].Value)
            : Unescape(match.Groups[3].Value.Replace('_', ' '), '=')));

    public string? Parameter(string header, string name)
    {
        var value = Header(header) ?? "";
        var quoted = Regex.Match(value, $"""; *{name}="((?:[^"\\]|\\.)*)" """.TrimEnd());
        if (quoted.Success) return Regex.Replace(quoted.Groups[1].Value, @"\\(.)", "$1");
        var extended = Regex.Matches(value, $@"; *{name}(\*\d+)?\*=([^;]*)").Select(m => m.Groups[2].Value).ToList();
        if (extended.Count > 0) return Encoding.UTF8.GetString(Unescape(string.Concat(extended)["UTF-8''".Length..], '%'));
        var plain = Regex.Match(value, $"; *{name}=([^;]*)");
        return plain.Success ? plain.Groups[1].Value : null;
    }

    private static SmallMimeReader Read(string text)
    {
        var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        var block = end < 0 ? text : text[..end];
        var body = end < 0 ? "" : text[(end + 4)..];
        var headers = block.Replace("\r\n ", " ", StringComparison.Ordinal).Split("\r\n")
            .Select(line => (line[..line.IndexOf(':')], line[(line.IndexOf(':') + 2)..])).ToList();
        var reader = new SmallMimeReader(headers, [], []);
        if (reader.ContentType.StartsWith("multipart/", StringComparison.Ordinal))
        {
            var boundary = reader.Parameter("Content-Type", "boundary")!;
            var pieces = ("\r\n" + body).Split("\r\n--" + boundary);
            if (!pieces[^1].StartsWith("--", StringComparison.Ordinal)) throw new InvalidDataException("no closing delimiter");
            return reader with { Parts = [.. pieces[1..^1].Select(p => Read(p[2..]))] };
        }

        return reader with
        {
            Content = reader.Header("Content-Transfer-Encoding") switch
            {
                "base64" => Convert.FromBase64String(body),
                "quoted-printable" => Unescape(Regex.Replace(body, "=\r\n", ""), '='),
                _ => Encoding.Latin1.GetBytes(body),
            },
        };
    }

    private static byte[] Unescape(string text, char mark)
    {
        var bytes = new List<byte>();
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != mark) bytes.Add((byte)text[i]);
            else bytes.Add(byte.Parse(text.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
            if (text[i] == mark) i += 2;
        }

        return [.. bytes];
    }

    private static Encoding Charset(string name) => CodePagesEncodingProvider.Instance.GetEncoding(name) ?? Encoding.GetEncoding(name);

    [GeneratedRegex(@"=\?([^?]+)\?([QqBb])\?([^?]*)\?=")]
    private static partial Regex Words();

    [GeneratedRegex(@"(\?=) +(?==\?)")]
    private static partial Regex Between();
}
