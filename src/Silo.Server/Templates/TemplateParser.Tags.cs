namespace Silo.Server.Templates;

internal sealed partial class TemplateParser
{
    /// <summary>Adds the text up to the next tag and reads that.</summary>
    private TemplateTag NextTag(List<TemplateNode> nodes)
    {
        for (; ; )
        {
            var open = _template.IndexOf("{{", _at, StringComparison.Ordinal);
            if (open < 0)
            {
                AddText(nodes, _at, _template.Length);
                _at = _template.Length;
                return new TemplateTag(TemplateTagKind.End, _at);
            }

            // A backslash makes text of a tag; two of them are one.
            var slashes = open == _at || _template[open - 1] != '\\' ? 0 : open - 1 == _at || _template[open - 2] != '\\' ? 1 : 2;
            if (slashes == 1)
            {
                AddText(nodes, _at, open - 1);
                _at = _template.IndexOf("{{", open + 2, StringComparison.Ordinal);
                if (_at < 0) _at = _template.Length;
                else if (_template[_at - 1] == '\\') _at--;
                AddText(nodes, open, _at);
                continue;
            }

            var (from, to) = (_at, open - (slashes / 2));
            var tag = ReadTag(open);
            if (_fault is not null) return tag;
            var standsAlone = tag.Kind != TemplateTagKind.Output && IsAlone(open);
            if (tag.TrimsLeft) to = TrimEnd(from, to, anyWhitespace: true);
            else if (standsAlone && tag.Kind != TemplateTagKind.Partial) to = TrimEnd(from, to, anyWhitespace: false);
            AddText(nodes, from, to);
            if (tag.TrimsRight) SkipBlank();
            else if (standsAlone) _at = NextLine();
            return tag;
        }
    }

    private void AddText(List<TemplateNode> nodes, int from, int to)
    {
        if (to > from) nodes.Add(new TextNode(_template[from..to]));
    }

    // A line that holds nothing but a tag that writes nothing is no line of the result.
    private bool IsAlone(int open)
    {
        if (NextLine() < 0) return false;
        while (open > 0 && _template[open - 1] is ' ' or '\t') open--;
        return open == 0 || _template[open - 1] == '\n';
    }

    /// <summary>The beginning of the next line if there is nothing but blanks before it, else -1.</summary>
    private int NextLine()
    {
        var at = _at;
        while (at < _template.Length && _template[at] is ' ' or '\t') at++;
        if (at == _template.Length) return at;
        if (_template[at] == '\r' && at + 1 < _template.Length) at++;
        return _template[at] == '\n' ? at + 1 : -1;
    }

    private int TrimEnd(int from, int to, bool anyWhitespace)
    {
        while (to > from && (anyWhitespace ? char.IsWhiteSpace(_template[to - 1]) : _template[to - 1] is ' ' or '\t')) to--;
        return to;
    }

    private TemplateTag ReadTag(int open)
    {
        _at = open + 2;
        if (Starts("{{")) return Fail(open, "is a raw block, which is not supported");
        var trimsLeft = Take('~');
        var tag = Peek switch
        {
            '!' => ReadComment(open),
            '#' => ReadOpening(open),
            '^' => ReadInverse(open),
            '/' => ReadClosing(open),
            '>' => ReadPartial(open),
            '{' => ReadOutput(open, isTriple: true, isRaw: true),
            '&' => ReadOutput(open, isTriple: false, isRaw: true),
            _ => StartsWord("else") ? ReadElse(open) : ReadOutput(open, isTriple: false, isRaw: false),
        };
        return tag with { TrimsLeft = trimsLeft };
    }

    private TemplateTag ReadComment(int open)
    {
        var isLong = Starts("!--");
        var end = _template.IndexOf(isLong ? "--" : "}}", _at + (isLong ? 3 : 1), StringComparison.Ordinal);
        while (isLong && end >= 0 && string.CompareOrdinal(_template, end, "--}}", 0, 4) != 0
            && string.CompareOrdinal(_template, end, "--~}}", 0, 5) != 0)
        {
            end = _template.IndexOf("--", end + 1, StringComparison.Ordinal);
        }

        if (end < 0) return Fail(open, "is a comment without an end");
        var trims = isLong ? _template[end + 2] == '~' : _template[end - 1] == '~' && end - 1 > open + 2;
        _at = end + (isLong ? trims ? 5 : 4 : 2);
        return new TemplateTag(TemplateTagKind.Comment, open) { TrimsRight = trims };
    }

    private TemplateTag ReadOpening(int open)
    {
        _at++;
        if (Take('>')) return Fail(open, "is a partial with a block, which is not supported");
        if (Take('*')) return ReadInline(open);
        SkipBlank();
        return ReadBlockHead(open, TemplateTagKind.Block);
    }

    /// <summary>The question of a block, behind its opening or an else.</summary>
    private TemplateTag ReadBlockHead(int open, TemplateTagKind kind)
    {
        if (ReadPath() is not { } name) return Fail(open, "names no block");
        var block = name.Text switch
        {
            "if" => BlockKind.If,
            "unless" => BlockKind.Unless,
            "each" => BlockKind.Each,
            "with" => BlockKind.With,
            _ => BlockKind.Section,
        };
        SkipBlank();
        TemplateExpression? subject = name;
        if (block != BlockKind.Section)
        {
            if (AtEnd) return Fail(open, $"says not what '{name.Text}' is about");
            subject = ReadArgument(0);
        }
        else if (!AtEnd && !StartsWord("as"))
        {
            return Fail(open, $"uses the helper '{Shown(name.Text)}', which does not exist");
        }

        if (subject is null) return Fail(open, "has an argument that is none");
        var names = ReadNames();
        return names is null ? Fail(open, "has names that are none: as |item key| is the form") : Tail(open, new TemplateTag(kind, open)
        {
            Name = name.Text, Block = block, Subject = subject, Names = names,
        });
    }

    private TemplateTag ReadInline(int open)
    {
        SkipBlank();
        if (!StartsWord("inline")) return Fail(open, "is a decorator other than inline, which is not supported");
        _at += "inline".Length;
        SkipBlank();
        return ReadArgument(0) is LiteralExpression { Value: string { Length: > 0 } name }
            ? Tail(open, new TemplateTag(TemplateTagKind.Inline, open) { Name = name })
            : Fail(open, "is an inline partial without a name in quotes");
    }

    private TemplateTag ReadInverse(int open)
    {
        _at++;
        SkipBlank();
        if (AtEnd) return Tail(open, new TemplateTag(TemplateTagKind.Else, open));
        return ReadPath() is { } name
            ? Tail(open, new TemplateTag(TemplateTagKind.Block, open) { Name = name.Text, Block = BlockKind.Section, Subject = name, IsInverse = true })
            : Fail(open, "names no block");
    }

    private TemplateTag ReadElse(int open)
    {
        _at += "else".Length;
        SkipBlank();
        return AtEnd ? Tail(open, new TemplateTag(TemplateTagKind.Else, open)) : ReadBlockHead(open, TemplateTagKind.Else);
    }

    private TemplateTag ReadClosing(int open)
    {
        _at++;
        SkipBlank();
        return ReadPath() is { } name
            ? Tail(open, new TemplateTag(TemplateTagKind.Close, open) { Name = name.Text })
            : Fail(open, "ends no block");
    }

    private TemplateTag ReadPartial(int open)
    {
        _at++;
        SkipBlank();
        var name = Peek is '"' or '\'' ? ReadText() : ReadPath() is { IsData: false } path ? path.Text : null;
        if (name is not { Length: > 0 }) return Fail(open, "names no partial");
        TemplateExpression? context = null;
        var additions = new List<(string, TemplateExpression)>();
        for (SkipBlank(); !AtEnd; SkipBlank())
        {
            var from = _at;
            if (ReadPath() is { Up: 0, Segments.Length: 1 } key && Take('='))
            {
                if (ReadArgument(0) is not { } value) return Fail(open, "has an argument that is none");
                additions.Add((key.Segments[0], value));
                continue;
            }

            _at = from;
            if (context is not null || additions.Count > 0 || (context = ReadArgument(0)) is null) return Fail(open, "has an argument that is none");
        }

        return Tail(open, new TemplateTag(TemplateTagKind.Partial, open) { Name = name, Subject = context, Additions = additions });
    }

    private TemplateTag ReadOutput(int open, bool isTriple, bool isRaw)
    {
        if (isRaw) _at++;
        SkipBlank();
        if (ReadPath() is not { } path) return Fail(open, "is no attribute");
        SkipBlank();
        TemplateExpression? value = path;
        if (path.Text == "lookup" && (value = ReadLookup(0)) is null) return Fail(open, "is a lookup without two arguments");
        if (path.Text is "if" or "unless" or "each" or "with") return Fail(open, $"is '{path.Text}' without the # of a block");
        SkipBlank();
        if (isTriple && !Take('}')) return Fail(open, "does not end with three braces, or uses a helper that does not exist");
        return Tail(open, new TemplateTag(TemplateTagKind.Output, open) { Subject = value, IsRaw = isRaw });
    }

    private TemplateTag Tail(int open, TemplateTag tag)
    {
        SkipBlank();
        var trims = Take('~');
        if (Starts("}}"))
        {
            _at += 2;
            return tag with { TrimsRight = trims };
        }

        return Fail(open, "does not end with two braces, or uses a helper that does not exist");
    }
}
