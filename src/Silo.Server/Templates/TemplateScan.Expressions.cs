using System.Globalization;
using System.Text;

namespace Silo.Server.Templates;

internal sealed partial class TemplateScan
{
    private const int MaxArgumentDepth = 10;

    private char Peek => _at < _template.Length ? _template[_at] : '\0';

    /// <summary>Nothing more stands in this tag.</summary>
    private bool AtEnd => Peek is '}' || _at >= _template.Length || (Peek == '~' && _at + 1 < _template.Length && _template[_at + 1] == '}');

    private bool Starts(string text) => string.CompareOrdinal(_template, _at, text, 0, text.Length) == 0;

    private bool StartsWord(string word) =>
        Starts(word) && (_at + word.Length >= _template.Length
            || (!IsOfName(_template[_at + word.Length]) && _template[_at + word.Length] is not ('.' or '/' or '=')));

    // What the engine reads as a name too, wherever it stands; any other is written in brackets.
    private static bool IsOfName(char c) => char.IsLetterOrDigit(c) || c is '_' or '-' or '$';

    private static bool IsLiteral(string value) => value is "true" or "false" or "null" or "undefined";

    private bool Take(char c)
    {
        if (_at >= _template.Length || Peek != c) return false;
        _at++;
        return true;
    }

    private void SkipBlank()
    {
        while (_at < _template.Length && char.IsWhiteSpace(_template[_at])) _at++;
    }

    /// <summary>A path, a literal, or a lookup in parentheses; null for none of these.</summary>
    private string? ReadArgument(int depth)
    {
        SkipBlank();
        if (Peek is '"' or '\'') return ReadString();
        if (!Take('(')) return ReadNumber() ?? ReadPath();
        SkipBlank();
        if (depth >= MaxArgumentDepth || !StartsWord("lookup") || ReadLookup(depth + 1) is not { } lookup) return null;
        SkipBlank();
        return Take(')') ? $"({lookup})" : null;
    }

    private string? ReadLookup(int depth)
    {
        _at += "lookup".Length;
        return ReadArgument(depth) is { } from && ReadArgument(depth) is { } key ? $"{TemplateEngine.Lookup} {from} {key}" : null;
    }

    private string? ReadNumber()
    {
        var from = _at;
        Take('-');
        while (char.IsAsciiDigit(Peek)) _at++;
        var text = _template[from.._at];
        if (text.Length is > 0 and < 10 && text != "-" && (AtEnd || Peek == ')' || char.IsWhiteSpace(Peek))) return text;
        _at = from;
        return null;
    }

    /// <summary>A text in quotes, which holds neither quotes nor what could be read as the end of a tag; the quotes become double ones.</summary>
    private string? ReadString()
    {
        var (quote, from) = (Peek, ++_at);
        while (_at < _template.Length && _template[_at] is not ('"' or '\'' or '{' or '}' or '\\') && !char.IsControl(_template[_at])) _at++;
        return Take(quote) ? $"\"{_template[from..(_at - 1)]}\"" : null;
    }

    private string? ReadPath()
    {
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
            else if (segments.Count == 0 && (Peek == '.' || StartsWord("this") || Starts("this.") || Starts("this/")))
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
        if (up > MaxDepth || segments.Count > MaxDepth) return null;
        if (isData && (segments.Count == 0 || segments[0] is not ("index" or "key" or "first" or "last" or "root"))) return null;
        return Written(up, isData, isOfThis, segments);
    }

    private string Written(int up, bool isData, bool isOfThis, List<string> segments)
    {
        var path = new StringBuilder(isData ? "@" : "").Insert(isData ? 1 : 0, "../", up);
        if (segments.Count == 0) return up == 0 ? "this" : path.ToString(0, path.Length - 1);
        if (up == 0 && !isData)
        {
            if (!isOfThis && AliasOf(segments[0]) is { } alias) segments[0] = alias;
            else if (isOfThis || IsOfEngine(segments[0])) path.Append("this.");
        }

        return path.AppendJoin('.', segments).ToString();
    }

    /// <summary>What the engine calls what a block around this named so; null when none did.</summary>
    private string? AliasOf(string name)
    {
        var depth = _depth;
        foreach (var block in _open)
        {
            // A partial has no part in what stands around its definition.
            if (block.Name == "inline") return null;
            for (var i = block.Names.Count - 1; i >= 0; i--)
                if (block.Names[i] == name) return AliasOf(depth, i);
            depth -= block.Depth;
        }

        return null;
    }

    private static string AliasOf(int depth, int index) => $"silo-{depth}{(index == 0 ? "a" : "b")}";

    // Names that mean something to the engine wherever they stand: its helpers, and its variables even without an at sign.
    private static bool IsOfEngine(string name) =>
        name.StartsWith("silo-", StringComparison.OrdinalIgnoreCase)
        || name.ToUpperInvariant() is "LOOKUP" or "HELPERMISSING" or "INDEX" or "KEY" or "VALUE" or "FIRST" or "LAST" or "ROOT" or "PARENT" or "THIS";

    private string? ReadSegment()
    {
        var from = _at;
        if (Take('['))
        {
            while (_at < _template.Length && IsOfBrackets(_template[_at])) _at++;
            return _at > from + 1 && Take(']') ? _template[from.._at] : null;
        }

        while (_at < _template.Length && IsOfName(_template[_at])) _at++;
        if (_at == from) return null;
        var name = _template[from.._at];
        return char.IsLetter(name[0]) || name[0] is '_' or '$' ? name : $"[{name}]";
    }

    private static bool IsOfBrackets(char c) =>
        c is not ('[' or ']' or '{' or '}' or '"' or '\'' or '\\' or '.' or '/') && !char.IsControl(c)
        && (c == ' ' || !char.IsWhiteSpace(c)) && char.GetUnicodeCategory(c) is not (UnicodeCategory.Format or UnicodeCategory.OtherNotAssigned);

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
            if (names.Count == 2 || ReadSegment() is not { } name || name[0] == '[') return null;
            names.Add(name);
        }

        return names.Count == 0 ? null : names;
    }
}
