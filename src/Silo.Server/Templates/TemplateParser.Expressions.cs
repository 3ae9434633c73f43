using System.Buffers;
using System.Globalization;

namespace Silo.Server.Templates;

internal sealed partial class TemplateParser
{
    private const int MaxArgumentDepth = 10;

    // What separates or means something in Handlebars; a name holds none of it.
    private static readonly SearchValues<char> NotInNames = SearchValues.Create("!\"#%&'()*+,./;<=>@[\\]^`{|}~ \t\r\n\f\v");

    private char Peek => _at < _template.Length ? _template[_at] : '\0';

    /// <summary>Nothing more stands in this tag.</summary>
    private bool AtEnd => Peek is '}' or '\0' || (Peek == '~' && _at + 1 < _template.Length && _template[_at + 1] == '}');

    private bool Starts(string text) => string.CompareOrdinal(_template, _at, text, 0, text.Length) == 0;

    private bool StartsWord(string word) => Starts(word) && (_at + word.Length == _template.Length
        || (NotInNames.Contains(_template[_at + word.Length]) && _template[_at + word.Length] is not ('.' or '/' or '=')));

    private bool Take(char c)
    {
        if (Peek != c || _at >= _template.Length) return false;
        _at++;
        return true;
    }

    private void SkipBlank()
    {
        while (_at < _template.Length && char.IsWhiteSpace(_template[_at])) _at++;
    }

    /// <summary>A path, a literal, or a lookup in parentheses; null for none of these.</summary>
    private TemplateExpression? ReadArgument(int depth)
    {
        SkipBlank();
        if (Peek is '"' or '\'') return ReadText() is { } text ? new LiteralExpression(text) : null;
        if (Take('('))
        {
            SkipBlank();
            if (depth >= MaxArgumentDepth || !StartsWord("lookup")) return null;
            _at += "lookup".Length;
            var lookup = ReadLookup(depth + 1);
            SkipBlank();
            return Take(')') ? lookup : null;
        }

        return ReadLiteral() ?? (TemplateExpression?)ReadPath();
    }

    private LookupExpression? ReadLookup(int depth) =>
        ReadArgument(depth) is { } from && ReadArgument(depth) is { } key ? new LookupExpression(from, key) : null;

    private LiteralExpression? ReadLiteral()
    {
        var end = _at;
        while (end < _template.Length && (!NotInNames.Contains(_template[end]) || (_template[end] == '.' && char.IsAsciiDigit(_template[_at])))) end++;
        if (end < _template.Length && _template[end] is '.' or '/' or '=') return null;
        var word = _template.AsSpan(_at, end - _at);
        LiteralExpression? literal = word switch
        {
            "true" => new(true),
            "false" => new(false),
            "null" => new((object?)null),
            "undefined" => new(TemplateValue.Missing),
            _ => word.Length is > 0 and < 30 && (char.IsAsciiDigit(word[0]) || word[0] == '-')
                && double.TryParse(word, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
                ? new(new TemplateNumber(word.ToString(), number)) : null,
        };
        if (literal is not null) _at = end;
        return literal;
    }

    /// <summary>A text in quotes; the quote itself stands in it behind a backslash.</summary>
    private string? ReadText()
    {
        var (quote, from) = (Peek, ++_at);
        while (_at < _template.Length && _template[_at] != quote) _at += Starts($"\\{quote}") ? 2 : 1;
        if (_at >= _template.Length) return null;
        return _template[from.._at++].Replace($"\\{quote}", quote.ToString(), StringComparison.Ordinal);
    }

    private PathExpression? ReadPath()
    {
        var from = _at;
        var isData = Take('@');
        var (up, isOfThis) = (0, false);
        var segments = new List<string>(1);
        do
        {
            if (segments.Count == 0 && Starts(".."))
            {
                _at += 2;
                up++;
            }
            else if (segments.Count == 0 && (Peek == '.' || StartsThis()))
            {
                _at += Peek == '.' ? 1 : "this".Length;
                isOfThis = true;
            }
            else if (ReadSegment() is { } segment)
            {
                segments.Add(segment);
            }
            else
            {
                return null;
            }
        }
        while (Take('/') || (!(segments.Count == 0 && up > 0) && Take('.')));
        if (isData && (segments.Count == 0 || segments[0] is not ("index" or "key" or "first" or "last" or "root"))) return null;
        return new PathExpression(up, isData, isOfThis, [.. segments], _template[from.._at]);
    }

    private bool StartsThis() => Starts("this") && (_at + 4 == _template.Length || NotInNames.Contains(_template[_at + 4]));

    private string? ReadSegment()
    {
        if (Take('['))
        {
            var close = _template.IndexOf(']', _at);
            if (close < 0) return null;
            var literal = _template[_at..close];
            _at = close + 1;
            return literal;
        }

        var from = _at;
        while (_at < _template.Length && !NotInNames.Contains(_template[_at]) && !char.IsWhiteSpace(_template[_at])) _at++;
        return _at == from ? null : _template[from.._at];
    }

    /// <summary>What stands behind <c>as</c> between bars; empty without it, null when it is broken.</summary>
    private List<string>? ReadNames()
    {
        var names = new List<string>(0);
        SkipBlank();
        if (!StartsWord("as")) return names;
        _at += 2;
        SkipBlank();
        if (!Take('|')) return null;
        for (SkipBlank(); !Take('|'); SkipBlank())
        {
            if (names.Count == 2 || Peek == '[' || ReadSegment() is not { } name) return null;
            names.Add(name);
        }

        return names.Count == 0 ? null : names;
    }
}
