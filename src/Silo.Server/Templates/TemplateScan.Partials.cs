namespace Silo.Server.Templates;

internal sealed partial class TemplateScan
{
    private void ReadInline(int open)
    {
        SkipBlank();
        if (!StartsWord("inline"))
        {
            Fail(open, "is a decorator other than inline, which is not supported");
            return;
        }

        _at += "inline".Length;
        SkipBlank();
        if (Peek is not ('"' or '\'') || ReadString() is not { Length: > 2 } name)
        {
            Fail(open, "is an inline partial without a name in quotes");
            return;
        }

        // The engine does not tell the two apart by where they are.
        if (!_defined.Add(name[1..^1])) Fail(open, $"defines the partial '{Shown(name[1..^1])}' a second time");
        Open("inline", open);
        End(open, $"{{{{#*inline {name}}}}}");
    }

    // The engine indents what a partial on a line of its own writes, and forgets to escape it: so it never sees one that is indented.
    private void ReadPartial(int open)
    {
        _at++;
        SkipBlank();
        var from = _at;
        var name = Peek is '"' or '\'' ? ReadString()?[1..^1] : ReadPath();
        if (name is not { Length: > 0 } || name[0] == '@')
        {
            Fail(open, "names no partial");
            return;
        }

        if (_template[from] is not ('"' or '\'')) name = _template[from.._at];
        if (name.AsSpan().IndexOfAny('"', '[', ']') >= 0)
        {
            Fail(open, "names no partial");
            return;
        }

        _called.Add((name, open));
        if (ReadPartialData(open) is not { } data) return;
        ReadEnd(open);
        var isAlone = IsAlone(open) && NextLine() is not null;
        if (isAlone) TrimIndent();
        var guard = isAlone ? "" : $"{{{{@{TemplateEngine.Nothing}}}}}";
        Write($"{guard}{{{{> ({TemplateEngine.Partial} @{TemplateEngine.Run} \"{name}\"){data}}}}}", open);
    }

    /// <summary>Takes the blanks away before a tag that is alone in its line, and those of an empty line above, which the engine takes too.</summary>
    private void TrimIndent()
    {
        TrimBlanks(_output.Length);
        if (_output.Length > _textFrom && _output[^1] == '\n') TrimBlanks(_output.Length - 1);
    }

    private void TrimBlanks(int end)
    {
        var from = end;
        while (from > _textFrom && _output[from - 1] is ' ' or '\t') from--;
        _output.Remove(from, end - from);
    }

    /// <summary>What a partial sees: empty for what its caller sees, null for a fault.</summary>
    private string? ReadPartialData(int open)
    {
        string? context = null;
        var additions = "";
        for (SkipBlank(); !AtEnd; SkipBlank())
        {
            var from = _at;
            if (ReadSegment() is { } key && key[0] != '[' && Take('='))
            {
                if (ReadArgument(0) is not { } value)
                {
                    Fail(open, "has an argument that is none");
                    return null;
                }

                additions += $" \"{key}\" {value}";
                if (++_tags > MaxTags) Fail(open, $"is one more than the {MaxTags} tags that a part may have");
                continue;
            }

            _at = from;
            if (context is null && additions.Length == 0 && (context = ReadArgument(0)) is not null) continue;
            Fail(open, "has an argument that is none");
            return null;
        }

        return additions.Length > 0 ? $" ({TemplateEngine.Merged} @{TemplateEngine.Run} {context ?? "this"}{additions})"
            : context is null ? "" : $" {context}";
    }

    /// <summary>Of several tags that were one, none is alone in its line for the engine.</summary>
    private void EndAlone(int open, string tags)
    {
        var (isAlone, text) = (IsAlone(open), _output.Length);
        End(open, tags);
        if (!isAlone || NextLine() is not { } next) return;
        TrimBlanks(text);
        _at = next;
    }

    // A line that holds nothing but a tag that writes nothing is no line of the result.
    private bool IsAlone(int open)
    {
        while (open > 0 && _template[open - 1] is ' ' or '\t') open--;
        return open == 0 || _template[open - 1] == '\n';
    }

    /// <summary>The beginning of the next line if there is nothing but blanks before it.</summary>
    private int? NextLine()
    {
        var at = _at;
        while (at < _template.Length && _template[at] is ' ' or '\t') at++;
        if (at == _template.Length) return at;
        if (_template[at] == '\r' && at + 1 < _template.Length) at++;
        return _template[at] == '\n' ? at + 1 : null;
    }
}
