using System.Text;
using Silo.Core.Messages;

namespace Silo.Core.Addresses;

/// <summary>Reads the address headers of RFC 5322 3.4, with the obsolete forms that still occur: dots in names, empty list elements.</summary>
internal ref struct AddressReader(string text, bool allowUtf8)
{
    // Deeper comments exist only in attacks.
    private const int MaxCommentDepth = 16;

    // Twice and more what RFC 2047 2 allows, since some senders pass its 75.
    private const int MaxEncodedWordCharacters = 200;
    private readonly string _text = text;
    private readonly bool _allowUtf8 = allowUtf8;
    private int _position;

    /// <summary>Control characters other than tab, which is a blank here, and halves of surrogate pairs.</summary>
    public static bool HasForbiddenCharacter(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] is (< ' ' and not '\t') or '\x7f') return true;
            if (!char.IsSurrogate(text[i])) continue;
            if (i + 1 == text.Length || !char.IsSurrogatePair(text[i], text[i + 1])) return true;
            i++;
        }

        return false;
    }

    public bool AtEnd => _position == _text.Length;

    public char Current => _text[_position];

    /// <summary>Skips blanks and comments. False when a comment does not end.</summary>
    public bool SkipBlanks()
    {
        while (!AtEnd)
        {
            if (Current is ' ' or '\t') _position++;
            else if (Current != '(') return true;
            else if (!SkipComment()) return false;
        }

        return true;
    }

    public bool TryTake(char c)
    {
        if (AtEnd || Current != c) return false;
        _position++;
        return true;
    }

    /// <summary>A mailbox, or the name of a group up to its colon (<paramref name="mailbox"/> is then null).</summary>
    public bool TryReadMailboxOrGroup(bool groupAllowed, out Mailbox? mailbox)
    {
        mailbox = null;
        var start = _position;
        if (!TryReadPhrase(out var name) || AtEnd) return false;
        switch (Current)
        {
            case '<':
                _position++;
                if (!TryReadAddress(out var address) || !TryTake('>')) return false;
                mailbox = new Mailbox(name.Length == 0 ? null : name, address!);
                return SkipBlanks();
            case '@':
                _position = start;
                if (!TryReadAddress(out address)) return false;
                mailbox = new Mailbox(null, address!);
                return true;
            case ':' when groupAllowed && name.Length > 0:
                _position++;
                return true;
            default:
                return false;
        }
    }

    /// <summary>Words up to the next special: atoms (decoded when they are encoded words) and quoted strings.</summary>
    private bool TryReadPhrase(out string phrase)
    {
        phrase = "";
        var words = new StringBuilder();
        var previousEncoded = false;
        while (true)
        {
            if (!SkipBlanks()) return false;
            if (AtEnd || Current is '<' or '>' or '@' or ',' or ';' or ':' or '[' or ']' or ')') break;
            string? word;
            var encoded = false;
            if (Current == '"')
            {
                if (!TryReadQuotedString(out word)) return false;
            }
            else
            {
                encoded = TryReadEncodedWord(out word);
                word ??= ReadAtom();
            }

            // Blanks between two encoded words belong to the encoding (RFC 2047 6.2).
            if (words.Length > 0 && !(encoded && previousEncoded)) words.Append(' ');
            words.Append(word);
            previousEncoded = encoded;
        }

        phrase = words.ToString();
        return true;
    }

    private string ReadAtom()
    {
        var start = _position;
        while (!AtEnd && Current is not (' ' or '\t' or '<' or '>' or '@' or ',' or ';' or ':' or '(' or ')' or '"' or '[' or ']'))
        {
            _position++;
        }

        return _text[start.._position];
    }

    /// <summary>Up to its own end and not to the next special: many senders leave commas and colons in it (against RFC 2047 5(3)).</summary>
    private bool TryReadEncodedWord(out string? decoded)
    {
        decoded = null;
        var rest = _text.AsSpan(_position, Math.Min(MaxEncodedWordCharacters, _text.Length - _position));
        if (!rest.StartsWith("=?")) return false;
        var charsetEnd = rest[2..].IndexOf('?') + 2;
        if (charsetEnd < 2 || charsetEnd + 3 > rest.Length) return false;
        var end = rest[(charsetEnd + 3)..].IndexOf("?=");
        if (end < 0) return false;
        var word = rest[..(charsetEnd + end + 5)];
        if (word.ContainsAny(' ', '\t') || !EncodedWord.TryDecodeOne(word, out decoded)) return false;
        _position += word.Length;
        return true;
    }

    private bool TryReadQuotedString(out string content)
    {
        content = "";
        var result = new StringBuilder();
        for (_position++; !AtEnd; _position++)
        {
            if (Current == '"')
            {
                _position++;
                content = result.ToString();
                return true;
            }

            if (Current == '\\' && ++_position == _text.Length) return false;
            result.Append(Current);
        }

        return false;
    }

    private bool TryReadAddress(out EmailAddress? address)
    {
        address = null;
        if (!SkipBlanks()) return false;
        var start = _position;
        if (!AtEnd && Current == '"')
        {
            if (!TryReadQuotedString(out _)) return false;
        }
        else
        {
            SkipAtom();
        }

        var local = _text.AsSpan(start, _position - start);
        if (!SkipBlanks() || !TryTake('@') || !SkipBlanks()) return false;
        start = _position;
        SkipAtom();
        var domain = _text.AsSpan(start, _position - start);
        return local.Length + domain.Length < EmailAddress.MaxOctets
            && EmailAddress.TryParse(string.Concat(local, "@", domain), _allowUtf8, out address)
            && SkipBlanks();
    }

    private void SkipAtom()
    {
        while (!AtEnd && (Current is '.' or > '\x7f' || EmailAddress.IsAtext(Current))) _position++;
    }

    private bool SkipComment()
    {
        var depth = 0;
        for (; !AtEnd; _position++)
        {
            if (Current == '\\' && _position + 1 < _text.Length) _position++;
            else if (Current == '(' && ++depth > MaxCommentDepth) return false;
            else if (Current == ')' && --depth == 0)
            {
                _position++;
                return true;
            }
        }

        return false;
    }
}
