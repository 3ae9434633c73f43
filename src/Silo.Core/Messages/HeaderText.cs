using System.Globalization;
using System.Text;
using Silo.Core.Addresses;

namespace Silo.Core.Messages;

/// <summary>Writes text, mailboxes and file names into header fields, folded, whatever characters they hold.</summary>
internal static class HeaderText
{
    // Beyond it a name is written in encoded words, which can be folded anywhere.
    private const int MaxPlainNameCharacters = 60;
    private const int MaxParameterCharacters = 60;
    private const int MaxPlainWordCharacters = 900;

    /// <summary>An unstructured header: as it is where it is plain ASCII, in encoded words else.</summary>
    public static void WriteUnstructured(MimeWriter writer, string name, string text, Encoding encoding)
    {
        writer.Write(name);
        writer.Write(": "u8);
        if (IsPlain(text)) writer.WriteFolded(text);
        else EncodedWord.Write(writer, text, encoding);
        writer.WriteLine();
    }

    public static void WriteMailboxes(MimeWriter writer, string name, ReadOnlySpan<Mailbox> mailboxes)
    {
        writer.Write(name);
        writer.Write(": "u8);
        for (var i = 0; i < mailboxes.Length; i++)
        {
            var (displayName, address) = mailboxes[i];
            if (i > 0)
            {
                writer.Write((byte)',');
                var width = address.LocalPart.Length + address.Domain.Length + 6 + Math.Min(displayName?.Length ?? 0, MaxPlainNameCharacters);
                if (writer.Column + width > MimeWriter.FoldColumn) writer.Fold();
                else writer.Write((byte)' ');
            }

            if (!string.IsNullOrEmpty(displayName))
            {
                WriteName(writer, displayName);
                if (writer.Column + address.LocalPart.Length + address.Domain.Length + 5 > MimeWriter.FoldColumn) writer.Fold();
                else writer.Write((byte)' ');
                writer.Write((byte)'<');
            }

            writer.Write(address.LocalPart);
            writer.Write((byte)'@');
            writer.Write(address.Domain);
            if (!string.IsNullOrEmpty(displayName)) writer.Write((byte)'>');
        }

        writer.WriteLine();
    }

    /// <summary>A parameter on a line of its own: quoted where it is short ASCII, else percent-encoded and continued (RFC 2231 3, 4).</summary>
    public static void WriteParameter(MimeWriter writer, string name, string value)
    {
        writer.Write((byte)';');
        writer.Fold();
        writer.Write(name);
        if (value.Length <= MaxParameterCharacters && Ascii.IsValid(value))
        {
            writer.Write((byte)'=');
            writer.Write(EmailAddress.Quote(value));
            return;
        }

        var whole = Uri.EscapeDataString(value);
        if (whole.Length <= MaxParameterCharacters)
        {
            writer.Write("*=UTF-8''"u8);
            writer.Write(whole);
            return;
        }

        WriteSections(writer, name, value);
    }

    /// <summary>Sections of at most 78 characters that split no character.</summary>
    private static void WriteSections(MimeWriter writer, string name, string value)
    {
        const int longestCharacter = 13; // four octets and the semicolon
        var section = 0;
        writer.Write("*0*=UTF-8''"u8);
        Span<byte> utf8 = stackalloc byte[4];
        foreach (var rune in value.EnumerateRunes())
        {
            if (writer.Column + longestCharacter > MimeWriter.FoldColumn)
            {
                writer.Write((byte)';');
                writer.Fold();
                writer.Write(string.Create(CultureInfo.InvariantCulture, $"{name}*{++section}*="));
            }

            foreach (var b in utf8[..rune.EncodeToUtf8(utf8)])
            {
                if (char.IsAsciiLetterOrDigit((char)b)) writer.Write(b);
                else writer.WriteEscape((byte)'%', b);
            }
        }
    }

    private static void WriteName(MimeWriter writer, string name)
    {
        if (name.Length > MaxPlainNameCharacters || !IsPlain(name)) EncodedWord.Write(writer, name, Charset.ForWriting(null)!);
        else if (name.All(c => c == ' ' || EmailAddress.IsAtext(c)) && !name.Contains("  ", StringComparison.Ordinal)) writer.Write(name);
        else writer.Write(EmailAddress.Quote(name));
    }

    /// <summary>Survives as it stands: printable ASCII, no blanks at its ends, no word that is too long for a line.</summary>
    private static bool IsPlain(string text)
    {
        if (text.Length > 0 && (text[0] == ' ' || text[^1] == ' ')) return false;
        var word = 0;
        foreach (var c in text)
        {
            if (c is < ' ' or > '~') return false;
            word = c == ' ' ? 0 : word + 1;
            if (word > MaxPlainWordCharacters) return false;
        }

        return true;
    }
}
