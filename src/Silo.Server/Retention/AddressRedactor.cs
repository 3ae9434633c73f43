using System.Buffers.Text;
using System.Text;
using System.Text.Encodings.Web;

namespace Silo.Server.Retention;

/// <summary>
/// Finds one address in stored JSON and puts a pseudonym in place of its local part. The domain stays as it is written, since counters go by
/// the mailbox provider. Other addresses that end with this one are left alone.
/// </summary>
internal sealed class AddressRedactor
{
    private readonly byte[][] _locals;
    private readonly byte[] _domain;
    private readonly byte[] _pseudonym;

    /// <param name="address">With one @ that ends its local part.</param>
    /// <param name="pseudonym">The local part to put there: letters, digits and hyphens.</param>
    public AddressRedactor(string address, string pseudonym)
    {
        var at = address.LastIndexOf('@');
        var local = address[..at];
        // Payloads of events are written with the one escaping, what notices tell with the other, and either reads all.
        _locals =
        [
            .. new[] { local, JavaScriptEncoder.Default.Encode(local), JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(local) }
                .Distinct(StringComparer.Ordinal).Select(Encoding.UTF8.GetBytes).OrderByDescending(l => l.Length),
        ];
        _domain = Encoding.UTF8.GetBytes(address[(at + 1)..]);
        _pseudonym = Encoding.UTF8.GetBytes(pseudonym);
    }

    public bool Contains(ReadOnlySpan<byte> json) => Find(json, 0, out _) >= 0;

    /// <summary>The JSON with the pseudonym wherever the address stood; null when it stands nowhere.</summary>
    public byte[]? Rewrite(ReadOnlySpan<byte> json)
    {
        var at = Find(json, 0, out var local);
        if (at < 0) return null;
        using var output = new MemoryStream(json.Length + 64);
        var copied = 0;
        for (; at >= 0; at = Find(json, at + 1, out local))
        {
            output.Write(json[copied..(at - local)]);
            output.Write(_pseudonym);
            copied = at;
        }

        output.Write(json[copied..]);
        return output.ToArray();
    }

    /// <summary>Index of the @ of the next occurrence, or -1.</summary>
    private int Find(ReadOnlySpan<byte> json, int from, out int localLength)
    {
        while (from < json.Length)
        {
            var next = json[from..].IndexOf((byte)'@');
            if (next < 0) break;
            var at = from + next;
            if (DomainFollows(json[(at + 1)..]))
            {
                foreach (var local in _locals)
                {
                    var start = at - local.Length;
                    if (start < 0 || !Ascii.EqualsIgnoreCase(json[start..at], local) || !BeginsAt(json, start)) continue;
                    localLength = local.Length;
                    return at;
                }
            }

            from = at + 1;
        }

        localLength = 0;
        return -1;
    }

    private bool DomainFollows(ReadOnlySpan<byte> rest)
    {
        if (rest.Length < _domain.Length || !Ascii.EqualsIgnoreCase(rest[.._domain.Length], _domain)) return false;
        rest = rest[_domain.Length..];
        if (rest.IsEmpty) return true;
        // A full stop may end a sentence.
        return rest[0] == '.' ? rest.Length == 1 || !IsDomainByte(rest[1]) : !IsDomainByte(rest[0]);
    }

    /// <summary>What stands before is no part of a longer address.</summary>
    private static bool BeginsAt(ReadOnlySpan<byte> json, int start)
    {
        if (start == 0) return true;
        var before = json[start - 1];
        if (start >= 6 && json[start - 6] == '\\' && json[start - 5] == 'u'
            && Utf8Parser.TryParse(json.Slice(start - 4, 4), out ushort escaped, out var read, 'x') && read == 4)
        {
            if (escaped >= 0x80) return false;
            before = (byte)escaped;
        }
        else if (start >= 2 && json[start - 2] == '\\')
        {
            // A line end, a tab, a quote.
            return true;
        }

        // As in "to=local@domain" of a reply; but a string that is nothing but an address is another one.
        if (before is (byte)'=' or (byte)'\'')
        {
            var i = start - 2;
            while (i >= 0 && IsLocalByte(json[i])) i--;
            return i < 0 || json[i] != '"';
        }

        return !IsLocalByte(before);
    }

    private static bool IsDomainByte(byte b) => char.IsAsciiLetterOrDigit((char)b) || b is (byte)'-' or (byte)'_' or >= 0x80;

    private static bool IsLocalByte(byte b) =>
        char.IsAsciiLetterOrDigit((char)b) || b >= 0x80 || ".!#$%&'*+-/=?^_`{|}~"u8.Contains(b);
}
