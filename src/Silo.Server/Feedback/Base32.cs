namespace Silo.Server.Feedback;

/// <summary>RFC 4648 6 in lower case, without padding: five bytes are eight digits. Servers change the case of addresses.</summary>
internal static class Base32
{
    private const string Digits = "abcdefghijklmnopqrstuvwxyz234567";

    /// <param name="bytes">A multiple of five.</param>
    public static string Encode(ReadOnlySpan<byte> bytes)
    {
        var text = new char[bytes.Length / 5 * 8];
        for (var group = 0; group < bytes.Length / 5; group++)
        {
            ulong bits = 0;
            for (var i = 0; i < 5; i++) bits = (bits << 8) | bytes[(group * 5) + i];
            for (var i = 7; i >= 0; i--, bits >>= 5) text[(group * 8) + i] = Digits[(int)(bits & 31)];
        }

        return new string(text);
    }

    /// <summary>False when the text has another length than the bytes ask for, or holds what is no digit.</summary>
    public static bool TryDecode(ReadOnlySpan<char> text, Span<byte> bytes)
    {
        if (text.Length != bytes.Length / 5 * 8) return false;
        for (var group = 0; group < bytes.Length / 5; group++)
        {
            ulong bits = 0;
            foreach (var c in text.Slice(group * 8, 8))
            {
                var digit = char.IsAsciiLetter(c) ? (c | 0x20) - 'a' : c is >= '2' and <= '7' ? c - '2' + 26 : -1;
                if (digit < 0) return false;
                bits = (bits << 5) | (uint)digit;
            }

            for (var i = 4; i >= 0; i--, bits >>= 8) bytes[(group * 5) + i] = (byte)bits;
        }

        return true;
    }
}
