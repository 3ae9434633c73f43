using System.Text;
using Silo.Core.Messages;

namespace Silo.Core.Addresses;

/// <summary>Reads the address headers of RFC 5322 3.4, with the obsolete forms that still occur: dots in names, empty list elements.</summary>
internal ref struct AddressReader(string text, bool allowUtf8)
{
    // Deeper comments exist only in attacks.
    private const int MaxCommentDepth = 16;
    private readonly string _text = text;
    private readonly bool _allowUtf8 = allowUtf8;
    private int _position;

    /// <summary>Tab is the one control character of a header's value once it is unfolded.</summary>
    public static bool HasForbiddenCharacter(string text)
    {
        foreach (var c in text)
        {
            if (c is (< ' ' and not '\t') or '\x7f') return true;
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
            var encoded = false;
            string? word;
            if (Current == '"')
            {
                if (!TryReadQuotedString(out word)) return false;
            }
            else
            {
                var start = _position;
                while (!AtEnd && Current is not (' ' or '\t' or '<' or '>' or '@' or ',' or ';' or ':' or '(' or ')' or '"' or '[' or ']'))
                {
                    _position++;
                }

                word = _text[start.._position];
                encoded = EncodedWord.TryDecodeOne(word, out var decoded);
                if (encoded) word = decoded;
            }

            // Blanks between two encoded words belong to the encoding (RFC 2047 6.2).
            if (words.Length > 0 && !(encoded && previousEncoded)) words.Append(' ');
            words.Append(word);
            previousEncoded = encoded;
        }

        phrase = words.ToString();
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
