using System.Buffers;
using System.Collections.Frozen;

namespace Silo.Core.Messages;

/// <summary>Media types of attachments (RFC 2045 5.1).</summary>
internal static class MediaType
{
    public const string Unknown = "application/octet-stream";

    private static readonly SearchValues<char> Token =
        SearchValues.Create("!#$%&'*+-.^_`{|}~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    private static readonly FrozenDictionary<string, string> ByExtension = """
        7z application/x-7z-compressed|avif image/avif|bmp image/bmp|bz2 application/x-bzip2|css text/css|csv text/csv
        doc application/msword|docx application/vnd.openxmlformats-officedocument.wordprocessingml.document
        eml message/rfc822|epub application/epub+zip|gif image/gif|gz application/gzip|heic image/heic|htm text/html|html text/html
        ics text/calendar|jpeg image/jpeg|jpg image/jpeg|json application/json|m4a audio/mp4|md text/markdown|mov video/quicktime
        mp3 audio/mpeg|mp4 video/mp4|mpeg video/mpeg|odp application/vnd.oasis.opendocument.presentation
        ods application/vnd.oasis.opendocument.spreadsheet|odt application/vnd.oasis.opendocument.text|ogg audio/ogg
        p7m application/pkcs7-mime|p7s application/pkcs7-signature|pdf application/pdf|png image/png|ppt application/vnd.ms-powerpoint
        pptx application/vnd.openxmlformats-officedocument.presentationml.presentation|rtf application/rtf|svg image/svg+xml
        tar application/x-tar|tif image/tiff|tiff image/tiff|txt text/plain|vcf text/vcard|wav audio/wav|webm video/webm|webp image/webp
        xls application/vnd.ms-excel|xlsx application/vnd.openxmlformats-officedocument.spreadsheetml.sheet|xml application/xml
        yaml application/yaml|yml application/yaml|zip application/zip
        """
        .Split((char[])['|', '\n'], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
        .Select(line => line.Split(' '))
        .ToFrozenDictionary(pair => pair[0], pair => pair[1], StringComparer.OrdinalIgnoreCase);

    /// <summary>The type that the file name's extension stands for.</summary>
    public static string OfFileName(string fileName)
    {
        var dot = fileName.LastIndexOf('.');
        return dot >= 0 && ByExtension.TryGetValue(fileName[(dot + 1)..], out var type) ? type : Unknown;
    }

    /// <summary>True for <c>type/subtype</c> with parameters whose values are tokens or quoted printable ASCII.</summary>
    public static bool IsValid(ReadOnlySpan<char> text)
    {
        var slash = text.IndexOf('/');
        if (!IsToken(slash < 0 ? default : text[..slash])) return false;
        text = text[(slash + 1)..];
        var end = text.IndexOfAnyExcept(Token);
        if (end < 0) return text.Length > 0;
        if (end == 0) return false;
        for (text = text[end..].TrimStart(' '); text.Length > 0; text = text.TrimStart(' '))
        {
            if (text[0] != ';') return false;
            text = text[1..].TrimStart(' ');
            var equals = text.IndexOf('=');
            if (!IsToken(equals < 0 ? default : text[..equals])) return false;
            text = text[(equals + 1)..];
            var length = text.Length > 0 && text[0] == '"' ? QuotedLength(text) : text.IndexOfAnyExcept(Token);
            if (length < 0 && text.Length > 0 && text[0] != '"') length = text.Length;
            if (length <= 0) return false;
            text = text[length..];
        }

        return true;
    }

    private static bool IsToken(ReadOnlySpan<char> text) => text.Length > 0 && text.IndexOfAnyExcept(Token) < 0;

    private static int QuotedLength(ReadOnlySpan<char> text)
    {
        for (var i = 1; i < text.Length; i++)
        {
            if (text[i] is < ' ' or > '~') return -1;
            if (text[i] == '\\') i++;
            else if (text[i] == '"') return i + 1;
        }

        return -1;
    }
}
