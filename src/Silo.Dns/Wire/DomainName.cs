using System.Buffers;
using System.Text;

namespace Silo.Dns.Wire;

/// <summary>
/// Names as text and as bytes (RFC 1035 2.3.4, 3.1, 4.1.4). The text is lower case without the final dot, "" is the root, and bytes that
/// have a meaning in it or none on paper are escaped (RFC 1035 5.1).
/// </summary>
internal static class DomainName
{
    /// <summary>With the length bytes and the root's.</summary>
    public const int MaxBytes = 255;

    public const int MaxLabelBytes = 63;

    // A label needs two bytes at least, and a pointer to where no new label stands leads nowhere.
    private const int MaxPointers = MaxBytes / 2;

    private const int HeaderBytes = 12;

    private static readonly SearchValues<char> UpperCase = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZ");

    // Printable ASCII; the backslash would have to be an escape, and no name that anybody sends mail to needs one.
    private static readonly SearchValues<char> Askable =
        SearchValues.Create([.. Enumerable.Range('!', '~' - '!' + 1).Select(c => (char)c).Where(c => c != '\\')]);

    /// <summary>The normal form of what somebody asks for; null when that is no domain name.</summary>
    public static string? Normalize(string name)
    {
        if (name == ".") return "";
        var text = name.AsSpan();
        if (text.EndsWith(".")) text = text[..^1];
        // The first length byte and the root's come on top.
        if (text.IsEmpty || text.Length > MaxBytes - 2 || text.ContainsAnyExcept(Askable)) return null;
        foreach (var label in text.Split('.'))
        {
            if (text[label].Length is 0 or > MaxLabelBytes) return null;
        }

        if (text.ContainsAny(UpperCase)) return string.Create(text.Length, text, static (lower, given) => given.ToLowerInvariant(lower));
        return text.Length == name.Length ? name : text.ToString();
    }

    /// <summary>The name itself or one that it ends below.</summary>
    /// <param name="name">In normal form.</param>
    /// <param name="zone">In normal form.</param>
    public static bool IsWithin(string name, string zone) =>
        zone.Length == 0 || name == zone || name.EndsWith(zone, StringComparison.Ordinal) && name[^(zone.Length + 1)] == '.';

    /// <summary>Writes a name that was normalized, at most <see cref="MaxBytes"/>. Returns its length.</summary>
    public static int Write(string name, Span<byte> destination)
    {
        var at = 0;
        if (name.Length > 0)
        {
            foreach (var range in name.AsSpan().Split('.'))
            {
                var label = name.AsSpan()[range];
                destination[at++] = (byte)label.Length;
                at += Encoding.ASCII.GetBytes(label, destination[at..]);
            }
        }

        destination[at] = 0;
        return at + 1;
    }

    /// <summary>
    /// Reads the name at the offset and moves that behind it. Pointers lead only backwards, so each of them ends, and only so often. False
    /// when there is no name.
    /// </summary>
    public static bool TryRead(ReadOnlySpan<byte> message, ref int offset, out string name)
    {
        name = "";
        Span<char> text = stackalloc char[MaxBytes * 4];
        var (at, lowest, length, bytes, pointers) = (offset, offset, 0, 1, 0);
        while (at < message.Length)
        {
            int head = message[at];
            if (head == 0)
            {
                if (pointers == 0) offset = at + 1;
                name = new string(text[..Math.Max(0, length - 1)]);
                return true;
            }

            if (head >= 0xC0)
            {
                if (at + 1 >= message.Length || pointers == MaxPointers) return false;
                var target = (head & 0x3F) << 8 | message[at + 1];
                if (target >= lowest || target < HeaderBytes) return false;
                if (pointers++ == 0) offset = at + 2;
                at = lowest = target;
                continue;
            }

            bytes += head + 1;
            if (head > MaxLabelBytes || bytes > MaxBytes || at + 1 + head > message.Length) return false;
            length += AppendLabel(message.Slice(at + 1, head), text[length..]);
            at += head + 1;
        }

        return false;
    }

    private static int AppendLabel(ReadOnlySpan<byte> label, Span<char> text)
    {
        var at = 0;
        foreach (var value in label)
        {
            if (value is <= (byte)' ' or > (byte)'~')
            {
                text[at++] = '\\';
                text[at++] = (char)('0' + value / 100);
                text[at++] = (char)('0' + value / 10 % 10);
                text[at++] = (char)('0' + value % 10);
                continue;
            }

            if (value is (byte)'.' or (byte)'\\') text[at++] = '\\';
            text[at++] = char.ToLowerInvariant((char)value);
        }

        text[at++] = '.';
        return at;
    }
}
