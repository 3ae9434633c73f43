using System.Text;

namespace Silo.Smtp.Client;

/// <summary>What may stand between the angle brackets of MAIL and RCPT. Stricter than RFC 5321: no "&gt;" even in quotes.</summary>
internal static class Mailbox
{
    public static bool IsSafe(string address, bool mayBeEmpty)
    {
        if (address.Length == 0) return mayBeEmpty;
        if (address.Length > SmtpLimits.AddressBytes || Encoding.UTF8.GetByteCount(address) > SmtpLimits.AddressBytes) return false;
        var quoted = address[0] == '"';
        var rest = address.AsSpan();
        while (!rest.IsEmpty)
        {
            // A lone surrogate would be written as "?", and so be another address.
            if (Rune.DecodeFromUtf16(rest, out var rune, out var used) != System.Buffers.OperationStatus.Done) return false;
            if (Rune.IsControl(rune) || rune.Value is '<' or '>' or 0x2028 or 0x2029 || rune.Value == ' ' && !quoted) return false;
            rest = rest[used..];
        }

        return true;
    }
}
